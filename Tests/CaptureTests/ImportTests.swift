import Foundation
import Store
import Tensor
import TensorFiles
import TestSupport
import Testing

@testable import Capture

/// Activations that other tools dumped, with their prompts: the numbers come back as they were, and what does not fit is refused by name.
@Suite struct ImportTests {
    /// A folder with prompts of 3, 1 and 2 tokens and numbers that tell their layer, row and place.
    private struct Dump {
        let folder: TemporaryDirectory
        static let counts = [3, 1, 2]
        static let rows = 6

        init() throws {
            folder = try TemporaryDirectory()
            try write("ids.jsonl", Dump.lines { #""token_ids": \#(Dump.ids($0))"# })
            try write("texts.jsonl", Dump.lines { #""text": "prompt \#($0)""# })
            try write(
                "rows.csv", "id,text,my group\n" + (0..<6).map { "r\($0),t,\($0 % 2 == 0 ? "a b" : "c")\n" }.joined())
            try write("flat.npy", NumPyFile.encode(Dump.numbers(layer: 4), shape: [6, 2]))
            try write("layers.npy", NumPyFile.encode((0..<3).flatMap { Dump.numbers(layer: $0) }, shape: [3, 6, 2]))
            let turned = (0..<6).flatMap { row in (0..<3).flatMap { Dump.numbers(layer: $0)[row * 2..<row * 2 + 2] } }
            try write("turned.npy", NumPyFile.encode(turned, shape: [6, 3, 2]))
            try write("offsets.npy", NumPyFile.encode([0, 3, 4, 6], shape: [4]))
            var zip = ZipWriter()
            try zip.add("blocks.0.hook_resid_post.npy", NumPyFile.encode(Dump.numbers(layer: 0), shape: [6, 2]))
            try zip.add("resid_post.2.npy", NumPyFile.encode(Dump.numbers(layer: 2).map(Double.init), shape: [6, 2]))
            try zip.add("offsets.npy", NumPyFile.encode([0, 3, 4, 6], shape: [4]))
            try write("dump.npz", zip.finished())
        }

        func path(_ name: String) -> String { folder.path + "/" + name }
        func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }
        func write(_ name: String, _ bytes: [UInt8]) throws {
            try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
        }

        static func numbers(layer: Int) -> [Float] {
            (0..<rows).flatMap { row in (0..<2).map { Float(layer * 100 + row * 10 + $0) } }
        }
        static func ids(_ prompt: Int) -> [Int] { (0..<counts[prompt]).map { prompt * 10 + $0 } }
        static func lines(_ content: (Int) -> String) -> String {
            counts.indices.map { #"{"id": "p\#($0)", "group": "g\#($0 % 2)", \#(content($0))}"# }.joined(
                separator: "\n")
        }

        func options(_ files: [String], _ prompts: String) -> ImportPlan.Options {
            ImportPlan.Options(
                files: files.map { file in
                    let parts = file.split(separator: "=").map(String.init)
                    return parts.count == 2 ? parts[0] + "=" + path(parts[1]) : path(file)
                }, prompts: path(prompts), name: "other/dump")
        }

        /// What the store holds of a layer after an import.
        func stored(_ options: ImportPlan.Options, layer: Int, in store: String = "store") throws -> [Float] {
            let plan = try ImportPlan(options)
            let writer = try StoreWriter(path: path(store))
            _ = try ImportSession(plan).run(into: writer)
            let snapshot = try Snapshot.open(path(store))
            let capture = try #require(snapshot.capture(model: "other", dataset: "dump"))
            #expect(capture.isComplete)
            var numbers = [Float](repeating: .nan, count: Dump.rows * 2)
            var target = numbers.mutableSpan
            let chunk = try #require(capture.chunks.first)
            try snapshot.reader(for: chunk).readFloats(
                .site(Site(.residPost, layer: layer)), rows: 0..<Dump.rows, into: &target)
            return numbers
        }
    }

    @Test func rowsComeBackAsTheyWere() throws {
        let dump = try Dump()
        #expect(
            try dump.stored(dump.options(["resid_post.4=flat.npy"], "ids.jsonl"), layer: 4) == Dump.numbers(layer: 4))
        // The same again adds nothing; another file adds its column.
        let again = try ImportPlan(dump.options(["resid_post.4=flat.npy"], "ids.jsonl"))
        #expect(try ImportSession(again).run(into: StoreWriter(path: dump.path("store"))).newRows == 0)
    }

    @Test func moreColumnsComeLater() throws {
        let dump = try Dump()
        var first = dump.options(["resid_post.4=flat.npy"], "ids.jsonl")
        first.layerCount = 9
        _ = try dump.stored(first, layer: 4)
        var later = dump.options(["resid_post.8=flat.npy"], "ids.jsonl")
        try later.follow(store: dump.path("store"))
        #expect(
            try ImportSession(ImportPlan(later)).run(into: StoreWriter(path: dump.path("store"))).newRows == Dump.rows)
        let capture = try #require(Snapshot.open(dump.path("store")).captures.first)
        #expect(capture.layerCount == 9)
        #expect(
            capture.columns.map(\.id.canonicalName).filter { $0.hasPrefix("resid_post") }.sorted() == [
                "resid_post.4", "resid_post.8",
            ])
        var deeper = dump.options(["resid_post.9=flat.npy"], "ids.jsonl")
        try deeper.follow(store: dump.path("store"))
        #expect(throws: CaptureError.self) { try ImportPlan(deeper) }
    }

    @Test func layersFirstOrWithinRows() throws {
        let dump = try Dump()
        var options = dump.options(["resid_post=layers.npy"], "texts.jsonl")
        options.offsets = dump.path("offsets.npy")
        options.layers = [0, 6, 12]
        for (place, layer) in [0, 6, 12].enumerated() {
            #expect(try dump.stored(options, layer: layer, in: "first") == Dump.numbers(layer: place))
        }
        var turned = dump.options(["resid_post=turned.npy"], "texts.jsonl")
        turned.offsets = dump.path("offsets.npy")
        turned.axes = "row,layer,dim"
        for layer in 0..<3 {
            #expect(try dump.stored(turned, layer: layer, in: "turned") == Dump.numbers(layer: layer))
        }
        #expect(try Snapshot.open(dump.path("first")).captures[0].layerCount == 13)
    }

    @Test func archivesNameTheirSites() throws {
        let dump = try Dump()
        let options = dump.options(["dump.npz"], "texts.jsonl")
        #expect(try dump.stored(options, layer: 0) == Dump.numbers(layer: 0))
        #expect(try dump.stored(options, layer: 2) == Dump.numbers(layer: 2))
        #expect(try ImportPlan(options).loss == "f64 is stored as f32")
        // One row a prompt, from a table with a column that is no plain word.
        #expect(
            try dump.stored(dump.options(["resid_post.1=flat.npy"], "rows.csv"), layer: 1, in: "rows")
                == Dump.numbers(layer: 4))
        #expect(try Snapshot.open(dump.path("rows")).prompts(ofDataset: "dump").metadata.map(\.name) == ["my group"])
    }

    @Test(arguments: [
        (["resid_post.4=flat.npy"], "texts.jsonl", "flat.npy has 6 rows, and", "--offsets"),
        (["resid_post=flat.npy"], "ids.jsonl", "names no layer", "resid_post.12=FILE"),
        (["resid_post.1=layers.npy"], "ids.jsonl", "has 3 layers, and \"resid_post.1\" names one", "--layers"),
        (["flat.npy"], "ids.jsonl", "\"flat\" names no site", "SITE=FILE"),
        (["resid_post.4=flat.npy", "resid_post.4=flat.npy"], "ids.jsonl", "are both resid_post.4", "once"),
        (["resid_post.4=offsets.npy"], "ids.jsonl", "holds whole numbers", "float32"),
        (["sae.4.x=flat.npy"], "ids.jsonl", "sae is not imported", "varve derive"),
        (["nosite=flat.npy"], "ids.jsonl", "is no site", "resid_post.12=acts.npy"),
        (["ids.jsonl"], "ids.jsonl", ".npy, .npz and .safetensors are read", "numpy.save"),
        (["resid_post=turned.npy"], "ids.jsonl", "has 3 rows, and the token ids", "one row"),
    ])
    func whatDoesNotFitIsRefusedByName(_ files: [String], _ prompts: String, _ problem: String, _ mend: String) throws {
        let dump = try Dump()
        do {
            _ = try ImportPlan(dump.options(files, prompts))
            Issue.record("was taken")
        } catch let error as CaptureError {
            #expect(error.description.contains(problem), "\(error)")
            #expect(error.description.contains(mend), "\(error)")
        }
        #expect(!FileManager.default.fileExists(atPath: dump.path("store")))
    }

    @Test(arguments: [[0, 3, 4], [0, 3, 4, 5], [1, 3, 4, 6], [0, 4, 3, 6], [0, 2, 4, 6]])
    func offsetsThatDoNotFitAreRefused(_ offsets: [Int]) throws {
        let dump = try Dump()
        try dump.write("wrong.npy", NumPyFile.encode(offsets, shape: [offsets.count]))
        // Token ids must agree with the offsets where both are given.
        var options = dump.options(["resid_post.4=flat.npy"], "ids.jsonl")
        options.offsets = dump.path("wrong.npy")
        #expect(throws: CaptureError.self) { try ImportPlan(options) }
    }

    @Test func truncatedFilesAreRefused() throws {
        let dump = try Dump()
        let whole = try Data(contentsOf: URL(fileURLWithPath: dump.path("flat.npy")))
        for count in [0, 5, 60, whole.count - 1] {
            try dump.write("cut.npy", Array(whole.prefix(count)))
            #expect(throws: (any Error).self) { try ImportPlan(dump.options(["resid_post.1=cut.npy"], "ids.jsonl")) }
        }
    }
}
