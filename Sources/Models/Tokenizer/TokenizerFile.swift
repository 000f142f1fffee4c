import TensorFiles

/// What a `tokenizer.json` says, checked part by part; a part of unknown kind is refused by its name.
struct TokenizerFile {
    /// Largest file read.
    static let maximumBytes = 256 << 20
    /// Largest token id.
    static let maximumID = 16_777_215
    /// What there may be of added tokens, and how long one may be: each place of a text is compared with them.
    static let maximumAddedTokens = 1 << 20
    static let maximumAddedBytes = 1024

    static let mend =
        "BPE is read, byte-level (GPT-2, Pythia, Qwen, Llama-3) and SentencePiece-style (Llama-2, Mistral, Gemma, Phi-3); "
        + #"for other tokenizers give the prompts as "token_ids""#

    var model: BytePairModel
    var added: [AddedToken] = []
    var normalizer = Normalizer()
    var steps: [PreTokenizer.Step] = []
    var decoder = TokenDecoder()
    /// Ids put before and after a text by the post-processor.
    var prefix: [UInt32] = []
    var suffix: [UInt32] = []

    init(_ json: JSONValue) throws(FileError) {
        if let part = json["normalizer"] {
            var growth = 1.0
            try TokenizerFile.read(normalizer: part, into: &normalizer.steps, &growth)
        }
        if let part = json["pre_tokenizer"] { try TokenizerFile.read(preTokenizer: part, into: &steps) }
        let isByteLevel = steps.contains(.byteLevel)
        if let part = json["decoder"] {
            try TokenizerFile.read(decoder: part, isByteLevel: isByteLevel, into: &decoder)
        }
        model = try BytePairModel(json.member("model"), isByteLevel: isByteLevel, decoder: decoder)
        try readAddedTokens(json)
        if let part = json["post_processor"] { try readTemplate(part) }
    }

    private mutating func readAddedTokens(_ json: JSONValue) throws(FileError) {
        var count = 0
        var highest: Int?
        for entry in try json["added_tokens"]?.elements().map({ $0 }) ?? [] {
            count += 1
            guard count <= TokenizerFile.maximumAddedTokens else {
                throw entry.error("there are more than \(TokenizerFile.maximumAddedTokens) added tokens")
            }
            let content = try entry.member("content")
            let id = try entry.member("id").int(in: 0...TokenizerFile.maximumID)
            let token = try TokenizerFile.addedToken(entry, id: id)
            if let known = model.spelledIDs.value(of: token.content, 0..<token.content.count) {
                guard known == token.id else {
                    throw entry.error("\(content.shown) has the id \(id) here and \(known) in the vocabulary")
                }
            } else {
                guard !model.holds(id) else {
                    throw entry.error("\(content.shown) has the id \(id), which is another token's")
                }
                // The library numbers them itself, whatever the file says, and the model was trained with its numbers.
                let next = highest.map { max($0 + 1, model.vocabularyCount) } ?? model.vocabularyCount
                guard id == next else {
                    throw entry.error(
                        "\(content.shown) has the id \(id), but the next one is \(next)",
                        mend: "save the tokenizer again with tokenizer.save_pretrained(folder), and look at its ids")
                }
            }
            highest = max(highest ?? 0, id)
            model.add(token.found(after: normalizer), decoder)
            added.append(token)
        }
    }

    private static func addedToken(_ json: JSONValue, id: Int) throws(FileError) -> AddedToken {
        let content = try json.member("content").stringBytes()
        guard !content.isEmpty else { throw json.error("an added token is empty") }
        guard content.count <= maximumAddedBytes else {
            throw json.error("an added token has more than \(maximumAddedBytes) bytes")
        }
        func flag(_ name: String, _ assumed: Bool) throws(FileError) -> Bool { try json[name]?.bool() ?? assumed }
        let isSpecial = try flag("special", false)
        return AddedToken(
            id: UInt32(id), content: content, isSpecial: isSpecial, isSingleWord: try flag("single_word", false),
            stripsLeft: try flag("lstrip", false), stripsRight: try flag("rstrip", false),
            isNormalized: try flag("normalized", !isSpecial))
    }

    private mutating func readTemplate(_ json: JSONValue) throws(FileError) {
        let type = try json.member("type")
        switch try type.string() {
        case "ByteLevel": break
        case "Sequence":
            for part in try json.member("processors").elements() { try readTemplate(part) }
        case "RobertaProcessing", "BertProcessing":
            func id(_ name: String) throws(FileError) -> UInt32 {
                let parts = try json.member(name).elements().map { $0 }
                guard parts.count == 2 else { throw json.error("\(name) is not a token and its id") }
                return UInt32(try parts[1].int(in: 0...TokenizerFile.maximumID))
            }
            prefix.insert(try id("cls"), at: 0)
            suffix.append(try id("sep"))
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
        default: throw type.error("the post-processor \(type.shown) is not known", mend: TokenizerFile.mend)
        }
        if prefix.count + suffix.count > 64 { throw json.error("puts more than 64 tokens around a text") }
    }
}
