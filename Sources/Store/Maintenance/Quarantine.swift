/// What was put aside in a store: files in quarantine/, and the catalogue that a migration kept.
public struct QuarantineReport: Sendable, Hashable {
    /// Files: chunks that no commit knew, catalogues that were made again or migrated.
    public var files = 0
    /// Their bytes.
    public var bytes = 0
}

extension StoreLayout {
    /// What lies in quarantine/ now; nothing where there is no such directory.
    func quarantined() throws(StoreError) -> QuarantineReport {
        var report = QuarantineReport()
        for path in try putAside() {
            report.files += 1
            report.bytes += try FileSystem.attributes(path)?.size ?? 0
        }
        return report
    }

    /// What lies in quarantine/, and the catalogue that a migration kept: that one too holds prompts that may be removed since.
    fileprivate func putAside() throws(StoreError) -> [String] {
        var paths: [String] = []
        if try FileSystem.attributes(quarantine) != nil {
            paths = try FileSystem.names(in: quarantine).map { quarantine + "/" + $0 }
        }
        let backup = path + "/" + StoreMigration.backupName
        if try FileSystem.attributes(backup) != nil { paths.append(backup) }
        return paths
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

extension StoreLayout {
    /// Moves chunk files to quarantine/, so that power loss at any moment leaves each with a name.
    ///
    /// Nobody promises that a rename between directories is on disk in both or in neither: a file gets its second name, that one
    /// is made durable, and only then the first one goes.
    func quarantine(_ files: [(directory: String, name: String)]) throws(StoreError) {
        guard !files.isEmpty else { return }
        var linked: [String] = []
        for file in files {
            let path = chunks + "/" + file.directory + "/" + file.name
            if try linkIntoQuarantine(path, as: file.name) {
                linked.append(path)
            } else {
                try moveToQuarantine(path, as: file.name)
            }
        }
        try FileSystem.synchronizeDirectory(quarantine)
        for path in linked { try FileSystem.remove(path) }
        for directory in Set(files.map(\.directory)).sorted() {
            try FileSystem.synchronizeDirectory(chunks + "/" + directory)
        }
    }

    /// False where files can't have two names.
    private func linkIntoQuarantine(_ path: String, as name: String) throws(StoreError) -> Bool {
        var target = name
        var attempt = 1
        while true {
            guard let isFree = try FileSystem.link(path, quarantine + "/" + target) else { return false }
            if isFree { return true }
            attempt += 1
            target = name + ".\(attempt)"
        }
    }
}

extension StoreWriter {
    /// What lies in quarantine/ now.
    public func quarantined() throws(StoreError) -> QuarantineReport { try layout.quarantined() }

    /// Deletes what recovery, a rebuild or a migration put aside, which nothing else ever deletes.
    @discardableResult
    public func emptyQuarantine() throws(StoreError) -> QuarantineReport {
        var report = QuarantineReport()
        for path in try layout.putAside() {
            let size = try FileSystem.attributes(path)?.size ?? 0
            try FileSystem.remove(path)
            report.files += 1
            report.bytes += size
        }
        guard report.files > 0 else { return report }
        try FileSystem.synchronizeDirectory(layout.quarantine)
        try FileSystem.synchronizeDirectory(layout.path)
        return report
    }
}

extension Snapshot {
    /// What lies in quarantine/ now: files that recovery or a rebuild put aside.
    public func quarantined() throws(StoreError) -> QuarantineReport { try layout.quarantined() }
}
