import ArgumentParser
import Capture
import Models
import Shell
import Store
import Terminal

/// One `varve ingest` from its options to its last line: everything that can be wrong is found before the first forward pass,
/// then what it will take is said, then it is done.
struct IngestRun {
    let options: IngestOptions
    let store: String
    let name: String
    /// Only says what it would take.
    let isDry: Bool

    func run() async throws {
        // The cheapest mistakes are found before gigabytes are read.
        _ = try options.captures()
        if let problem = options.generation?.problem { throw CaptureError(.request, problem) }
        _ = try StoreWriter.check(path: store)
        let loaded = try LoadedModel(folder: options.model)
        var prompts = try loaded.prompts(options.prompts)
        var completion = try Ingest.completion(options, model: loaded, prompts: prompts, store: store)
        if let known = completion, try known.openCount() == 0 {
            // Every answer is there from an earlier run: what there is to capture is known to the token.
            prompts = try await answers(to: prompts.count, known)
            completion = nil
        }
        var ingest = try completion?.longest ?? Ingest(options, model: loaded, prompts: prompts)
        if !options.autoencoders.isEmpty, ingest.plans.allSatisfy(\.spec.latentSpaces.isEmpty) {
            throw CaptureError(
                .request, "--sae is given, and --sites does not ask for its latents",
                mend: "add sae to --sites, or leave --sae out")
        }
        let present = try ingest.outlooks(in: StoreWriter.check(path: store), answersAreOpen: completion != nil)
        try await announce(ingest, present, completion)
        if isDry { return }
        if let completion { ingest = try ingest.with(prompts: await answers(to: prompts.count, completion)) }

        Interruption.watch()
        defer { Interruption.release() }
        let screen = IngestProgress(label: name)
        let outcome = try await ingest.run(into: store, progress: screen.show, isInterrupted: { Interruption.wasAsked })
        screen.clear()
        for (part, plan) in zip(outcome.captures, ingest.plans) {
            Output.complain(IngestReport.summary(of: part, outcome, plan, store: store))
            if let loss = IngestReport.loss(of: part, plan) { Output.complain(loss) }
        }
        if outcome.isInterrupted { throw Interruption.sayHowToGoOn() }
    }

    /// Says what is to be done and what it will take, in the same words before a run and instead of one.
    private func announce(_ ingest: Ingest, _ present: [CaptureOutlook], _ completion: PromptCompletion?) async throws {
        for plan in ingest.plans {
            Output.complain(IngestReport.announcement(plan, answers: completion?.answerLimit))
        }
        // Ctrl-C must not leave the sample's store behind.
        Interruption.watch()
        defer { Interruption.release() }
        let estimate: IngestEstimate?
        do {
            estimate = try await ingest.estimate(
                for: store, present: present, completion: completion, isInterrupted: { Interruption.wasAsked })
        } catch {
            // That the sample found no room in the folder for temporary files, say, does not keep a run from its own.
            guard !isDry, error is StoreError || completion != nil else { throw error }
            return Output.complain("how long it will take was not measured: \(Escape.lines("\(error)"))")
        }
        guard let estimate else { throw isDry ? Interruption.exitCode : Interruption.sayHowToGoOn() }
        // Where nothing is left to do, a run says so at its end.
        guard isDry || !estimate.isDone else { return }
        for line in IngestReport.lines(estimate, store: store) { Output.complain(line) }
        guard isDry else { return }
        if !estimate.fits { Output.complain(IngestReport.lackOfRoom(estimate, store: store)) }
        Output.complain("nothing was written")
        if !estimate.fits { throw Verdict.failed }
    }

    /// The prompts with the model's answers.
    private func answers(to count: Int, _ completion: PromptCompletion) async throws -> [TokenizedPrompt] {
        Interruption.watch()
        defer { Interruption.release() }
        let screen = CompletionProgress(label: name, total: count)
        let prompts = try await completion.run(
            progress: { screen.show($0, $1) }, isInterrupted: { Interruption.wasAsked })
        screen.clear()
        guard let prompts else {
            Output.complain(
                "\(name): interrupted while answers were generated; those that are whole are kept beside \(store)")
            throw Interruption.sayHowToGoOn()
        }
        Output.complain("\(name): \(screen.summary)")
        return prompts
    }
}
