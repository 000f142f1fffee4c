import ArgumentParser
import Capture
import Shell
import Store
import Tensor
import Terminal

/// Takes activations in that another tool has dumped.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Add activations from npy, npz or safetensors files with their prompts.",
        discussion: """
            An array holds rows × numbers of one site, or layers × rows × numbers of all. Its site is the array's name in the file, \
            the file's own name, or what stands before =, in any tool's words. Rows belong to the prompts in their order: as many as \
            each has token_ids, as --offsets says, or one a prompt.

              varve import STORE resid_post.12=acts.npy --prompts prompts.jsonl --as base/general
              varve import STORE resid_post=all.npy --axes row,layer,dim --layers 0,6,12 --offsets starts.npy --prompts p.csv --as base/general
              varve import STORE dump.safetensors --prompts prompts.jsonl --as base/general
            """)

    @Argument(help: "Directory of the store; made where there is none.")
    var store: String

    @Argument(help: ArgumentHelp("Arrays: FILE, or SITE=FILE.", valueName: "files"))
    var files: [String]

    @Option(help: ArgumentHelp("Prompts as JSONL or CSV, as for ingest.", valueName: "file"))
    var prompts: String

    @Option(name: .customLong("as"), help: ArgumentHelp("Name of the capture, MODEL/DATASET.", valueName: "name"))
    var name: String

    @Option(
        help: ArgumentHelp(
            "Where each prompt's rows begin, and their number: [prompts + 1] whole numbers.", valueName: "file"))
    var offsets: String?

    @Option(help: ArgumentHelp("Axes of arrays with layers: layer,row,dim or row,layer,dim.", valueName: "axes"))
    var axes = "layer,row,dim"

    @Option(
        help: ArgumentHelp(
            "Layers that such an array holds, separated by commas. (default: 0, 1, 2 …)", valueName: "numbers"))
    var layers: String?

    @Option(help: ArgumentHelp("Layers of the model. (default: as many as the files show)", valueName: "n"))
    var layerCount: Int?

    func run() throws {
        do {
            try take()
        } catch {
            throw CaptureFailure.told(error)
        }
    }

    private func take() throws {
        var options = ImportPlan.Options(files: files, prompts: prompts, name: name)
        options.offsets = offsets
        options.axes = axes
        options.layerCount = layerCount
        options.layers = try layers.map { text in
            try text.split(separator: ",", omittingEmptySubsequences: false).map { piece in
                guard let layer = Int(piece), layer >= 0 else {
                    throw CaptureError(
                        .request, "--layers: \"\(piece)\" is no layer", mend: "write numbers, such as 0,6,12")
                }
                return layer
            }
        }
        try options.follow(store: store)
        let plan = try ImportPlan(options)
        Output.complain(
            Escape.visible(
                "\(name): \(NumberFormat.count(plan.promptCount, "prompt")), \(NumberFormat.count(plan.rowCount, "row")) of "
                    + plan.spec.columns.dropFirst(4).map {
                        "\($0.id.canonicalName) \($0.elementType.rawValue)[\($0.width)]"
                    }
                    .joined(separator: ", ") + (plan.loss.map { "; " + $0 } ?? "")))
        Interruption.watch()
        defer { Interruption.release() }
        let outcome = try ImportSession(plan).run(
            into: StoreWriter(path: store), isInterrupted: { Interruption.wasAsked })
        if outcome.isInterrupted {
            throw Interruption.sayHowToGoOn()
        }
        Output.complain(
            Escape.visible(
                outcome.newRows > 0
                    ? "\(name): \(NumberFormat.count(outcome.newRows, "row")) into \(store)"
                    : "\(name): all of it was in \(store) already"))
    }
}
