import Foundation
import QueryLanguage
import Tensor
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

    private static func exported(_ query: String, _ session: QuerySession) throws -> (file: Safetensors, path: String) {
        let name = "x\(query.utf8.count).safetensors"
        _ = try session.answers("\(query) | export(\"\(name)\")")
        let path = session.options.exportRoot + "/" + name
        return (try Safetensors(path: path), path)
    }

    @Test func tensorsHoldTheValueAndItsLabels() throws {
        try EngineFixture.withSession { session in
            let query = #"capture("*", "general").resid_post[layer=[0, 2]] | mean"#
            let (file, _) = try Self.exported(query, session)
            let values = try file.floats("values", shape: [2, 2, 4])
            #expect(values.type == .float32)
            // The same bits as in JSON, in the order of the type's dimensions.
            let json = try BoundedJSON.parse(Array(try session.answers(query)[0].json().utf8), path: "answer")
            let numbers = try json.member("data").elements().flatMap { model in
                try model.elements().flatMap { layer in try layer.elements().map { Float(try $0.double()) } }
            }
            let bytes = numbers.flatMap { value in
                (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) }
            }
            #expect(try file.bytes(values) == bytes)
            let layers = try #require(file["layer"])
            #expect(layers.type == .int64 && layers.shape == [2])
            #expect(try file.bytes(layers) == [0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0])
            let facts = Dictionary(uniqueKeysWithValues: file.metadata.map { ($0.key, $0.value) })
            #expect(facts["dims"] == #"["model","layer"]"#)
            #expect(facts["labels"] == #"{"model":["base","tuned"]}"#)
            #expect(facts["type"] == "vec(4)[model 2, layer 2]")
            #expect(facts["query"]?.contains("resid_post[layer=[0, 2]] | mean") == true)
        }
    }

    @Test func tensorsOfRowsAndNumbers() throws {
        try EngineFixture.withSession { session in
            let (file, _) = try Self.exported(#"capture("tuned", "general").lora"#, session)
            #expect(try #require(file["values"]).type == .float64)
            #expect(file["values"]?.shape == [28, 3])
            #expect(file["offsets"]?.shape == [7])
            #expect(file["token"]?.shape == [28])
            let facts = Dictionary(uniqueKeysWithValues: file.metadata.map { ($0.key, $0.value) })
            #expect(facts["dims"] == #"["prompt","token","layer"]"#)
            #expect(facts["labels"] == #"{"prompt":["p0","p1","p2","p3","p4","p5"]}"#)
            // Wider numbers first, so that all lie aligned: latents have 4-byte values beside 8-byte labels.
            let (latents, path) = try Self.exported(#"capture("base", "general").sae"#, session)
            #expect(latents["indices"]?.type == .uint32)
            let bytes = try Data(contentsOf: URL(filePath: path))
            let header = bytes.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << ($1.offset * 8) }
            let parsed = try BoundedJSON.parse(Array(bytes[8..<8 + header]), path: "header")
            for entry in latents.entries {
                let offsets = try parsed.member(entry.name).member("data_offsets").elements().map { try $0.int() }
                #expect((8 + header + offsets[0]) % entry.type.byteCount == 0, "\(entry.name)")
            }
        }
    }

    @Test func tensorsAreRefusedForTexts() throws {
        try EngineFixture.withSession { session in
            for (query, code) in [
                (#"capture("*", "*").resid_post[layer=2] | norm | mean | argmax(model)"#, "wrong-argument"),
                ("models", "wrong-argument"),
                (#"capture("base", "general").resid_post | norm | mean | bar"#, "wrong-type"),
            ] {
                #expect(throws: (any Error).self, "\(code)") {
                    _ = try session.answers(query + #" | export("t.safetensors")"#)
                }
            }
            // Not over another file.
            _ = try session.answers(#"capture("base", "general").resid_post | mean | export("u.safetensors")"#)
            #expect(throws: (any Error).self) {
                _ = try session.answers(#"capture("base", "general").resid_post | mean | export("u.safetensors")"#)
            }
        }
    }

    @Test(
        "JSON of every kind of answer names its dimensions, how many there are, and the seed",
        arguments: [
            (#"capture("base", "general").resid_post | norm | mean"#, ["layer"], 3, "null"),
            ("[1, 2, 3]", ["item"], 3, "null"), ("1 + 1", [], 1, "null"), ("models", [], 2, "null"),
            (#"capture("base", "general").resid_post | norm | bootstrap(20, seed=7) | ci"#, ["layer"], 3, "7"),
            (
                #"capture("base", "general").resid_post[token=-1] | split(kfold=3, seed=4) | logreg(y=group)"#,
                ["layer", "fold"], 9, "4"
            ),
            (#"capture("base", "general").resid_post[token=-1] | logreg(y=group)"#, ["layer"], 3, "null"),
            (
                #"capture("base", "general").resid_post | norm | sample(4, seed=9) | bootstrap(20, seed=7) | ci"#,
                ["layer"], 3,
                "[7,9]"
            ),
        ] as [(String, [String], Int, String)])
    func jsonHoldsDimsCountAndSeed(_ query: String, _ dims: [String], _ count: Int, _ seed: String) throws {
        try EngineFixture.withSession { session in
            let text = try #require(try session.answers(query).last).json()
            let json = try BoundedJSON.parse(Array(text.utf8), path: "answer")
            #expect(try json.member("dims").members().map { try $0.0.string() } == dims)
            #expect(try json.member("n").int() == count)
            #expect(text.hasSuffix("\"seed\":\(seed)}"), "\(text.suffix(40))")
        }
    }

    @Test func resultsSayWhatASavedProbeIs() throws {
        try EngineFixture.withSession { session in
            let probe = #"capture("base", "general").resid_post[token=-1] | logreg(y=group)"#
            _ = try session.answers(probe + #" | save("p")"#)
            let type = try session.answers(probe)[0].type.description
            #expect(type.hasPrefix("probe"))
            #expect(try session.answers(#"results | where(name == "p") | select(type)"#)[0].csv.contains(type))
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
