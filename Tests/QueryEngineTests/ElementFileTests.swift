import Foundation
import QueryLanguage
import TensorFiles
import TestSupport
import Testing

@testable import QueryEngine

/// Sets of latents and labels as JSON, CSV, npz and saved values.
@Suite struct ElementFileTests {
    private static let sets = #"capture("base", "general").sae[layer=1, token=0] | active(threshold=2.5)"#

    @Test func setsAsJSONAndCSV() throws {
        try EngineFixture.withSession { session in
            let value = try #require(try session.answers(Self.sets).first)
            let json = try BoundedJSON.parse(Array(value.json().utf8), path: "answer")
            var members: [Int] = []
            for set in try json.member("data").elements() {
                for member in try set.elements() { members.append(try member.int()) }
            }
            #expect(members.prefix(4) == [0, 10, 1, 11])
            #expect(members.count == 12)
            #expect(try json.member("type").string() == "set(40)[prompt 6]")
            #expect(value.csv.hasPrefix("prompt,n,latents\np0,2,0 10\np1,2,1 11\n"))
        }
    }

    @Test func setsAsArraysHaveOffsets() throws {
        try EngineFixture.withSession { session in
            _ = try session.answers("\(Self.sets) | export(\"sets.npz\")")
            let zip = try ZipReader(path: session.options.exportRoot + "/sets.npz")
            #expect(try zip.array("values.npy").shape == [12])
            #expect(try zip.array("value_offsets.npy").shape == [7])
            #expect(try zip.array("prompt.npy").texts() == ["p0", "p1", "p2", "p3", "p4", "p5"])
            _ = try session.answers(
                #"capture("*", "*").resid_post[layer=2] | norm | mean | argmax(model) | export("best.npz")"#)
            let best = try ZipReader(path: session.options.exportRoot + "/best.npz")
            #expect(try best.array("values.npy").texts() == ["tuned", "tuned"])
        }
    }

    @Test(
        "what is saved comes back with its type",
        arguments: [
            #"capture("base", "*").sae | active(freq=0.1)"#,
            #"capture("*", "*").resid_post[layer=2] | norm | mean | argmax(model)"#,
            #"capture("base", "*").resid_post | norm | mean | argmax(layer)"#,
            #"capture("base", "general").resid_post | norm | quantile([0.1, 0.9])"#,
            #"capture("base", "*").resid_post | norm | hist(3, low=0, high=9)"#,
        ])
    func savedValuesComeBack(query: String) throws {
        try EngineFixture.withSession { session in
            let made = try #require(try session.answers("(\(query)) | save(\"x\")\n(\(query))").last)
            let loaded = try #require(try session.answers("load(\"x\")").first)
            #expect(loaded.csv == made.csv)
            #expect(loaded.type.element == made.type.element)
        }
    }

    /// Cut short, too long, beyond the dictionary, out of order, a count larger than the file: none is taken.
    @Test func damagedSetsAreNotTaken() throws {
        let header = #"{"element":"set","latents":40,"outer":[],"inner":[]}"#
        func frame(_ words: [UInt32], cut: Int = 0) throws -> Bool {
            let bytes = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) } }
            return try SavedValue.frame(header, Array(bytes.dropLast(cut))) != nil
        }
        #expect(try frame([2, 3, 39]))
        #expect(try frame([0]))
        #expect(try !frame([2, 3, 39], cut: 1))
        #expect(try !frame([2, 3, 39, 0]))
        #expect(try !frame([2, 3, 40]))
        #expect(try !frame([2, 3, 3]))
        #expect(try !frame([2, 5, 3]))
        #expect(try !frame([0xFFFF_FFFF, 3]))
        #expect(try !frame([]))
        let texts = #"{"element":"str","outer":[],"inner":[]}"#
        #expect(try SavedValue.frame(texts, [2, 0, 0, 0, 104, 105]) != nil)
        #expect(try SavedValue.frame(texts, [255, 255, 255, 255]) != nil)
        #expect(try SavedValue.frame(texts, [2, 0, 0, 0, 104]) == nil)
        #expect(try SavedValue.frame(texts, [1, 0, 0, 0, 0xC3]) == nil)
    }
}
