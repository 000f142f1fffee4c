import ArgumentParser
import Glibc
import Shell
import Store
import Terminal

/// `varve`: one command for each thing one does with a store.
@main
struct VarveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "varve",
        abstract: "Run a model once, keep its activations, ask as often as you like.",
        discussion: """
            A store holds residuals, LoRA scalars and SAE latents of every token, with the prompts they came from.
            Begin with `varve demo /tmp/varve-demo`, then `varve shell STORE`.

            Exit codes: 0 ok, 1 failed while running, 2 usage, 3 does not parse or type-check, 4 assert failed,
            5 store missing or damaged, 130 interrupted.
            """,
        version: VarveVersion.text,
        subcommands: [
            IngestCommand.self, ImportCommand.self, DeriveCommand.self, ShellCommand.self, QueryCommand.self,
            RunCommand.self,
            PartialCommand.self, MergeCommand.self, CheckCommand.self, FormatCommand.self,
            DocsCommand.self, DemoCommand.self,
        ],
        groupedSubcommands: [
            CommandGroup(
                name: "Store",
                subcommands: [
                    InfoCommand.self, VerifyCommand.self, RemoveCommand.self, CollectCommand.self,
                    CompactCommand.self, RebuildCommand.self, ExportSubsetCommand.self,
                    MigrateCommand.self,
                ])
        ])

    static func main() async {
        Startup.chooseKernels()
        // What was written stays whole: results are renamed into place, stores commit chunk by chunk.
        signal(SIGINT) { _ in _exit(130) }
        do {
            if let file = RunCommand.fileToExplain(Array(CommandLine.arguments.dropFirst())) {
                return try RunCommand.explain(file)
            }
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            leave(after: error)
        }
    }

    /// Says what went wrong on stderr and ends with the code that the language's page promises.
    private static func leave(after error: any Error) -> Never {
        switch error {
        case let code as ExitCode: Glibc.exit(code.rawValue)
        case let verdict as Verdict: Glibc.exit(verdict.rawValue)
        case let error as StoreError:
            Output.complain("error: " + error.description)
            if case .noRoom = error.kind { Interruption.sayHowToGoOnWithRoom() }
            Glibc.exit(verdict(of: error).rawValue)
        case let complaint as ParameterText.Complaint:
            Output.complain("error: " + complaint.description)
            Glibc.exit(Verdict.usage.rawValue)
        default: break
        }
        let code = exitCode(for: error)
        guard code == .success || code == .validationFailure else {
            Output.complain("error: " + Escape.lines(String(describing: error)))
            Glibc.exit(Verdict.failed.rawValue)
        }
        let text = fullMessage(for: error)
        if code == .success {
            // Help and version were asked for.
            try? Output.write(text.hasSuffix("\n") ? text : text + "\n")
            Glibc.exit(0)
        }
        Output.complain(text)
        Glibc.exit(Verdict.usage.rawValue)
    }

    private static func verdict(of error: StoreError) -> Verdict {
        switch error.kind {
        case .missing, .notAStore, .damaged, .newerFormat, .olderFormat: .storeUnusable
        default: .failed
        }
    }
}
