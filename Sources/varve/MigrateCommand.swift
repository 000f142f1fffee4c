import ArgumentParser
import Shell
import Store
import Terminal

/// A store of an older version brought to this one.
struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring a store that an older varve made to today's format.",
        discussion: """
            An old store can be read as it is; writing to it needs this once. Only the catalogue changes, in one transaction, and \
            the old one is kept beside it. Chunk files stay as they are: `varve compact` writes them anew where that \
            makes them smaller.
            """)

    @Argument(help: "Directory of the store.")
    var store: String

    func run() throws {
        let report = try StoreMigration.run(store)
        guard let backup = report.backup else {
            return try Output.write("\(Escape.visible(store)) has format \(report.to) already\n")
        }
        try Output.write(
            "\(Escape.visible(store)): format \(report.from) → \(report.to); "
                + "the old catalogue is kept as \(Escape.visible(backup))\n")
    }
}
