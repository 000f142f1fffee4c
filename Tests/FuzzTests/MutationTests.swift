import Foundation
import FuzzStores
import FuzzFiles
import FuzzModels
import FuzzQueries
import FuzzPrompts
import FuzzTargets
import TestSupport
import Testing

/// Seeded mutations of every parser's seeds: whatever comes out, the parser returns.
///
/// `VARVE_FUZZ` sets the rounds a parser; `Scripts/fuzz` runs the same parsers under a coverage-guided fuzzer with address checks.
@Suite struct MutationTests {
    private static let rounds = ProcessInfo.processInfo.environment["VARVE_FUZZ"].flatMap(Int.init) ?? 1500

    private static let all =
        FuzzTarget.ofStores + FuzzTarget.ofFiles + FuzzTarget.ofModels + FuzzTarget.ofQueries + FuzzTarget.ofPrompts

    @Test(arguments: all) func neverTraps(_ target: FuzzTarget) {
        let seeds = target.seeds
        for seed in seeds { #expect(throws: Never.self, "a seed is refused") { try target.parse(seed) } }
        var generator = SeededGenerator(seed: 17)
        for round in 0..<MutationTests.rounds {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                MutationTests.mutate(&bytes, with: seeds, using: &generator)
            }
            target.run(bytes)
        }
    }

    private static let wholes: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, 0x22, 0x5C, 0x5B, 0x7B, 0x2C, 0x0A]

    private static func mutate(_ bytes: inout [UInt8], with seeds: [[UInt8]], using generator: inout SeededGenerator) {
        guard !bytes.isEmpty else {
            bytes = [UInt8.random(in: 0...255, using: &generator)]
            return
        }
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        let length = Int.random(in: 1...min(16, bytes.count - place), using: &generator)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[place] = wholes.randomElement(using: &generator) ?? 0
        case 2: bytes.removeSubrange(place..<place + length)
        case 3: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
        case 4: bytes.removeSubrange(place...)
        case 5: bytes.insert(wholes.randomElement(using: &generator) ?? 0, at: place)
        case 6:
            for index in place..<place + length { bytes[index] = UInt8.random(in: 0...255, using: &generator) }
        default:
            let other = seeds.randomElement(using: &generator) ?? []
            bytes = Array(bytes[..<place]) + other.suffix(max(0, other.count - place))
        }
    }
}
