import ArgumentParser
import Glibc
import Shell
import Terminal

/// The prompt: the line editor on a terminal, plain lines from anything else.
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
        if isTalk, let terminal = RawTerminal() {
            try edit(repl, terminal, allowsColour: screen.allowsColour)
        } else {
            try readLines(repl, isTalk: isTalk)
        }
    }

    /// Entries from the line editor.
    private func edit(_ repl: Repl, _ terminal: RawTerminal, allowsColour: Bool) throws {
        let history = HistoryFile(store: repl.storeID)
        let editor = LineEditor(
            terminal: terminal, model: LineModel(history: history.read(), isComplete: LineGuide.isComplete),
            guide: LineEditor.Guide(colours: LineGuide.colours, completion: repl.completion, hint: repl.hint),
            allowsColour: allowsColour)
        while true {
            switch editor.next() {
            case .ended: return
            case .interrupted: continue
            case .text(let text):
                history.append(text)
                let reply = repl.take(entry: text)
                try show(reply)
                if reply.isOver { return }
            }
        }
    }

    /// Entries line by line, from a file or from a terminal that can't do more.
    private func readLines(_ repl: Repl, isTalk: Bool) throws {
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
