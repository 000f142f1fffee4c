/// What was cut, newest last: Ctrl-Y gives it back, Alt-Y then an older one.
struct KillRing: Sendable {
    private var entries: [String] = []
    private var place = 0
    static let limit = 60

    /// Keeps a cut. Cuts in a row are one: what was left of the cursor goes before, what was right of it after.
    mutating func add(_ text: String, isBefore: Bool, continues: Bool) {
        if continues, let last = entries.popLast() {
            entries.append(isBefore ? text + last : last + text)
        } else {
            entries.append(text)
            if entries.count > KillRing.limit { entries.removeFirst() }
        }
        place = entries.count - 1
    }

    /// The newest cut.
    mutating func newest() -> String? {
        place = entries.count - 1
        return entries.last
    }

    /// The one before the one given last; after the oldest the newest again.
    mutating func older() -> String? {
        guard !entries.isEmpty else { return nil }
        place = (place + entries.count - 1) % entries.count
        return entries[place]
    }
}
