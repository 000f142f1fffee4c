import Foundation
import Synchronization

/// The built `varve`, run as a process of its own.
struct CommandRun {
    var code: Int32
    var output: String
    var messages: String

    /// Runs `varve` with these arguments and this text on stdin.
    ///
    /// - Parameters:
    ///   - environment: added to this process' own; nil takes a variable out.
    ///   - signal: what the process gets; that of Ctrl-C if not given.
    ///   - interrupting: asked again and again; once it says yes the process gets the signal.
    init(
        _ arguments: [String], input: String = "", environment: [String: String?] = [:], signal: Int32 = SIGINT,
        interrupting: (() -> Bool)? = nil
    ) throws {
        let process = Process()
        process.executableURL = try CommandRun.program()
        process.arguments = arguments
        var variables = ProcessInfo.processInfo.environment
        for (name, value) in environment { variables[name] = value }
        process.environment = variables
        let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = stderr
        try process.run()
        try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        // Both pipes are read side by side: a full one would stop the process.
        let errors = Mutex(Data())
        let group = DispatchGroup()
        DispatchQueue.global().async(group: group) {
            let data = (try? stderr.fileHandleForReading.readToEnd()) ?? Data()
            errors.withLock { $0 = data }
        }
        if let interrupting {
            while process.isRunning, !interrupting() { Thread.sleep(forTimeInterval: 0.01) }
            kill(process.processIdentifier, signal)
        }
        let data = try stdout.fileHandleForReading.readToEnd() ?? Data()
        group.wait()
        process.waitUntilExit()
        code = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
        output = String(decoding: data, as: UTF8.self)
        messages = errors.withLock { String(decoding: $0, as: UTF8.self) }
    }

    /// Beside the test bundle, where the build puts both.
    static func program() throws -> URL {
        var folder = URL(fileURLWithPath: CommandLine.arguments.first ?? "").resolvingSymlinksInPath()
        for _ in 0..<4 {
            folder.deleteLastPathComponent()
            let program = folder.appendingPathComponent("varve")
            var isFolder: ObjCBool = false
            let exists = unsafe FileManager.default.fileExists(atPath: program.path, isDirectory: &isFolder)
            if exists, !isFolder.boolValue { return program }
        }
        throw CocoaError(.fileNoSuchFile)
    }
}
