import ArgumentParser
import Glibc
import Shell
import Terminal

/// The prompt: the line editor on a terminal, plain lines on one that can't move its cursor, a script from anything else.
struct ShellCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell", abstract: "Ask a store at a prompt.",
        discussion: """
            A script may come from a file: `varve shell STORE < questions.vq` runs it as `varve run` would, up to the first error, with
            commands such as `.mode csv` between the queries.
            At a prompt ~/.config/varve/rc is read first, where there is one: modes, `let` and `def`, as you type them.
            """)

    @Argument(help: "Directory of the store.")
    var store: String

    @Option(help: ArgumentHelp("How answers are written: \(AnswerFormat.names).", valueName: "format"))
    var mode = AnswerFormat.table

    @Flag(help: "Draw with ASCII only.")
    var ascii = false

    @Flag(name: .customLong("no-rc"), help: "Do not read the rc file.")
    var skipsStartupFile = false

    func run() throws {
        let screen = TTYInfo.of(descriptor: 1)
        let isTalk = TTYInfo.of(descriptor: 0).isTerminal
        var answers = AnswerText(
            format: mode, width: screen.isTerminal ? screen.width ?? 80 : nil,
            rowLimit: screen.isTerminal && isTalk ? 60 : nil, isASCII: ascii)
        answers.isForTerminal = screen.isTerminal
        answers.colours = ascii ? .none : screen.colours
        let progress = QueryProgress(hint: "  Ctrl-C stops")
        let terminal = isTalk ? RawTerminal() : nil
        let late = try LateRepl(store: store, answers: answers, threads: AnswerOptions.processors) { repl in
            repl.watch(asksToStop: { Interruption.wasAsked }, report: progress.note)
            // A script means the same to everybody.
            if isTalk, !skipsStartupFile { try show(StartupFile().read(into: repl)) }
            repl.show = { text in
                progress.aside { try? Output.write(text, while: { !Interruption.wasAsked }) }
            }
            guard isTalk, screen.isTerminal else { return }
            repl.page = { text in
                // The screen is the pager's, and the terminal as it was found.
                progress.end()
                terminal?.restore()
                defer { terminal?.hush() }
                return Pager.show(text)
            }
        }
        if isTalk { Output.complain("\(Escape.visible(store)): `captures` shows what is stored; .help, .quit") }
        if let terminal {
            try edit(late, terminal, progress, allowsColour: screen.allowsColour)
        } else if isTalk {
            try readLines(try late.repl(), progress)
        } else {
            try runScript(try late.repl(), progress)
        }
    }

    /// Entries from the line editor.
    private func edit(_ late: LateRepl, _ terminal: RawTerminal, _ progress: QueryProgress, allowsColour: Bool) throws {
        let history = HistoryFile(store: late.storeID)
        let editor = LineEditor(
            terminal: terminal, model: LineModel(history: history.read(), isComplete: LineGuide.isComplete),
            guide: LineEditor.Guide(
                colours: LineGuide.colours,
                completion: { (try? late.repl())?.completion(before: $0, after: $1) ?? Completion() },
                // Nobody waits for a hint.
                hint: { $0.isEmpty ? nil : late.ready?.hint(before: $0) }),
            allowsColour: allowsColour)
        Interruption.releaseQuery()
        while true {
            switch editor.next() {
            case .ended: return
            case .interrupted: continue
            case .text(let text):
                history.append(text)
                let repl = try late.repl()
                repl.entries = { editor.history.entries }
                repl.setWidth(terminal.size.columns)
                let reply = answer(progress) { repl.take(entry: text) }
                try show(reply)
                if reply.isOver { return }
                if let draft = reply.textToEdit { editor.begin(with: editor.edited(draft)) }
            }
        }
    }

    /// Entries line by line, from a terminal that can't do more.
    private func readLines(_ repl: Repl, _ progress: QueryProgress) throws {
        let lines = PlainLines()
        lines.watch()
        while true {
            try Output.write(repl.prompt)
            switch lines.next() {
            case .ended:
                try show(repl.finish())
                return try Output.write("\n")
            case .interrupted:
                repl.cancelEntry()
                try Output.write("\n")
            case .text(let line):
                let reply = answer(progress, afterwards: lines.watch) { repl.take(line) }
                try show(reply)
                if reply.textToEdit != nil { Output.complain(".edit needs a terminal that can move its cursor") }
                if reply.isOver { return }
            }
        }
    }

    /// All of standard input, as `varve run -` takes it.
    private func runScript(_ repl: Repl, _ progress: QueryProgress) throws {
        let bytes = try InputBytes.standardInput(limit: AnswerOptions.queryLimit)
        progress.begin()
        defer { progress.end() }
        Interruption.endTidily()
        let verdict = try repl.run(script: bytes, name: "stdin") { reply in
            if reply.textToEdit != nil { Output.complain(".edit needs a terminal that can move its cursor") }
            try progress.aside { try show(reply) }
        }
        if verdict != .ok { throw verdict }
    }

    /// What may take long: it says how far it is, and Ctrl-C stops it.
    ///
    /// - Parameter afterwards: says what Ctrl-C means again
    private func answer(
        _ progress: QueryProgress, afterwards: () -> Void = Interruption.releaseQuery, _ body: () -> Repl.Reply
    ) -> Repl.Reply {
        Interruption.watchQuery()
        progress.begin()
        defer {
            progress.end()
            afterwards()
        }
        return body()
    }

    private func show(_ reply: Repl.Reply) throws {
        if !reply.output.isEmpty { try Output.write(reply.output) }
        if !reply.messages.isEmpty { Output.complain(reply.messages) }
    }
}
