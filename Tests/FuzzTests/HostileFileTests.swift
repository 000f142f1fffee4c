import Foundation
import FuzzModels
import FuzzTargets
import HostileFiles
import Testing

@Suite(.serialized) struct HostileFileTests {
    /// Refused with an error of the parser's own, quickly, and without taking memory for what the file only claims.
    @Test(arguments: HostileFile.all) func isRefused(_ file: HostileFile) {
        let trial = HostileTrial(file)
        #expect(trial.isRefused)
        #expect(trial.growth <= 64 << 20, "took \(trial.growth >> 20) MiB")
        #expect(trial.seconds <= patience(file), "took \(trial.seconds) s")
    }

    /// A tenth of a second. Unoptimised, the few that are long take longer; the figure for those is that of `Scripts/torture hostile`.
    private func patience(_ file: HostileFile) -> Double {
        #if DEBUG
            file.bytes.count < 100_000 ? 0.1 : 2
        #else
            0.1
        #endif
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
        #expect(HostileFile.all.count >= 250)
        #expect(Set(HostileFile.all.map(\.title)).count == HostileFile.all.count)
    }
}

extension HostileFile: CustomTestStringConvertible { package var testDescription: String { title } }
