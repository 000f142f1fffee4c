internal import Foundation

/// Paths that begin with what is typed.
enum PathCompletion {
    /// Files and folders, folders with their `/`; hidden ones only where a dot is typed. Names that could steer a terminal are left out.
    static func paths(_ typed: String) -> [String] {
        let slash = typed.lastIndex(of: "/")
        let folder = slash.map { String(typed[...$0]) } ?? ""
        let start = slash.map { String(typed[typed.index(after: $0)...]) } ?? typed
        return names(in: folder.isEmpty ? "." : folder).filter { name in
            name.hasPrefix(start) && (name.first != "." || start.first == ".")
        }.map { folder + $0 }
    }

    /// What a folder holds, in order; nothing where it can't be read.
    static func names(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().prefix(limit).compactMap { name in
            guard
                name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) && $0 != "\"" })
            else { return nil }
            var isFolder: ObjCBool = false
            let path = (folder.hasSuffix("/") ? folder : folder + "/") + name
            return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
                ? name + "/" : name
        }
    }

    /// Most entries of a folder that are looked at.
    private static let limit = 2000
}
