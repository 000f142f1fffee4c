import TensorFiles

/// The parts of a `tokenizer.json` that are lists of steps: normalizer, pre-tokenizer, decoder.
extension TokenizerFile {
    private static let maximumSteps = 16

    /// - Parameter growth: how many times longer the steps so far can make a text, at most.
    static func read(
        normalizer json: JSONValue, into steps: inout [Normalizer.Step], _ growth: inout Double
    ) throws(FileError) {
        let type = try json.member("type")
        let name = try type.string()
        switch name {
        case "Sequence":
            for part in try json.member("normalizers").elements() {
                try read(normalizer: part, into: &steps, &growth)
            }
        case "Lowercase": steps.append(.lowercase)
        case "Prepend":
            let text = try json.member("prepend").stringBytes()
            if !text.isEmpty { steps.append(.prepend(text)) }
            growth *= Double(1 + text.count)
        case "Replace":
            let pattern = try literal(json.member("pattern"), of: "a Replace of")
            let content = try json.member("content").stringBytes()
            steps.append(.replace(pattern, with: content))
            growth *= max(1, Double(content.count) / Double(pattern.count))
        case "Strip":
            steps.append(
                .strip(left: try json["strip_left"]?.bool() ?? true, right: try json["strip_right"]?.bool() ?? true))
        default:
            guard let form = UnicodeForm(rawValue: name) else {
                throw type.error("the normalizer \(type.shown) is not known", mend: mend)
            }
            steps.append(.form(form))
        }
        if steps.count > maximumSteps { throw json.error("has more than \(maximumSteps) steps") }
        if growth > 1024 { throw json.error("makes texts more than 1,024 times as long") }
    }

    static func read(preTokenizer json: JSONValue, into steps: inout [PreTokenizer.Step]) throws(FileError) {
        let type = try json.member("type")
        switch try type.string() {
        case "Sequence":
            for part in try json.member("pretokenizers").elements() { try read(preTokenizer: part, into: &steps) }
        case "ByteLevel":
            if try json["add_prefix_space"]?.bool() ?? true { steps.append(.prefixSpace) }
            if try json["use_regex"]?.bool() ?? true { steps.append(.pattern(.gpt2)) }
            steps.append(.byteLevel)
        case "Digits":
            steps.append(.digits(individually: try json["individual_digits"]?.bool() ?? false))
        case "Metaspace": steps.append(try metaspace(json))
        case "Split": steps.append(try split(json))
        default: throw type.error("the pre-tokenizer \(type.shown) is not known", mend: mend)
        }
        if steps.count > maximumSteps { throw json.error("has more than \(maximumSteps) steps") }
        // What follows would see the byte alphabet instead of text.
        if let place = steps.firstIndex(of: .byteLevel), place + 1 < steps.count {
            throw json.error("a step follows ByteLevel", mend: mend)
        }
    }

    private static func metaspace(_ json: JSONValue) throws(FileError) -> PreTokenizer.Step {
        let scheme: PreTokenizer.MarkScheme
        if let name = json["prepend_scheme"] {
            guard let known = PreTokenizer.MarkScheme(rawValue: try name.string()) else {
                throw name.error("the scheme \(name.shown) is not known", mend: "always, first and never are")
            }
            scheme = known
        } else {
            scheme = try json["add_prefix_space"]?.bool() ?? true ? .always : .never
        }
        return .metaspace(mark: try mark(json), scheme, splits: try json["split"]?.bool() ?? true)
    }

    /// The one letter that stands for a space.
    private static func mark(_ json: JSONValue) throws(FileError) -> [UInt8] {
        let replacement = try json.member("replacement")
        let bytes = try replacement.stringBytes()
        guard let first = bytes.first, first != 0x20, UTF8Scalar.decode(bytes, 0).length == bytes.count else {
            throw replacement.error("expected one letter other than a space, found \(replacement.shown)")
        }
        return bytes
    }

    private static func split(_ json: JSONValue) throws(FileError) -> PreTokenizer.Step {
        let pattern = try json.member("pattern")
        let behavior = try json.member("behavior")
        let isInverted = try json["invert"]?.bool() ?? false
        let name = try behavior.string()
        if pattern["String"] != nil {
            guard let known = SplitBehavior(rawValue: name), !isInverted else {
                throw behavior.error("the behavior \(behavior.shown) is not known with this pattern", mend: mend)
            }
            return .literal(try literal(pattern, of: "a Split at"), known)
        }
        guard let expression = pattern["Regex"], let known = SplitPattern(expression: try expression.string()) else {
            throw pattern.error(
                "the pattern \((pattern["Regex"] ?? pattern).shown) is not known",
                mend: "the patterns of GPT-2, Qwen2, Llama-3, Tekken and GPT-4o are; " + mend)
        }
        // A known pattern matches everywhere, so removing what it does not match removes nothing.
        guard name == "Isolated" || name == "Removed" && isInverted else {
            throw behavior.error("the behavior \(behavior.shown) is not known with this pattern", mend: mend)
        }
        return .pattern(known)
    }

    /// A pattern that is a text; expressions are not run.
    private static func literal(_ pattern: JSONValue, of step: String) throws(FileError) -> [UInt8] {
        guard let text = pattern["String"] else {
            throw pattern.error(
                "\(step) the expression \((pattern["Regex"] ?? pattern).shown) is not supported", mend: mend)
        }
        let bytes = try text.stringBytes()
        guard (1...256).contains(bytes.count) else { throw text.error("expected 1 to 256 bytes") }
        return bytes
    }

    static func read(
        decoder json: JSONValue, isByteLevel: Bool, into decoder: inout TokenDecoder
    ) throws(FileError) {
        let type = try json.member("type")
        let name = try type.string()
        if isByteLevel {
            guard name == "ByteLevel" else {
                throw type.error("the decoder \(type.shown) does not fit the pre-tokenizer ByteLevel", mend: mend)
            }
            return
        }
        switch name {
        case "Sequence":
            for part in try json.member("decoders").elements() {
                try read(decoder: part, isByteLevel: isByteLevel, into: &decoder)
            }
        case "Replace":
            let pattern = try literal(json.member("pattern"), of: "a Replace of")
            guard try json.member("content").stringBytes() == [0x20], decoder.spaceMark == nil else {
                throw json.error("only one mark can be replaced, by a space", mend: mend)
            }
            decoder.spaceMark = pattern
        case "Metaspace":
            let scheme = try metaspace(json)
            if case .metaspace(let mark, let scheme, _) = scheme {
                decoder.spaceMark = mark
                decoder.dropsFirstMarks = scheme != .never
            }
        case "ByteFallback": decoder.readsBytes = true
        case "Fuse": decoder.isFused = true
        case "Strip":
            guard decoder.isFused, try json.member("content").stringBytes() == [0x20] else {
                throw json.error("only spaces can be stripped, after Fuse", mend: mend)
            }
            decoder.stripsStart = try json["start"]?.int(in: 0...1024) ?? 0
            decoder.stripsEnd = try json["stop"]?.int(in: 0...1024) ?? 0
        default: throw type.error("the decoder \(type.shown) is not known", mend: mend)
        }
    }
}
