extension Mutant {
    /// Each fsync and each order of the protocol, taken out once.
    public static let all: [Mutant] = fsyncs + orders

    private static let fsyncs: [Mutant] = [
        withoutSync("no fsync of a chunk file") { $0.isPart },
        withoutSync("no fsync of chunks/xx") { $0.isChunkDirectory },
        withoutSync("no fsync of chunks/ after a new xx") { $0.path == "store/chunks" },
        withoutSync("no fsync of SQLite's journal") { $0.isJournal },
        withoutSync("no fsync of the catalogue") { $0.isCatalog },
        without("no fsync of the store's directory once the journal is there") { calls, place in
            calls[place].isSync && calls[place].transaction != nil && !followsUnlink(calls, place)
        },
        without("no fsync of the store's directory once the journal is gone") { calls, place in
            calls[place].isSync && calls[place].isStore && followsUnlink(calls, place)
        },
        without("no fsync of the store's directory at creation") { calls, place in
            calls[place].isSync && calls[place].isStore && calls[place].transaction == nil
        },
        withoutSync("no fsync of the parent at creation") { $0.path.isEmpty && $0.call.descriptor >= 0 },
        withoutSync("no fsync of STORE.json") { $0.path == "store/tmp/STORE.json" },
        without("no fsync of chunks/xx after a purge's unlink") { calls, place in
            guard calls[place].isSync, calls[place].isChunkDirectory else { return false }
            // What changed in the directory last?
            let prefix = calls[place].path + "/"
            let last = calls[..<place].last {
                $0.call.kind == .unlink && $0.path.hasPrefix(prefix)
                    || $0.call.kind == .rename && $0.call.text.hasPrefix(prefix)
            }
            return last?.call.kind == .unlink
        },
    ]

    private static func followsUnlink(_ calls: [PlacedCall], _ place: Int) -> Bool {
        let number = calls[place].transaction
        return number != nil
            && calls[..<place].contains { $0.transaction == number && $0.isJournal && $0.call.kind == .unlink }
    }

    private static let orders: [Mutant] = [
        Mutant(name: "chunk file's fsync after COMMIT") { calls in
            later(calls) { $0.isSync && $0.isPart }
        },
        Mutant(name: "chunks/xx's fsync after COMMIT") { calls in
            later(calls) { $0.isSync && $0.isChunkDirectory }
        },
        Mutant(name: "acknowledged before COMMIT") { calls in
            var calls = calls
            for place in calls.indices where calls[place].call.kind == .mark {
                guard calls[place].call.text.hasPrefix("rows"),
                    let number = calls[..<place].last(where: { $0.transaction != nil })?.transaction
                else { continue }
                calls = calls.moving([place], before: calls.start(ofTransaction: number))
            }
            return calls
        },
        Mutant(name: "COMMIT before the rename") { calls in
            var calls = calls
            for place in calls.indices.reversed() where calls[place].call.kind == .rename && calls[place].isPart {
                guard let number = calls.transaction(from: place) else { continue }
                calls = calls.moving(calls.places(ofTransaction: number), before: place)
            }
            return calls
        },
        Mutant(name: "STORE.json before the catalogue") { calls in
            guard let end = calls.firstIndex(where: { $0.path == "store/tmp/STORE.json" && $0.call.kind == .rename }),
                let start = calls.firstIndex(where: { $0.isCatalog })
            else { return calls }
            let description = calls.indices.filter { $0 <= end && calls[$0].path == "store/tmp/STORE.json" }
            return calls.moving(description, before: start)
        },
        Mutant(name: "catalogue overwritten before its journal is on disk") { calls in
            var calls = calls
            for number in Set(calls.compactMap(\.transaction)).sorted() {
                let places = calls.places(ofTransaction: number)
                let syncs = places.filter { calls[$0].isSync && (calls[$0].isJournal || calls[$0].isStore) }
                guard let end = places.last(where: { calls[$0].isCatalog && calls[$0].isSync }) else { continue }
                calls = calls.moving(syncs.filter { $0 < end }, before: end)
            }
            return calls
        },
        Mutant(name: "files unlinked before their removal is committed") { calls in
            guard let mark = calls.firstIndex(where: { $0.call.text.hasPrefix("removing") && $0.call.kind == .mark }),
                let number = calls.transaction(from: mark)
            else { return calls }
            let purged = calls.indices.filter { $0 > mark && calls[$0].isChunkFile && calls[$0].call.kind == .unlink }
            return calls.moving(purged, before: calls.start(ofTransaction: number))
        },
        Mutant(name: "rows forgotten before their files are gone") { calls in
            guard let first = calls.firstIndex(where: { $0.isChunkFile && $0.call.kind == .unlink }),
                let number = calls.transaction(from: first)
            else { return calls }
            let start = calls.start(ofTransaction: number)
            let files = (first..<start).filter {
                calls[$0].isChunkFile && calls[$0].call.kind == .unlink || calls[$0].isChunkDirectory
            }
            return calls.moving(files, before: calls.end(ofTransaction: number) + 1)
        },
    ]

    /// Moves calls behind the transaction that follows them.
    private static func later(
        _ calls: [PlacedCall], _ condition: (PlacedCall) -> Bool
    ) -> [PlacedCall] {
        var calls = calls
        for place in calls.indices.reversed() where condition(calls[place]) {
            // The next chunk is being written while this one is committed: its own transaction follows its rename.
            let path = calls[place].path
            let rename =
                calls[place].isPart
                ? calls[place...].firstIndex { $0.call.kind == .rename && $0.path == path } : place
            guard let rename, let number = calls.transaction(from: rename) else { continue }
            let end = calls.end(ofTransaction: number)
            calls = calls.moving([place], before: end + 1)
        }
        return calls
    }
}
