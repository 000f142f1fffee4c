import Terminal
import Testing

@Suite struct TextTests {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("漢字", 4), ("ｆｕｌｌ", 8), ("👩‍🔬", 2), ("🇩🇪", 2), ("❤️", 2), ("❤", 1),
        ("한글", 4), ("a\u{200B}b", 2), ("…", 1), ("±", 1), ("▁█", 2), ("👍🏽", 2), ("\u{301}", 0), ("→", 1),
    ])
    func columns(text: String, expected: Int) {
        #expect(TextWidth.columns(text) == expected)
    }

    @Test(arguments: [
        ("abcdef", 6, "abcdef"), ("abcdef", 4, "abc…"), ("漢字漢字", 5, "漢字…"), ("漢字漢字", 4, "漢…"), ("abc", 1, "…"),
        ("abc", 0, ""), ("👩‍🔬👩‍🔬", 3, "👩‍🔬…"),
    ])
    func truncationKeepsCharactersWhole(text: String, width: Int, expected: String) {
        #expect(TextWidth.truncated(text, to: width) == expected)
        #expect(TextWidth.columns(TextWidth.truncated(text, to: width)) <= width)
    }

    @Test func padding() {
        #expect(TextWidth.padded("漢", to: 4) == "漢  ")
        #expect(TextWidth.padded("漢", to: 4, rightAligned: true) == "  漢")
        #expect(TextWidth.padded("abc", to: 2) == "abc")
    }

    /// Every control that could steer a terminal, one test each.
    @Test(
        arguments: Array(UInt32(0)...0x1F) + Array(0x7F...0x9F) + Array(0x202A...0x202E) + Array(0x2066...0x2069)
            + [0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF])
    func noControlGetsThrough(value: UInt32) throws {
        let scalar = try #require(Unicode.Scalar(value))
        let shown = Escape.visible("a\(Character(scalar))b")
        #expect(!shown.unicodeScalars.contains(scalar))
        #expect(shown.hasPrefix("a\\") && shown.hasSuffix("b"))
        #expect(!Escape.visible(bytes: Array("x\(Character(scalar))".utf8)).unicodeScalars.contains(scalar))
        #expect(!Escape.lines("x\(Character(scalar))").unicodeScalars.contains(scalar) || value == 0x0A)
    }

    @Test(arguments: [
        ("plain", "plain"), ("a\nb\tc\r", "a\\nb\\tc\\r"), ("\u{1B}[31mred", "\\x1b[31mred"), ("\u{202E}", "\\u{202e}"),
        ("👩‍🔬 é 漢", "👩‍🔬 é 漢"), ("\u{9B}31m", "\\x9b31m"),
    ])
    func escapes(text: String, expected: String) {
        #expect(Escape.visible(text) == expected)
    }

    @Test(
        arguments: [
            ([0x61, 0xFF, 0x62], "a\\xffb"), ([0xE2, 0x82], "\\xe2\\x82"), ([0xE2, 0x82, 0xAC], "€"),
            ([0xC3, 0x1B], "\\xc3\\x1b"), ([], ""), ([0xF0, 0x9F, 0x98, 0x80, 0x80], "😀\\x80"),
        ] as [([UInt8], String)])
    func bytesThatAreNoText(bytes: [UInt8], expected: String) {
        #expect(Escape.visible(bytes: bytes) == expected)
    }

    @Test func terminalsAndVariables() {
        #expect(!TTYInfo(isTerminal: false).allowsColour)
        #expect(TTYInfo.of(descriptor: 99, environment: ["COLUMNS": "72"]).width == 72)
        #expect(TTYInfo.of(descriptor: 99, environment: ["FORCE_COLOR": "1"]).allowsColour)
        #expect(!TTYInfo.of(descriptor: 99, environment: ["FORCE_COLOR": "1", "NO_COLOR": "1"]).allowsColour)
        #expect(TTYInfo.of(descriptor: 99, environment: ["COLUMNS": "-3"]).width == nil)
    }
}
