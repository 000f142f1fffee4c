import ArgumentParser
import Capture
import Shell
import Store
import Terminal

/// How the commands that write captures end when they fail: `ingest`, `derive`, `import`.
enum CaptureFailure {
    /// Says on stderr what went wrong, and gives the error to end with. What a prompt or file brought into the words is made
    /// visible; errors of the store and exit codes are left to the caller.
    static func told(_ error: any Error) -> any Error {
        if error is StoreError || error is ExitCode || error is Verdict { return error }
        Output.complain("error: \(Escape.lines("\(error)"))")
        return (error as? CaptureError)?.kind == .request ? Verdict.usage : Verdict.failed
    }
}
