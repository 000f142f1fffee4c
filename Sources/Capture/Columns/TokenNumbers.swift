internal import Models
internal import Tensor
internal import TensorFiles

/// A number for each token that somebody else worked out, such as a KL divergence: a column beside the activations.
public struct TokenNumbers: Sendable {
    /// What queries call it.
    public var name: String
    /// One for each token of all prompts in their order, or one for each token that is kept.
    public var values: [Double]
    /// Whether whole numbers are meant: they are stored as such where none is negative.
    public var isWhole: Bool
    /// Where they come from, for messages.
    public var source: String

    /// - Parameter source: for messages, such as `kl.npy`.
    public init(name: String, values: [Double], isWhole: Bool = false, source: String) {
        self.name = name
        self.values = values
        self.isWhole = isWhole
        self.source = source
    }

    /// Reads `NAME=FILE.npy`: a one-dimensional array of floats or integers.
    public init(option text: String) throws {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex, text.index(after: equals) < text.endIndex
        else {
            throw CaptureError(
                .request, "--column \"\(text)\" is not of the form NAME=FILE.npy", mend: "write --column kl=kl.npy")
        }
        name = String(text[..<equals])
        source = String(text[text.index(after: equals)...])
        try TokenNumbers.check(name)
        let file = try NumPyFile(path: source)
        guard file.shape.count == 1 else {
            throw CaptureError(
                .request, "\(source) has \(file.shape.count) dimensions; a column has one, a number for each token",
                mend: "save array.reshape(-1)")
        }
        values = try file.numbers()
        isWhole = file.isWhole
    }

    /// Refuses a name that means something else in queries already.
    static func check(_ name: String) throws(CaptureError) {
        guard !name.isEmpty, name.utf8.count <= 256, !name.utf8.contains(where: { $0 < 0x20 }) else {
            throw CaptureError(.request, "a column's name has 1 to 256 bytes and no control character")
        }
        guard let first = name.first, first.isLetter || first == "_",
            name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
        else {
            throw CaptureError(
                .request, "a column cannot be called \"\(name)\": no query could write that name",
                mend: "use letters, digits and _")
        }
        let taken = ["id", "prompt", "position", "role", "token_id", "token", "text", "site"]
        guard !taken.contains(name), SiteNames.site(name) == nil, SitePoint(rawValue: name) == nil else {
            throw CaptureError(
                .request, "a column cannot be called \"\(name)\", which means something else in queries",
                mend: "give it another name")
        }
    }

    /// The kept rows as the store takes them.
    func column(_ rows: PromptRows) throws(CaptureError) -> TokenColumn {
        let kept: [Double]
        switch values.count {
        case rows.rowCount: kept = values
        case rows.tokenCount: kept = (rows.places(of: 0..<rows.prompts.count) ?? []).map { values[$0] }
        default:
            let wanted =
                rows.rowCount == rows.tokenCount
                ? "the prompts have \(rows.tokenCount) tokens"
                : "the prompts have \(rows.tokenCount) tokens, of which \(rows.rowCount) are kept"
            throw CaptureError(
                .request, "\(source): column \(name) has \(values.count) numbers, \(wanted)",
                mend: "save one number for each token, in the order of the prompts")
        }
        return try TokenColumn(name, kept, isWhole: isWhole, source: source)
    }
}

/// One column of numbers as it is stored, for all rows of the capture.
struct TokenColumn: Sendable {
    let name: String
    let elementType: ElementType
    let bytes: [UInt8]

    init(_ name: String, _ values: [Double], isWhole: Bool, source: String) throws(CaptureError) {
        self.name = name
        if isWhole, values.allSatisfy({ $0 >= 0 && $0 <= Double(UInt32.max) }) {
            elementType = .uint32
            bytes = BatchCapture.bytes(values.map { UInt32($0) })
            return
        }
        elementType = .float32
        let floats = values.map { Float($0) }
        for (place, value) in values.enumerated() {
            let isKept = isWhole ? Double(floats[place]) == value : floats[place].isFinite || !value.isFinite
            guard isKept else {
                throw CaptureError(
                    .range, "\(source): column \(name) holds \(value) at place \(place), which f32 cannot keep",
                    mend: "scale the numbers, or give whole numbers that are not negative")
            }
        }
        var encoded: [UInt8] = []
        _ = ActivationBytes.encode(floats.span, as: .float32, into: &encoded)
        bytes = encoded
    }

    /// The columns that the prompts themselves bring; a prompt without one has no number there.
    static func ofPrompts(_ rows: PromptRows) throws(CaptureError) -> [TokenColumn] {
        var order: [String] = []
        var values: [String: [Double]] = [:]
        for (index, prompt) in rows.prompts.enumerated() {
            for (name, numbers) in prompt.tokenNumbers {
                guard numbers.count == prompt.ids.count else {
                    throw CaptureError(
                        .prompt,
                        "\(prompt.title): \"\(name)\" has \(numbers.count) numbers, the prompt has \(prompt.ids.count) tokens",
                        mend: "give one number for each token, those of the template and special tokens included")
                }
                if values[name] == nil {
                    try TokenNumbers.check(name)
                    order.append(name)
                    values[name] = [Double](repeating: .nan, count: rows.rowCount)
                }
                for (row, position) in rows.positions(ofPrompt: index).enumerated() {
                    values[name]?[rows.starts[index] + row] = numbers[Int(position)]
                }
            }
        }
        return try order.map { (name) throws(CaptureError) in
            try TokenColumn(name, values[name] ?? [], isWhole: false, source: "the prompts")
        }
    }

    /// Bytes of consecutive rows.
    func bytes(of rows: Range<Int>) -> [UInt8] {
        Array(bytes[rows.lowerBound * elementType.byteCount..<rows.upperBound * elementType.byteCount])
    }
}
