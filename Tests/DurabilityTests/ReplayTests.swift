import Testing

@testable import Durability

/// The model of the disk itself: a replay that knows too few states would prove nothing.
@Suite struct ReplayTests {
    private func call(
        _ kind: RecordedCall.Kind, _ path: String = "", fd: Int32 = -1, flags: Int32 = 0, offset: Int = 0,
        _ text: String = ""
    ) -> RecordedCall {
        RecordedCall(
            kind: kind, modes: 0, failed: false, descriptor: fd, flags: flags, offset: offset, path: path,
            data: Array(text.utf8))
    }

    /// Every state as text: names with their contents.
    private func states(_ calls: [RecordedCall]) throws -> Set<String> {
        var found: Set<String> = []
        _ = try Recording(calls: calls).crashStates(ReplayDepth(random: 50)) { state in
            found.insert(
                state.image.files.sorted { $0.key < $1.key }.map {
                    "\($0.key)=\(String(decoding: $0.value.bytes.map { $0 == 0 ? 0x30 : $0 }, as: UTF8.self))"
                }.joined(separator: " "))
            return true
        }
        return found
    }

    private let create: Int32 = 0o102

    @Test func anUnsynchronisedFileMayBeAnything() throws {
        let found = try states([
            call(.open, "a", fd: 3, flags: create), call(.write, fd: 3, "xy"),
        ])
        #expect(found.isSuperset(of: ["", "a=", "a=xy", "a=00", "a=x"]))
    }

    @Test func aSynchronisedFileWithoutItsNameIsLost() throws {
        let calls = [
            call(.open, "a", fd: 3, flags: create), call(.write, fd: 3, "xy"), call(.sync, fd: 3), call(.mark, "end"),
        ]
        #expect(try states(calls).isSuperset(of: ["", "a=xy"]))
        let all = calls.dropLast() + [call(.open, "", fd: 4), call(.sync, fd: 4), call(.mark, fd: -1, "end")]
        var last: Set<String> = []
        _ = try Recording(calls: Array(all)).crashStates(ReplayDepth(random: 5)) { state in
            if state.callsDone == all.count { last.insert("\(state.image.files.keys.sorted())") }
            return true
        }
        #expect(last.isSubset(of: ["[\"a\"]"]))
    }

    @Test func aRenameMayLeaveBothNamesOrNone() throws {
        let found = try states([
            call(.makeDirectory, "d"), call(.open, "a", fd: 3, flags: create), call(.write, fd: 3, "x"),
            call(.sync, fd: 3), call(.open, "", fd: 4), call(.sync, fd: 4), call(.rename, "a", "d/b"),
        ])
        #expect(found.isSuperset(of: ["a=x", "a=x d/b=x", "d/b=x", ""]))
    }

    @Test func anOverwriteMayBeTornAndATruncationLost() throws {
        let found = try states([
            call(.open, "a", fd: 3, flags: create), call(.write, fd: 3, "abcd"), call(.sync, fd: 3),
            call(.open, "", fd: 4), call(.sync, fd: 4), call(.write, fd: 3, offset: 1, "XY"),
            call(.truncate, fd: 3, offset: 3),
        ])
        #expect(found.isSuperset(of: ["a=abcd", "a=aXYd", "a=aXcd", "a=abYd", "a=aXY", "a=abc", "a=a00d"]))
    }

    @Test func anUnknownCallIsRefused() {
        #expect(throws: ProofError.self) { try states([call(.unsupported, "a")]) }
    }
}
