/// One parser of bytes that come from outside. A fuzzer's executable and the seeded mutations of `swift test` run the same ones.
///
/// Whatever the bytes are, `run` returns: an error of the parser is an answer, a trap is a defect. Parsers stand in modules of what they
/// need (`FuzzStores`, `FuzzFiles`, …), as a fuzzer looks through the counters of everything that is linked after every input.
public struct FuzzTarget: Sendable {
    /// What `Scripts/fuzz` calls it.
    public let name: String
    private let parser: @Sendable ([UInt8]) throws -> Void
    private let wellFormed: @Sendable () -> [[UInt8]]

    /// - Parameters:
    ///   - parser: throws what the parser throws
    ///   - seeds: well-formed inputs to start from
    public init(
        _ name: String, _ parser: @escaping @Sendable ([UInt8]) throws -> Void,
        seeds: @autoclosure @escaping @Sendable () -> [[UInt8]]
    ) {
        self.name = name
        self.parser = parser
        wellFormed = seeds
    }

    /// Well-formed inputs to start from.
    public var seeds: [[UInt8]] { wellFormed() }

    /// Parses the bytes; throws what the parser throws.
    public func parse(_ bytes: [UInt8]) throws { try parser(bytes) }

    /// Parses the bytes and throws away what comes of it, be it an error.
    public func run(_ bytes: [UInt8]) { try? parse(bytes) }
}

/// For parsers that answer nil instead of throwing.
public enum InputError: Error { case notWhatIsExpected }
