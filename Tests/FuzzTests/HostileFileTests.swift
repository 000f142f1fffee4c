import Foundation
import FuzzModels
import FuzzTargets
import TestSupport
import Testing

@Suite(.serialized) struct HostileFileTests {
    static let all =
        HostileSafetensors.all + HostileArrays.all + HostileArchives.all + HostileJSON.all + HostilePrompts.all
        + HostileTables.all + HostileTokenizers.all + HostileTemplates.all + HostileQueries.all
        + HostileStoreTexts.all + HostileChunks.all + HostileModels.all + HostileLatents.all

    #if DEBUG
        // Unoptimised code is twenty times slower; the figure is that of `swift test -c release`.
        static let patience = 2.0
    #else
        static let patience = 0.1
    #endif

    /// Refused with an error of the parser's own, quickly, and without taking memory for what the file only claims.
    @Test(arguments: all) func isRefused(_ file: HostileFile) {
        let before = PeakMemory.reset()
        let start = ThreadClock.now
        #expect(throws: (any Error).self) { try file.target.parse(file.bytes) }
        let elapsed = ThreadClock.now - start
        let growth = PeakMemory.bytes - before - 2 * file.bytes.count
        #expect(growth <= 64 << 20, "took \(growth >> 20) MiB")
        #expect(elapsed <= HostileFileTests.patience, "took \(elapsed) s")
    }

    /// A vocabulary of a million entries is large, not hostile: read in seconds, in memory that its size explains.
    @Test func aVocabularyOfAMillionStaysInBounds() throws {
        let count = 1_000_000
        #if DEBUG
            let seconds = 60.0
        #else
            let seconds = 5.0
        #endif
        let seed = String(decoding: FuzzTarget.tokenizer.seeds[0], as: UTF8.self)
        let more = (0..<count).map { ",\"q\($0)z\":\($0 + 257)" }.joined()
        let text = seed.replacing(#""ab":256"#, with: #""ab":256"# + more)
            .replacing(#""id":257"#, with: "\"id\":\(count + 257)")
        let bytes = Array(text.utf8)
        #expect(bytes.count > count * 10)
        let before = PeakMemory.reset()
        let start = ThreadClock.now
        #expect(throws: Never.self) { try FuzzTarget.tokenizer.parse(bytes) }
        let taken = ThreadClock.now - start
        let grown = PeakMemory.bytes - before
        let tenths = (taken * 10).rounded() / 10
        print("vocabulary: | \(count) | \(bytes.count >> 20) | \(tenths) | \(grown >> 20) |")
        #expect(taken <= seconds)
        #expect(grown <= 40 * bytes.count)
    }

    @Test func areAsManyAsPromised() {
        #expect(HostileFileTests.all.count >= 250)
        #expect(Set(HostileFileTests.all.map(\.testDescription)).count == HostileFileTests.all.count)
    }
}

/// Seconds that this thread has computed: what else runs on the machine doesn't count.
enum ThreadClock {
    static var now: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// The highest resident size of this process.
enum PeakMemory {
    /// Forgets the peak so far; gives the present size.
    static func reset() -> Int {
        try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
        return bytes
    }

    static var bytes: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line.flatMap { Int($0.filter(\.isNumber)) } ?? 0) << 10
    }
}
