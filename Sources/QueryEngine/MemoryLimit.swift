import Foundation
import QueryLanguage

/// Bytes of numbers that one value may take in memory: what is more is refused with its size before anything is read.
///
/// Half of the machine's memory, unless `VARVE_MEMORY` says another amount, such as `8G`.
public struct MemoryLimit: Sendable, Hashable {
    public var bytes: Int
    /// Decoded bytes of one layer's rows up to which any fit holds them; it reads larger ones again for every look.
    ///
    /// The same on every machine, whatever is allowed: sums of rows that are read are cut elsewhere, which their last digits tell.
    var heldBytes = 256 << 20

    public init(bytes: Int) { self.bytes = max(0, bytes) }

    /// Of `512M`, `8G` or a number of bytes; K, M, G and T count in thousands. nil for anything else.
    public init?(_ text: String) {
        let units: [Character: Int] = ["K": 1_000, "M": 1_000_000, "G": 1_000_000_000, "T": 1_000_000_000_000]
        var digits = text[...]
        var unit = 1
        if let last = digits.last, let found = units[Character(last.uppercased())] {
            unit = found
            digits = digits.dropLast()
        }
        guard !digits.isEmpty, digits.allSatisfy(\.isASCII), digits.allSatisfy(\.isNumber), let number = Int(digits),
            case let (bytes, overflow) = number.multipliedReportingOverflow(by: unit), !overflow, bytes > 0
        else { return nil }
        self.init(bytes: bytes)
    }

    /// What a session allows where nobody says more.
    public static let standard =
        ProcessInfo.processInfo.environment["VARVE_MEMORY"].flatMap { MemoryLimit($0) }
        ?? MemoryLimit(bytes: Int(ProcessInfo.processInfo.physicalMemory / 2))

    /// - Parameter help: how to ask for less
    /// - Throws: a complaint that names the bytes needed and the bytes allowed.
    func check(_ need: Int, at node: PlanNode, help: String) throws {
        guard need > bytes else { return }
        throw QueryFailure(
            "too-large", at: node,
            "this needs \(ByteText.of(need)) in memory, and \(ByteText.of(bytes)) are allowed",
            help: "\(help); or set VARVE_MEMORY, such as VARVE_MEMORY=\(MemoryLimit.rounded(need)), to allow more")
    }

    /// An amount of at least so many bytes, as `VARVE_MEMORY` takes it.
    private static func rounded(_ bytes: Int) -> String {
        for (unit, size) in [("G", 1_000_000_000), ("M", 1_000_000)] where bytes >= size {
            return "\((bytes - 1) / size + 1)\(unit)"
        }
        return "\((bytes - 1) / 1000 + 1)K"
    }
}
