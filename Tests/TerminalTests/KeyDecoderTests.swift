import Terminal
import Testing

@Suite struct KeyDecoderTests {
    @Test(arguments: [
        ("a", [Key.text("a")]), ("é漢👍", [.text("é"), .text("漢"), .text("👍")]), ("\r", [.enter]), ("\n", [.enter]),
        ("\u{1}", [.control("a")]), ("\u{1A}", [.control("z")]), ("\u{1F}", [.control("_")]), ("\u{7F}", [.backspace]),
        ("\u{1B}[A\u{1B}OB", [.up, .down]), ("\u{1B}[1;5C\u{1B}[1;3D", [.wordRight, .wordLeft]),
        ("\u{1B}[H\u{1B}[4~\u{1B}[3~", [.home, .end, .delete]),
        ("\u{1B}b\u{1B}\u{7F}\u{1B}\r", [.meta("b"), .metaBackspace, .metaEnter]),
        ("\u{1B}[13;3u", [.metaEnter]), ("\u{1B}[Z", [.backTab]), ("\u{1B}[99~x", [.unknown, .text("x")]),
        ("\u{1B}[200~one\ntwo\u{1B}[201~x", [.paste("one\ntwo"), .text("x")]),
        ("\u{1B}[200~\u{3}\u{1B}[A\u{1B}[201~", [.paste("\u{3}\u{1B}[A")]),
        ("\u{1B}é", [.meta("é")]),
    ])
    func decoding(bytes: String, keys: [Key]) {
        var whole = KeyDecoder()
        #expect(whole.decode(bytes.utf8) == keys)
        #expect(!whole.isWaiting)
        // In pieces of one byte the same keys come.
        var piecewise = KeyDecoder()
        #expect(bytes.utf8.flatMap { piecewise.decode([$0]) } == keys)
    }

    @Test("an Esc is a key once nothing follows")
    func loneEscape() {
        var decoder = KeyDecoder()
        #expect(decoder.decode([0x1B]).isEmpty)
        #expect(decoder.waitsOnEscape)
        #expect(decoder.flush() == [.escape])
        #expect(!decoder.isWaiting)
    }

    @Test(
        "broken UTF-8 is U+FFFD and the rest goes on",
        arguments: [[0xC3, 0x41], [0xFF, 0x41], [0xE2, 0x82, 0x41]] as [[UInt8]])
    func broken(bytes: [UInt8]) {
        var decoder = KeyDecoder()
        #expect(decoder.decode(bytes) == [.text("\u{FFFD}"), .text("A")])
    }

    @Test("an endless paste keeps its beginning, and its end is seen")
    func longPaste() {
        var decoder = KeyDecoder()
        _ = decoder.decode(Array("\u{1B}[200~".utf8))
        for _ in 0..<300 { #expect(decoder.decode([UInt8](repeating: 0x61, count: 8192)).isEmpty) }
        let keys = decoder.decode(Array("\u{1B}[201~z".utf8))
        #expect(keys.count == 2)
        #expect(keys.last == .text("z"))
        if case .paste(let text)? = keys.first { #expect(text.utf8.count == 1 << 20) }
    }

    @Test("any bytes give keys")
    func anyBytes() {
        var state: UInt64 = 3
        var decoder = KeyDecoder()
        var count = 0
        for _ in 0..<50_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            count += decoder.decode([UInt8(truncatingIfNeeded: state >> 40)]).count
        }
        #expect(count > 1000)
    }
}
