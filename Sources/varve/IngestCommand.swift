import ArgumentParser
import Capture
import Models
import Shell
import Store

/// Captures a model on a file of prompts: the forward pass runs once, every question afterwards reads the store.
struct IngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "Run a model over prompts once and keep its activations in a store.",
        discussion: """
            Reads Hugging Face model folders, PEFT LoRA adapters and autoencoders from disk. Prompts are JSON lines or \
            CSV, each with "id" and "text", "messages", "prompt" and "response", or "token_ids"; every other field becomes a \
            column that queries can use, a list of numbers a column beside the tokens.

            Several adapters, each a capture of its own, in one run that shares the layers below them:
              --as questions --base base --adapter tuned=DIR --adapter narrow=DIR

            The same command again adds nothing; after an interruption it goes on where it was.
            """)

    @Argument(help: "Directory of the store; made where it is missing.")
    var store: String

    @Option(help: ArgumentHelp("Hugging Face folder of the model.", valueName: "dir"))
    var model: String

    @Option(
        help: ArgumentHelp(
            "PEFT folder of a LoRA adapter to run the model with; as NAME=DIR it may be given again, and --as names the data set.",
            valueName: "dir"))
    var adapter: [String] = []

    @Option(
        help: ArgumentHelp(
            "Beside named adapters: capture the model without any too, under this name.", valueName: "name"))
    var base: String?

    @Option(
        help: ArgumentHelp(
            "Folder of an autoencoder to apply (SAELens, sparsify, Gemma Scope), DIR@SITE where it does not say what it reads, NAME=DIR "
                + "to have it called .site(\"sae.NAME\") in queries; may be given again.", valueName: "dir"))
    var sae: [String] = []

    @Option(help: ArgumentHelp("Prompts: JSON lines, or a table whose name ends in .csv.", valueName: "file"))
    var prompts: String

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp(
            "Names of model and data set, split at the last slash; with named adapters the data set alone.",
            valueName: "model/dataset"))
    var name: String

    @Option(
        help: ArgumentHelp(
            "Sites, separated by commas: resid_post, resid_pre, mlp_out, ln_final, lora, sae … or one layer's, such as "
                + "resid_post.3, in any tool's words; logits for four numbers a token: argmax_token, argmax_prob, entropy, "
                + "next_logprob. (default: resid_post, lora with --adapter, sae with --sae)", valueName: "sites"))
    var sites: String?

    @Option(
        help: ArgumentHelp(
            "Layers A ..< B, counted from 0, or a list such as 3,7,11; B is not included, as in the slices of queries. "
                + "(default: all)", valueName: "A:B"))
    var layers: String?

    @Option(
        help: ArgumentHelp(
            "Tokens of each prompt that are kept: all, last, last:N, or assistant.", valueName: "which"))
    var positions = "all"

    @Option(
        help: ArgumentHelp(
            "A number for each token, kept beside the activations: a one-dimensional array in the order of the prompts; may be "
                + "given again.", valueName: "name=file.npy"))
    var column: [String] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Latents kept per token, largest first. (default: 32)", valueName: "k"))
    var topK: Int?

    @Flag(help: "Keep every active latent instead.")
    var allActive = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Let the model go on with each prompt for up to N tokens, and capture prompt and answer; its text becomes the "
                + "column `generated`.", valueName: "n"))
    var generate: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "With --generate: how freely tokens are drawn; 0 takes the most probable one each time. (default: 0)",
            valueName: "t"))
    var temperature: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "With --generate and a temperature: draw from the most probable tokens that together have this share.",
            valueName: "p"))
    var topP: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("With --generate and a temperature: what is drawn depends on it.", valueName: "s"))
    var seed: UInt64?

    @Option(
        help: ArgumentHelp(
            """
            How residuals are stored: f32 loses nothing; f16 and bf16 round and take half; i8 keeps a byte a number \
            with a scale per dimension, and the largest error is said at the end.
            """, valueName: "type"))
    var dtype = "f32"

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Tokens that one forward pass takes together.", valueName: "n"))
    var batchTokens = 512

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Tokens after which what is captured is made durable, which an interruption can lose. (default: about half a "
                + "minute's work, 256 MiB at most)", valueName: "n"))
    var commitEvery: Int?

    @Flag(help: "Check everything, measure on a few prompts what it would take, and write nothing.")
    var dryRun = false

    func run() async throws {
        do {
            try await ingest()
        } catch {
            throw CaptureFailure.told(error)
        }
    }

    private func ingest() async throws {
        var options = IngestOptions(model: model, prompts: prompts, name: name)
        options.adapters = adapter
        options.base = base
        options.autoencoders = sae
        options.sites = sites
        options.layers = layers
        options.positions = positions
        options.columns = column
        options.commitTokens = commitEvery
        options.topK = topK
        options.keepsAllActive = allActive
        options.generation = generate.map {
            GenerationOptions(count: $0, temperature: temperature ?? 0, topP: topP ?? 1, seed: seed ?? 0)
        }
        options.elementType = dtype
        options.batchTokens = batchTokens
        try checkOptions()
        try await IngestRun(options: options, store: store, name: name, isDry: dryRun).run()
    }

    /// Options that would change nothing are a mistake.
    private func checkOptions() throws(CaptureError) {
        for (option, isGiven) in [("--top-k", topK != nil), ("--all-active", allActive)] where isGiven && sae.isEmpty {
            throw CaptureError(.request, "\(option) goes with --sae", mend: "add --sae DIR, or leave \(option) out")
        }
        let drawing = [("--top-p", topP != nil), ("--seed", seed != nil)]
        guard generate != nil else {
            if let option = ([("--temperature", temperature != nil)] + drawing).first(where: { $0.1 })?.0 {
                throw CaptureError(.request, "\(option) goes with --generate", mend: "add --generate N")
            }
            return
        }
        if temperature ?? 0 == 0, let option = drawing.first(where: { $0.1 })?.0 {
            throw CaptureError(
                .request, "\(option) changes nothing without a temperature: the most probable token is taken each time",
                mend: "add --temperature 0.7, say, or leave \(option) out")
        }
    }
}
