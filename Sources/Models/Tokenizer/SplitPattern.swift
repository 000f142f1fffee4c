/// A pre-tokenizer pattern, matched by hand: no expression that comes in a file is ever run.
struct SplitPattern: Sendable, Hashable {
    enum Digits: Sendable, Hashable {
        /// ` ?\p{N}+`
        case runAfterSpace
        /// `\p{N}{1,n}`
        case atMost(Int)
    }

    enum Words: Sendable, Hashable {
        /// ` ?\p{L}+`
        case afterSpace
        /// `[^\r\n\p{L}\p{N}]?\p{L}+`
        case afterAny
        /// As `afterAny`, but a word ends where a capital follows a small letter; marks count as letters.
        case cased
    }

    enum Contractions: Sendable, Hashable {
        case none
        /// `'s|'t|'re|…` or `(?i:…)`, before all else.
        case apart(ignoresCase: Bool)
        /// `(?i:'s|'t|'re|…)?` behind a word.
        case withWord
    }

    var contractions: Contractions
    var words: Words
    var digits: Digits
    /// `[\r\n]*` after punctuation, and `\s*[\r\n]+` before other spaces.
    var keepsNewlines: Bool
    /// `[\r\n/]*` instead of `[\r\n]*`.
    var keepsSlashes = false

    static let gpt2 = SplitPattern(
        contractions: .apart(ignoresCase: false), words: .afterSpace, digits: .runAfterSpace, keepsNewlines: false)
    static let qwen2 = SplitPattern(
        contractions: .apart(ignoresCase: true), words: .afterAny, digits: .atMost(1), keepsNewlines: true)
    static let llama3 = SplitPattern(
        contractions: .apart(ignoresCase: true), words: .afterAny, digits: .atMost(3), keepsNewlines: true)
    static let tekken = SplitPattern(
        contractions: .none, words: .cased, digits: .atMost(1), keepsNewlines: true, keepsSlashes: true)
    static let gpt4o = SplitPattern(
        contractions: .withWord, words: .cased, digits: .atMost(3), keepsNewlines: true, keepsSlashes: true)

    /// The patterns by how files write them.
    private static let known: [String: SplitPattern] = {
        let spaces = #"|\s+(?!\S)|\s+"#
        let tail = #" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"# + spaces
        let head = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"#
        let short = #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*"#
        let plain = #"| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+"# + spaces
        let upper = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#
        let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#
        let any = #"[^\r\n\p{L}\p{N}]?"#
        let suffix = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"#
        let slashes = #"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+"# + spaces
        func cased(_ suffix: String) -> String {
            any + upper + "*" + lower + "+" + suffix + "|" + any + upper + "+" + lower + "*" + suffix
        }
        return [
            head + "|" + tail: .qwen2, head + "{1,3}|" + tail: .llama3,
            // Greedy blanks take every line feed before the last one either way.
            short + #"|\s*[\r\n]"# + spaces: .llama3, short + #"|\s*[\r\n]+"# + spaces: .llama3,
            "'s|'t|'re|'ve|'m|'ll|'d" + plain: .gpt2, "'(?:[sdmt]|ll|ve|re)" + plain: .gpt2,
            cased("") + #"|\p{N}"# + slashes: .tekken, cased(suffix) + #"|\p{N}{1,3}"# + slashes: .gpt4o,
        ]
    }()

    /// The pattern that is written so; nil where it is none of the known ones.
    init?(expression: String) {
        guard let known = SplitPattern.known[expression] else { return nil }
        self = known
    }

    private init(
        contractions: Contractions, words: Words, digits: Digits, keepsNewlines: Bool, keepsSlashes: Bool = false
    ) {
        self.contractions = contractions
        self.words = words
        self.digits = digits
        self.keepsNewlines = keepsNewlines
        self.keepsSlashes = keepsSlashes
    }
}
