/// What is done to a text before it is cut: a few known steps, in the file's order.
struct Normalizer: Sendable {
    enum Step: Sendable {
        case form(UnicodeForm)
        /// Letter by letter, without regard to neighbours.
        case lowercase
        /// Before a text that is not empty.
        case prepend([UInt8])
        case replace([UInt8], with: [UInt8])
        case strip(left: Bool, right: Bool)
    }

    var steps: [Step] = []

    func apply(to text: inout TrackedText) {
        for step in steps where !text.bytes.isEmpty {
            switch step {
            case .form(let form): form.apply(to: &text)
            case .lowercase: Normalizer.lowercase(&text)
            case .prepend(let prefix): text.prepend(prefix)
            case .replace(let pattern, let content): text.replace(pattern, with: content)
            case .strip(let left, let right): Normalizer.strip(&text, left: left, right: right)
            }
        }
    }

    private static func lowercase(_ text: inout TrackedText) {
        let bytes = text.bytes
        guard bytes.contains(where: { $0 >= 0x80 || (0x41...0x5A).contains($0) }) else { return }
        var result: [UInt8] = []
        var places: [Int] = []
        var at = 0
        while at < bytes.count {
            let (value, length) = UTF8Scalar.decode(bytes, at)
            let lower = UnicodeScalar(value)?.properties.lowercaseMapping ?? ""
            for byte in lower.utf8 {
                result.append(byte)
                places.append(at)
            }
            at += length
        }
        text.become(result, places + [bytes.count])
    }

    private static func strip(_ text: inout TrackedText, left: Bool, right: Bool) {
        let bytes = text.bytes
        func isSpace(_ at: Int) -> Bool {
            UnicodeScalar(UTF8Scalar.decode(bytes, at).scalar)?.properties.isWhitespace ?? false
        }
        var start = 0
        var end = bytes.count
        while left, start < end, isSpace(start) { start += UTF8Scalar.decode(bytes, start).length }
        while right, end > start, isSpace(UTF8Scalar.before(bytes, end)) { end = UTF8Scalar.before(bytes, end) }
        text.keep(start..<end)
    }
}
