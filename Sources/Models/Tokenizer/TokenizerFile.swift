import TensorFiles

/// What a `tokenizer.json` says, checked part by part; a part of unknown kind is refused by its name.
struct TokenizerFile {
    /// Largest file read.
    static let maximumBytes = 256 << 20
    /// Largest token id.
    static let maximumID = 16_777_215

    var model: BytePairModel
    var added: [AddedToken]
    var composesCharacters: Bool
    var steps: [PreTokenizer.Step]
    /// Ids put before and after a text by the post-processor.
    var prefix: [UInt32]
    var suffix: [UInt32]

    init(_ json: JSONValue) throws(FileError) {
        model = try BytePairModel(json.member("model"))
        added = []
        for entry in try json["added_tokens"]?.elements().map({ $0 }) ?? [] {
            added.append(try TokenizerFile.addedToken(entry, model: model))
        }
        composesCharacters = try TokenizerFile.composes(json["normalizer"])
        steps = []
        guard let splitter = json["pre_tokenizer"] else {
            throw json.error("has no \"pre_tokenizer\"", mend: TokenizerFile.onlyByteLevel)
        }
        try TokenizerFile.read(splitter, into: &steps)
        guard steps.contains(where: \.isByteLevel) else {
            throw splitter.error("does not end in ByteLevel", mend: TokenizerFile.onlyByteLevel)
        }
        if let decoder = json["decoder"], try decoder.member("type").string() != "ByteLevel" {
            throw decoder.error(
                "the decoder \(try decoder.member("type").shown) is not known", mend: TokenizerFile.onlyByteLevel)
        }
        (prefix, suffix) = ([], [])
        if let processor = json["post_processor"] { try readTemplate(processor) }
    }

    static let onlyByteLevel = "byte-level BPE tokenizers are read (GPT-2, Qwen2, Llama-3, Pythia and their like)"

    private static func addedToken(_ json: JSONValue, model: BytePairModel) throws(FileError) -> AddedToken {
        let content = try json.member("content").stringBytes()
        let id = try json.member("id").int(in: 0...maximumID)
        guard !content.isEmpty else { throw json.error("an added token is empty") }
        if let inModel = model.spelledIDs.value(of: content, 0..<content.count), inModel != UInt32(id) {
            throw json.error(
                "\(try json.member("content").shown) has the id \(id) here and \(inModel) in the vocabulary")
        }
        func flag(_ name: String, _ assumed: Bool) throws(FileError) -> Bool { try json[name]?.bool() ?? assumed }
        let isSpecial = try flag("special", false)
        return AddedToken(
            id: UInt32(id), content: content, isSpecial: isSpecial, isSingleWord: try flag("single_word", false),
            stripsLeft: try flag("lstrip", false), stripsRight: try flag("rstrip", false),
            isNormalized: try flag("normalized", !isSpecial))
    }

    /// Whether texts are brought to NFC first.
    private static func composes(_ json: JSONValue?) throws(FileError) -> Bool {
        guard let json else { return false }
        let type = try json.member("type")
        switch try type.string() {
        case "NFC": return true
        case "Sequence":
            var result = false
            for part in try json.member("normalizers").elements() where try composes(part) { result = true }
            return result
        default:
            throw type.error("the normalizer \(type.shown) is not known", mend: "NFC and none are; " + onlyByteLevel)
        }
    }

    private static func read(_ json: JSONValue, into steps: inout [PreTokenizer.Step]) throws(FileError) {
        let type = try json.member("type")
        switch try type.string() {
        case "Sequence":
            for part in try json.member("pretokenizers").elements() { try read(part, into: &steps) }
        case "ByteLevel":
            if try json["add_prefix_space"]?.bool() ?? true { steps.append(.prefixSpace) }
            if try json["use_regex"]?.bool() ?? true { steps.append(.pattern(.gpt2)) }
            steps.append(.byteLevel)
        case "Digits":
            steps.append(.digits(individually: try json["individual_digits"]?.bool() ?? false))
        case "Split":
            let pattern = try json.member("pattern")
            guard let expression = pattern["Regex"], let known = SplitPattern(expression: try expression.string())
            else {
                throw pattern.error(
                    "the pattern \((pattern["Regex"] ?? pattern["String"] ?? pattern).shown) is not known",
                    mend: "the patterns of GPT-2, Qwen2 and Llama-3 are")
            }
            // A known pattern matches everywhere, so removing what it does not match removes nothing.
            let behavior = try json.member("behavior")
            let isInverted = try json["invert"]?.bool() ?? false
            let name = try behavior.string()
            guard name == "Isolated" || name == "Removed" && isInverted else {
                throw behavior.error("the behavior \(behavior.shown) is not known with this pattern")
            }
            steps.append(.pattern(known))
        default: throw type.error("the pre-tokenizer \(type.shown) is not known", mend: onlyByteLevel)
        }
        if steps.count > 16 { throw json.error("has more than 16 steps") }
    }

    private mutating func readTemplate(_ json: JSONValue) throws(FileError) {
        let type = try json.member("type")
        switch try type.string() {
        case "ByteLevel": break
        case "Sequence":
            for part in try json.member("processors").elements() { try readTemplate(part) }
        case "TemplateProcessing":
            var before: [UInt32] = []
            var after: [UInt32] = []
            var hasText = false
            for piece in try json.member("single").elements() {
                if let special = piece["SpecialToken"] {
                    let name = try special.member("id")
                    let ids = try json.member("special_tokens").member(name.string()).member("ids").elements()
                    for id in ids {
                        let value = UInt32(try id.int(in: 0...TokenizerFile.maximumID))
                        if hasText { after.append(value) } else { before.append(value) }
                    }
                } else if piece["Sequence"] != nil, !hasText {
                    hasText = true
                } else {
                    throw piece.error("expected one Sequence and special tokens")
                }
            }
            guard hasText else { throw json.error("the template has no place for the text") }
            prefix = before + prefix
            suffix += after
        default: throw type.error("the post-processor \(type.shown) is not known", mend: TokenizerFile.onlyByteLevel)
        }
    }
}
