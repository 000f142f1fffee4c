import Durability
import Foundation
import Testing

/// A little of each part of the proof; `Scripts/torture` runs all of it.
@Suite(.serialized) final class ProofTests {
    let scratch: String
    let tools: Tools

    init() throws {
        scratch = try Tools.makeScratch()
        tools = try Tools(scratch: scratch)
    }

    deinit { try? FileManager.default.removeItem(atPath: scratch) }

    @Test func noStateAfterPowerLossLosesRows() throws {
        let loss = PowerLoss(tools, .everything)
        let report = try loss.replay(try loss.record(), ReplayDepth(random: 1, stride: 83))
        #expect(report.violations == [])
        #expect(report.states >= 100)
    }

    @Test func aRecoverySurvivesPowerLoss() throws {
        let loss = PowerLoss(tools, .everything)
        let report = try loss.recoveries(try loss.record(), count: 8, ReplayDepth(random: 2))
        #expect(report.violations == [])
        #expect(report.states >= 5)
    }

    @Test func aFileOnItsWayToTheQuarantineIsNeverLost() throws {
        let report = try PowerLoss.orphans(tools, ReplayDepth(random: 2))
        #expect(report.violations == [])
        #expect(report.states >= 6)
    }

    @Test func anExportIsWholeOrNoStoreAfterPowerLoss() throws {
        let report = try ExportLoss.replay(tools, ReplayDepth(random: 1, stride: 9))
        #expect(report.violations == [])
        #expect(report.states >= 10)
    }

    @Test func aRemovalTakenBackSurvivesPowerLoss() throws {
        let loss = PowerLoss(tools, .undo)
        let report = try loss.replay(try loss.record(), ReplayDepth(random: 0, stride: 61))
        #expect(report.violations == [])
        #expect(report.states >= 20)
    }

    @Test(arguments: CatalogChange.allCases) func aChangeOfTheCatalogueSurvivesPowerLoss(_ change: CatalogChange) throws
    {
        let report = try PowerLoss.replacing(change, tools, ReplayDepth(random: 0, stride: 67))
        #expect(report.violations == [])
        #expect(report.states >= 5)
    }

    @Test func mutantsOfTheProtocolAreFoundOut() throws {
        let loss = PowerLoss(tools, Workload([.ingest(.plain)]))
        let recording = try loss.record()
        let hunt = MutantHunt(loss)
        let names = [
            "no fsync of a chunk file", "no fsync of chunks/xx", "no fsync of the parent at creation",
            "acknowledged before COMMIT", "COMMIT before the rename",
        ]
        let mutants = Mutant.all.filter { names.contains($0.name) }
        #expect(mutants.count == names.count)
        for mutant in mutants { #expect(try hunt.hunt(mutant, in: recording).killedBy != nil, "\(mutant.name)") }
        for report in try hunt.live() { #expect(report.killedBy != nil, "\(report.name)") }
    }

    @Test func disturbedRunsResumeToTheSameBytes() throws {
        let recording = try PowerLoss(tools, .everything).record()
        #expect(recording.count(of: .killBefore) >= 300)
        let interruptions = Interruptions(tools, .everything)
        for report in [
            try interruptions.killPoints(recording, limit: 6), try interruptions.randomKills(3),
            try interruptions.faults(recording, places: 2), try interruptions.fullDisks(recording, limit: 4),
        ] {
            #expect(report.violations == [])
            #expect(report.runs > 0)
        }
    }

    @Test func readersSeeOneGenerationEach() throws {
        let report = try Load(path: scratch + "/load").run(seconds: 2)
        #expect(report.violations == [])
        #expect(report.reads > 0 && report.commits > 1)
    }

    @Test func damagedBytesAreNeverSilent() throws {
        let path = scratch + "/store"
        try Flips.makeStore(path)
        let (new, old) = (Flips(tools, store: path), Flips(tools, store: Flips.golden))
        for report in [
            try new.flipChunks(masks: [1], stride: 97), try new.cutChunks(stride: 211),
            try new.flipCatalog(stride: 1499),
            try new.cutCatalog(stride: 1499), try old.flipChunks(masks: [4], stride: 4999),
            try old.flipCatalog(stride: 2999),
        ] {
            #expect(report.violations == [])
            #expect(report.tries > 0 && report.noticed > 0)
            #expect(report.harmlessInUse == [], "flips of bytes in use that nobody noticed")
        }
    }
}
