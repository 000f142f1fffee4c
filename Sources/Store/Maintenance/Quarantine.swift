/// What lies in a store's quarantine/.
public struct QuarantineReport: Sendable, Hashable {
    /// Files: chunks that no commit knew, catalogues that were made again.
    public var files = 0
    /// Their bytes.
    public var bytes = 0
}

extension StoreLayout {
    /// What lies in quarantine/ now; nothing where there is no such directory.
    func quarantined() throws(StoreError) -> QuarantineReport {
        var report = QuarantineReport()
        guard try FileSystem.attributes(quarantine) != nil else { return report }
        for name in try FileSystem.names(in: quarantine) {
            report.files += 1
            report.bytes += try FileSystem.attributes(quarantine + "/" + name)?.size ?? 0
        }
        return report
    }

    /// Moves a file to quarantine/, under another name where its own is taken there. The directories are not synchronised.
    @discardableResult
    func moveToQuarantine(_ path: String, as name: String) throws(StoreError) -> String {
        var target = name
        var attempt = 1
        while try !FileSystem.renameExclusively(path, quarantine + "/" + target) {
            attempt += 1
            target = name + ".\(attempt)"
        }
        return target
    }
}

extension StoreWriter {
    /// What lies in quarantine/ now.
    public func quarantined() throws(StoreError) -> QuarantineReport { try layout.quarantined() }

    /// Deletes what lies in quarantine/: files that recovery or a rebuild put aside, which nothing else ever deletes.
    @discardableResult
    public func emptyQuarantine() throws(StoreError) -> QuarantineReport {
        var report = QuarantineReport()
        for name in try FileSystem.names(in: layout.quarantine) {
            let path = layout.quarantine + "/" + name
            let size = try FileSystem.attributes(path)?.size ?? 0
            try FileSystem.remove(path)
            report.files += 1
            report.bytes += size
        }
        if report.files > 0 { try FileSystem.synchronizeDirectory(layout.quarantine) }
        return report
    }
}

extension Snapshot {
    /// What lies in quarantine/ now: files that recovery or a rebuild put aside.
    public func quarantined() throws(StoreError) -> QuarantineReport { try layout.quarantined() }
}
