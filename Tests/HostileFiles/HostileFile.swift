package import FuzzTargets

/// A file that no parser may accept: it is damaged, lies about itself, or asks for what varve won't do.
package struct HostileFile: Sendable {
    package let target: FuzzTarget
    let name: String
    package let bytes: [UInt8]

    /// Those of every parser.
    package static let all =
        HostileSafetensors.all + HostileArrays.all + HostileArchives.all + HostileJSON.all + HostilePrompts.all
        + HostileTables.all + HostileTokenizers.all + HostileTemplates.all + HostileQueries.all
        + HostileStoreTexts.all + HostileChunks.all + HostileBlocks.all + HostileModels.all + HostileLatents.all

    init(_ target: FuzzTarget, _ name: String, _ bytes: [UInt8]) {
        self.target = target
        self.name = name
        self.bytes = bytes
    }

    init(_ target: FuzzTarget, _ name: String, _ text: String) { self.init(target, name, Array(text.utf8)) }

    /// The parser and what is wrong, for people.
    package var title: String { "\(target.name): \(name)" }

    /// Texts that are wrong as such, named by what they are.
    static func texts(_ target: FuzzTarget, _ texts: KeyValuePairs<String, String>) -> [HostileFile] {
        texts.map { HostileFile(target, $0.key, $0.value) }
    }
}

extension Array where Element == UInt8 {
    /// A number, little-endian.
    static func number<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> T($0 * 8)) }
    }

    /// The same bytes with some replaced from `place` on.
    func replacing(at place: Int, with bytes: [UInt8]) -> [UInt8] {
        var copy = self
        for (index, byte) in bytes.enumerated() where place + index < copy.count { copy[place + index] = byte }
        return copy
    }
}
