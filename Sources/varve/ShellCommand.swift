import ArgumentParser
import Glibc
import Shell
import Terminal

/// The prompt: plain lines from stdin until the line editor is there.
struct ShellCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell", abstract: "Ask a store at a prompt.",
        discussion: "Lines may come from a file: varve shell STORE < questions.vq")

    @Argument(help: "Directory of the store.")
    var store: String

    @Option(help: ArgumentHelp("How answers are written: \(AnswerFormat.names).", valueName: "format"))
    var mode = AnswerFormat.table

    @Flag(help: "Draw with ASCII only.")
    var ascii = false

    func run() throws {
        let screen = TTYInfo.of(descriptor: 1)
        let isTalk = TTYInfo.of(descriptor: 0).isTerminal
        var answers = AnswerText(
            format: mode, width: screen.isTerminal ? screen.width ?? 80 : nil,
            rowLimit: screen.isTerminal ? 60 : nil, isASCII: ascii)
        answers.isForTerminal = screen.isTerminal
        let repl = try Repl(store: store, answers: answers, threads: AnswerOptions.processors)
        if isTalk { Output.complain("\(Escape.visible(store)): `captures` shows what is stored; .help, .quit") }
        while true {
            if isTalk { try Output.write(repl.prompt) }
            guard let line = readLine() else { break }
            let reply = repl.take(line)
            try show(reply)
            if reply.isOver { return }
        }
        try show(repl.finish())
        if isTalk { try Output.write("\n") }
    }

    private func show(_ reply: Repl.Reply) throws {
        if !reply.output.isEmpty { try Output.write(reply.output) }
        if !reply.messages.isEmpty { Output.complain(reply.messages) }
    }
}
