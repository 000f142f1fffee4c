import Foundation
public import QueryLanguage
import TensorFiles

/// Files that queries name: relative to the folder of the query's own file, for typed text to the current folder.
public struct QueryFiles: SourceFiles {
    public init() {}

    public func file(_ path: String, from name: String) throws(Diagnostic) -> SourceText {
        let place = QueryFiles.path(of: path, from: name)
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try InputFile(path: place).contents(limit: SourceText.maximumBytes)
        } catch {
            throw error.diagnostic("cannot-include")
        }
        do throws(Diagnostic) {
            return try SourceText(name: place, bytes: bytes)
        } catch {
            throw Diagnostic("cannot-include", .none, "\(place): \(error.message)", help: error.help)
        }
    }

    public func identity(of name: String) -> String? {
        guard InputFile.exists(name) else { return nil }
        return URL(fileURLWithPath: name).resolvingSymlinksInPath().standardizedFileURL.path
    }

    /// `path` seen from the folder of the file `name`; absolute paths are left as they are.
    public static func path(of path: String, from name: String) -> String {
        guard !path.hasPrefix("/"), let slash = name.lastIndex(of: "/") else { return path }
        return name[...slash] + path
    }
}

extension FileError {
    /// The same about a place of a query that named the file; without its span.
    func diagnostic(_ code: String) -> Diagnostic {
        var bare = self
        bare.mend = nil
        return Diagnostic(code, .none, bare.description, help: mend ?? "paths begin at the folder of the query file")
    }
}
