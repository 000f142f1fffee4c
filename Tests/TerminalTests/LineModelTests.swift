import Testing

@testable import Terminal

/// The line editor's state, key by key: `|` in an expected text is the cursor.
@Suite struct LineModelTests {
    /// Complete is what has no open bracket.
    private static func model(_ history: [String] = []) -> LineModel {
        LineModel(history: LineHistory(history)) { text in
            text.count { $0 == "(" } <= text.count { $0 == ")" }
        }
    }

    /// Keys as text: `^a` Ctrl, `~b` Alt, `<up>` and the like; everything else is typed.
    static func keys(_ script: String) -> [Key] {
        let named: [String: Key] = [
            "enter": .enter, "menter": .metaEnter, "bs": .backspace, "mbs": .metaBackspace, "del": .delete, "up": .up,
            "down": .down, "left": .left, "right": .right, "home": .home, "end": .end, "wl": .wordLeft,
            "wr": .wordRight,
            "esc": .escape, "tab": .tab,
        ]
        var keys: [Key] = []
        var rest = Substring(script)
        while let character = rest.popFirst() {
            if character == "<", let end = rest.firstIndex(of: ">"), let key = named[String(rest[..<end])] {
                keys.append(key)
                rest = rest[rest.index(after: end)...]
            } else if character == "^", let next = rest.popFirst() {
                keys.append(.control(next))
            } else if character == "~", let next = rest.popFirst() {
                keys.append(.meta(next))
            } else {
                keys.append(.text(character))
            }
        }
        return keys
    }

    private static func shown(_ model: LineModel) -> String { model.buffer.before + "|" + model.buffer.after }

    @Test(arguments: [
        ("abc", "abc|"), ("abc<left><left>x", "ax|bc"), ("abc<home>x<end>y", "xabcy|"), ("abc^ax^ey", "xabcy|"),
        ("one two<wl>x", "one x|two"), ("one two^a<wr>x", "onex| two"), ("one two~b~bx", "x|one two"),
        ("ab<left>^d", "a|"), ("ab<bs>", "a|"), ("ab^a<del>", "|b"), ("abc^b^by", "ay|bc"),
        // Characters as readers see them.
        ("👩‍🔬<bs>", "|"), ("a👩‍🔬b<left><left>x", "ax|👩‍🔬b"), ("e\u{301}<bs>", "|"), ("🇩🇪🇫🇷<bs>", "🇩🇪|"), ("漢字<left><bs>", "|字"),
        ("👍🏽x<left><left>y", "y|👍🏽x"),
        // Cutting and yanking.
        ("one two three^w^y", "one two three|"), ("one two three^w^w^a^y", "two three|one "),
        ("abc^a^k^y^y", "abcabc|"),
        ("abc^u", "|"), ("a-b c~<", "|a-b c"), ("one two<mbs>", "one |"), ("one two^a~d", "| two"),
        ("one two^a~d^e^y", " twoone|"), ("one^u two^u^y", " two|"), ("one^u two^u^y~y", "one|"),
        ("one^u^y two~y", "one two|"), ("abc<left>^k^a^k^y", "ab|"), ("ab^t", "ba|"), ("abc<left><left>^t", "ba|c"),
        // Several lines.
        ("f(<enter>x", "f(\nx|"), ("one<menter>two<up>x", "onex|\ntwo"),
        ("one<menter>two<up><home>x<down>y", "xone\nty|wo"),
        ("one<menter>two^a^k", "one\n|"), ("one<menter>two<up>^k", "one|two"), ("one<menter>two<up>^k^k", "one|"),
        ("a<menter>b~<x~>y", "xa\nby|"),
        // Undo.
        ("one two^_", "one|"), ("one two^_^_", "|"), ("one^w^_", "one|"), ("one^_~_", "one|"), ("one^x^u", "|"),
        ("ab<bs>^_", "ab|"), ("one^_x~_", "x|"),
    ])
    func editing(script: String, expected: String) {
        var model = Self.model()
        for key in Self.keys(script) { _ = model.handle(key) }
        #expect(Self.shown(model) == expected)
    }

    @Test("Enter runs what is complete, and the entry goes to the history")
    func enterRuns() {
        var model = Self.model()
        var reactions = Self.keys("f(1)<enter>").map { model.handle($0) }
        #expect(reactions.last == .submitted("f(1)"))
        #expect(model.buffer.isEmpty)
        #expect(model.history.entries == ["f(1)"])
        reactions = Self.keys("g(<enter>2)<enter>").map { model.handle($0) }
        #expect(reactions.last == .submitted("g(\n2)"))
        #expect(model.history.entries == ["f(1)", "g(\n2)"])
    }

    @Test("Ctrl-C drops the entry, Ctrl-D ends an empty one only, Tab and Ctrl-X Ctrl-E ask")
    func reactions() {
        var model = Self.model()
        #expect(Self.keys("ab^c").map { model.handle($0) }.last == .interrupted)
        #expect(model.buffer.isEmpty)
        #expect(model.handle(.control("d")) == .ended)
        #expect(Self.keys("a^d").map { model.handle($0) }.last == .refused)
        #expect(model.handle(.tab) == .completionAsked)
        #expect(Self.keys("^x^e").map { model.handle($0) }.last == .editorAsked)
        #expect(model.handle(.control("l")) == .screenCleared)
        #expect(Self.shown(model) == "a|")
    }

    @Test(
        "↑ finds entries that begin with what is typed",
        arguments: [
            ("<up>", "cap(3)|"), ("<up><up>", "mean|"), ("cap<up><up>", "cap(1)|"), ("cap<up><up><down>", "cap(3)|"),
            ("cap<up><up><down><down>", "cap|"), ("cap<up><up><up>", "cap(1)|"), ("x<up>", "x|"),
            ("cap<up><left>!", "cap(3!|)"), ("^p^p", "mean|"), ("<up><up><up><up>^n", "cap(1)|"),
        ])
    func walking(script: String, expected: String) {
        var model = Self.model(["two\nlines", "cap(1)", "mean", "cap(3)"])
        for key in Self.keys(script) { _ = model.handle(key) }
        #expect(Self.shown(model) == expected)
    }

    @Test("an entry found by ↑ runs with Enter, one of several lines too")
    func walkingRuns() {
        var model = Self.model(["two\nlines"])
        #expect(model.handle(.up) == .edited)
        #expect(model.handle(.enter) == .submitted("two\nlines"))
    }

    @Test(
        "Ctrl-R finds letters in order",
        arguments: [
            ("^rmn<right>", "capture | mean|"), ("^rcapt<tab>", "capture | norm|"),
            ("^rcapt^r<tab>", "capture | mean|"),
            ("x^rzzz<esc>", "x|"), ("x^rmean^g", "x|"), ("^rmean<bs><bs><bs><bs>or<end>", "capture | norm|"),
            ("^rmean<left>", "capture | mea|n"),
        ])
    func searching(script: String, expected: String) {
        var model = Self.model(["capture | mean", "topk", "capture | norm"])
        for key in Self.keys(script) { _ = model.handle(key) }
        #expect(Self.shown(model) == expected)
        #expect(model.search == nil)
    }

    @Test("Enter in a search runs what was found")
    func searchRuns() {
        var model = Self.model(["capture | mean", "topk"])
        #expect(Self.keys("^rcmean<enter>").map { model.handle($0) }.last == .submitted("capture | mean"))
    }

    @Test("ghost text is only what the newest entry goes on with, and only → and End take it")
    func ghost() {
        var model = Self.model(["capture(1)", "capture(2)"])
        for key in Self.keys("capt") { _ = model.handle(key) }
        #expect(model.ghost == "ure(2)")
        #expect(model.text == "capt")
        for key in Self.keys("<left>") { _ = model.handle(key) }
        #expect(model.ghost == nil)
        for key in Self.keys("<right>") { _ = model.handle(key) }
        #expect(Self.shown(model) == "capt|")
        for key in Self.keys("<right>") { _ = model.handle(key) }
        #expect(Self.shown(model) == "capture(2)|")
        for key in Self.keys("^ucap<end>") { _ = model.handle(key) }
        #expect(Self.shown(model) == "capture(2)|")
        var other = Self.model(["capture(1)"])
        #expect(Self.keys("capt<tab><enter>").map { other.handle($0) }.last == .submitted("capt"))
    }

    @Test(
        "a paste is one entry, cleaned, and never runs by itself",
        arguments: [
            ("a\nb\nc", "a\nb\nc"), ("a\r\nb\r\n", "a\nb"), ("varve> a\n   ...> b\nvarve> c", "a\nb\nc"),
            ("\n a\tb \n\n", " a    b "),
            ("a\u{1B}[31mb\u{202E}", "a[31mb"), ("x\u{0}y", "xy"),
        ])
    func pasting(pasted: String, expected: String) {
        var model = Self.model()
        #expect(model.handle(.paste(pasted)) == .edited)
        #expect(model.buffer.text == expected)
        #expect(model.history.entries.isEmpty)
        #expect(model.handle(.control("_")) == .edited)
        #expect(model.buffer.isEmpty)
    }

    @Test("any keys in any order leave a text whose cursor is between characters")
    func anyKeys() {
        var state: UInt64 = 7
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let choices =
            Self.keys(
                "a (👩‍🔬e\u{301}漢)^a^e^b^f^k^u^w^y~y~d~b~f^t^_~_^r^g^p^n<enter><menter><bs><mbs><del><up><down><left><right><home><end><esc>^x"
            )
            + [.paste("p\nq"), .tab, .unknown, .text("\u{301}"), .text("\u{200D}")]
        var model = Self.model(["one", "two\nlines", "👩‍🔬"])
        for _ in 0..<20_000 {
            _ = model.handle(choices[next(choices.count)])
            let buffer = model.buffer
            #expect(buffer.text.count == buffer.before.count + buffer.after.count)
        }
    }
}
