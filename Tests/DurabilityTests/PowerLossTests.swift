import Durability
import Foundation
import Testing

@Suite(.serialized) struct PowerLossTests {
    @Test func noStateAfterPowerLossLosesRows() throws {
        let scratch = try Tools.makeScratch()
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        let loss = PowerLoss(try Tools(scratch: scratch), .everything)
        let report = try loss.replay(try loss.record(), ReplayDepth(random: 1, stride: 41))
        #expect(report.violations == [])
        #expect(report.states >= 300)
    }
}
