import ArgumentParser
import Capture
import Models
import Shell
import Store
import Tensor
import Terminal

/// Applies autoencoders or an adapter's A to activations that are stored, without any model.
struct DeriveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "derive", abstract: "Add latents or adapter scalars computed from stored activations.",
        discussion: """
            No model is needed: an autoencoder reads the site that it was trained on, an adapter's A the inputs of its modules. The \
            result is added to the same rows of the capture; where the site is stored as f32, bit for bit what an ingest \
            would have added.

              varve derive STORE --sae DIR --from 'resid_post[layer=12]'
              varve derive STORE --adapter DIR --capture 'base/*'
              varve derive STORE --adapter a=DIR1 --adapter b=DIR2     # .site("lora.a"), .site("lora.b") in queries

            Of adapters, attention's output and the way down read stored sites (z, mlp_act); what the other modules read is none. \
            The same command again adds nothing; after an interruption it goes on where it was.
            """)

    @Argument(help: "Directory of the store.")
    var store: String

    @Option(
        help: ArgumentHelp(
            "Folder of an autoencoder (SAELens, sparsify, Gemma Scope), DIR@SITE where it does not say what it reads, NAME=DIR to have "
                + "it called .site(\"sae.NAME\") in queries; may be given again.", valueName: "dir"))
    var sae: [String] = []

    @Option(
        help: ArgumentHelp(
            "Stored site that the autoencoders read, such as 'resid_post[layer=12]'. (default: the one that they state)",
            valueName: "site"))
    var from: String?

    @Option(
        help: ArgumentHelp(
            "PEFT folder of a LoRA adapter, whose scalars are .lora in queries; as NAME=DIR they are .site(\"lora.NAME\"), and it may "
                + "be given again.", valueName: "dir"))
    var adapter: [String] = []

    @Option(
        help: ArgumentHelp(
            "Modules of the adapter, separated by commas, such as mlp.down_proj. (default: all)", valueName: "paths"))
    var modules: String?

    @Option(
        help: ArgumentHelp(
            "Layers of the adapter, A:B without B or a list such as 3,7,11: those whose inputs are stored. (default: all)",
            valueName: "A:B"))
    var layers: String?

    @Option(
        help: ArgumentHelp(
            "Capture as model/dataset, * stands for any characters; may be given again. (default: all that hold what is read)",
            valueName: "capture"))
    var capture: [String] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Latents kept per token, largest first. (default: 32)", valueName: "k"))
    var topK: Int?

    @Flag(help: "Keep every active latent instead.")
    var allActive = false

    func run() throws {
        do {
            try derive()
        } catch {
            throw CaptureFailure.told(error)
        }
    }

    private func derive() throws {
        for (option, isGiven) in [("--top-k", topK != nil), ("--all-active", allActive)] where isGiven && sae.isEmpty {
            throw CaptureError(.request, "\(option) goes with --sae", mend: "add --sae DIR, or leave \(option) out")
        }
        guard topK == nil || !allActive else {
            throw CaptureError(.request, "--top-k and --all-active contradict each other", mend: "give one of them")
        }
        // A store that is not there is found before gigabytes are read.
        let snapshot = try Snapshot.open(store)
        let request = try DeriveRequest(
            loading: sae, source: from, adapters: adapter,
            modules: modules.map { $0.split(separator: ",").map(String.init) }, layers: layers,
            topK: allActive ? nil : topK ?? 32)
        let chosen = try captures(request, in: snapshot)
        let plans = try chosen.map { try DerivePlan(request, of: $0, in: snapshot) }
        for plan in plans { Output.complain(DeriveReport.announcement(plan)) }

        Interruption.watch()
        defer { Interruption.release() }
        let writer = try StoreWriter(path: store)
        for plan in plans {
            let screen = IngestProgress(label: Escape.visible(plan.capture.name))
            let outcome = try DeriveSession(plan, in: snapshot).run(
                into: writer, progress: screen.show, isInterrupted: { Interruption.wasAsked })
            screen.clear()
            Output.complain(DeriveReport.summary(of: outcome, plan, store: store))
            if outcome.isInterrupted {
                throw Interruption.sayHowToGoOn()
            }
        }
    }

    /// Those that are named, or all that hold what is read.
    private func captures(_ request: DeriveRequest, in snapshot: Snapshot) throws -> [CaptureRecord] {
        guard capture.isEmpty else {
            return try CapturePatterns(texts: capture).choose(from: snapshot.captures, of: store)
        }
        let able = try snapshot.captures.filter { try $0.isComplete && DerivePlan.canRead(request, $0) }
        guard able.isEmpty else { return able }
        // The first one says what is missing.
        if let first = snapshot.captures.first { _ = try DerivePlan(request, of: first, in: snapshot) }
        throw CaptureError(.request, "\(store): there is no capture to derive from", mend: "make one with varve ingest")
    }
}

/// What `varve derive` says about a capture, each in one line.
enum DeriveReport {
    /// Before.
    static func announcement(_ plan: DerivePlan) -> String {
        let rows = plan.capture.rowCount
        let bytes = plan.columns.reduce(0) { $0 + $1.rowBytes } * rows
        let sources = plan.sources.map { "\($0.site.canonicalName) \($0.type.rawValue)" }.joined(separator: ", ")
        var text = "\(plan.capture.name): \(NumberFormat.count(rows, "row")) of \(sources); "
        text += "\(NumberFormat.bytes(bytes)) in \(NumberFormat.count(plan.columns.count, "column")) before encoding"
        text += ": " + DeriveReport.names(plan.sites)
        if !plan.leftOut.isEmpty { text += "; left out: " + DeriveReport.names(plan.leftOut) }
        if !plan.roundedSources.isEmpty {
            text += "; what is stored was rounded, so this is not bit for bit what the model gives"
        }
        return Escape.visible(text)
    }

    /// The first of them by name, and how many there are more.
    private static func names(_ sites: [Site]) -> String {
        let names = sites.prefix(4).map(\.canonicalName).joined(separator: ", ")
        return sites.count > 4 ? names + " and \(sites.count - 4) more" : names
    }

    /// After.
    static func summary(of outcome: DeriveSession.Outcome, _ plan: DerivePlan, store: String) -> String {
        let rows = NumberFormat.count(plan.capture.rowCount)
        let name = plan.capture.name
        if outcome.isInterrupted {
            return Escape.visible(
                "\(name): interrupted; \(NumberFormat.count(outcome.committedRows)) of \(rows) rows are in \(store)")
        }
        guard outcome.newRows > 0 else { return Escape.visible("\(name): all \(rows) rows were in \(store) already") }
        let seconds = IngestReport.seconds(outcome.elapsed)
        let rate = seconds > 0 ? Int(Double(outcome.newRows) / seconds) : 0
        return Escape.visible(
            "\(name): \(NumberFormat.count(outcome.newRows, "row")), \(NumberFormat.bytes(outcome.newBytes)) into \(store) in "
                + "\(NumberFormat.duration(seconds)) (\(NumberFormat.count(rate)) rows/s)")
    }
}
