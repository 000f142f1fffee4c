import ChunkFormat
import Glibc

/// `STORE.json`: what the directory is, and which varve may read or write it. Written once, as the last step of creation.
package struct StoreDescriptor: Sendable, Hashable {
    var uuid: String
    /// Features that an older varve may pass over, that keep it from writing, and that keep it from reading.
    var compatible = 0
    var readOnlyCompatible = 0
    var incompatible = 0

    static let version = 1
    private static let magic = "varve store"

    package init(uuid: String) { self.uuid = uuid }

    private func text(check: String) -> String {
        FlatJSON.render([
            ("magic", .string(StoreDescriptor.magic)), ("version", .int(StoreDescriptor.version)),
            ("uuid", .string(uuid)), ("compat", .int(compatible)), ("ro_compat", .int(readOnlyCompatible)),
            ("incompat", .int(incompatible)), ("check", .string(check)),
        ]) + "\n"
    }

    /// The file's bytes: `check` is XXH3-64 of the same text with an empty check.
    package var encoded: [UInt8] { Array(text(check: Checksum.text(Checksum.of(Array(text(check: "").utf8)))).utf8) }

    static func read(_ layout: StoreLayout) throws(StoreError) -> StoreDescriptor {
        guard let directory = try FileSystem.attributes(layout.path) else {
            throw StoreError(.missing, "\(layout.path): no store is there")
        }
        // A store's path may be a link to its directory.
        let isDirectory = directory.isDirectory ? true : (try? FileSystem.names(in: layout.path)) != nil
        guard isDirectory else { throw StoreError(.notAStore, "\(layout.path): a store is a directory, not a file") }
        guard try FileSystem.attributes(layout.descriptor) != nil else {
            throw StoreError(.notAStore, "\(layout.path): not a store: it has no STORE.json")
        }
        return try StoreDescriptor(
            FileSystem.contents(layout.descriptor, limit: 4096), path: layout.descriptor, store: layout.path)
    }

    /// Reads the file's bytes.
    ///
    /// - Parameters:
    ///   - path: the file, for errors
    ///   - store: the store, for errors
    package init(_ bytes: [UInt8], path: String, store: String) throws(StoreError) {
        let corruption = Corruption(
            path: path, offset: 0, what: "STORE.json", expected: "a store's description",
            found: "other bytes")
        guard let text = String(validating: bytes, as: UTF8.self), text.hasSuffix("\n"),
            let fields = FlatJSON.parse(String(text.dropLast()))
        else { throw StoreError(corruption) }
        var strings: [String: String] = [:]
        var numbers: [String: Int] = [:]
        for (name, value) in fields {
            switch value {
            case .string(let text): strings[name] = text
            case .int(let number): numbers[name] = number
            default: throw StoreError(corruption)
            }
        }
        guard strings["magic"] == StoreDescriptor.magic, let uuid = strings["uuid"], let version = numbers["version"],
            let incompatible = numbers["incompat"]
        else { throw StoreError(corruption) }
        guard version == StoreDescriptor.version, incompatible == 0 else {
            throw StoreError(
                .newerFormat,
                "\(store): a newer varve made this store: it takes one that knows version \(version) of STORE.json"
                    + (incompatible == 0 ? "" : " and its features \(incompatible)")
                    + "; this one knows version \(StoreDescriptor.version)\(incompatible == 0 ? "" : " without features")"
            )
        }
        self.init(uuid: uuid)
        compatible = numbers["compat"] ?? 0
        readOnlyCompatible = numbers["ro_compat"] ?? 0
        guard encoded == bytes else { throw StoreError(corruption) }
    }

    /// 32 random hexadecimal digits in a UUID's form.
    static func newIdentity() -> String {
        var generator = SystemRandomNumberGenerator()
        var digits = ""
        for _ in 0..<2 {
            let half = String(generator.next() as UInt64, radix: 16)
            digits += String(repeating: "0", count: 16 - half.count) + half
        }
        var pieces: [Substring] = []
        var rest = Substring(digits)
        for length in [8, 4, 4, 4, 12] {
            pieces.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return pieces.joined(separator: "-")
    }
}
