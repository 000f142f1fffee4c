import ChunkFormat
import Tensor

/// Which captures chunk files make up, and which files are left over.
struct CaptureChoice: Sendable {
    /// Columns with the chunks that hold them, in row order from row 0.
    struct Group: Sendable {
        var description: StoredSpec
        var digest: Digest128
        var chunks: [AdoptableChunk]
        /// Whether its prompts are all that the capture has.
        var isWhole: Bool

        var endRow: Int { chunks.last?.endRow ?? 0 }
        var endPrompt: Int { chunks.last?.endPrompt ?? 0 }
        var newest: Int { chunks.reduce(0) { max($0, $1.modified) } }
        var oldest: Int { chunks.reduce(Int.max) { min($0, $1.modified) } }
    }

    /// A capture with its groups, group 0 first.
    struct Capture: Sendable {
        var promptsDigest: Digest128
        var groups: [Group]

        var spec: CaptureSpec { groups[0].description.spec }
        var isComplete: Bool { groups[0].isWhole }

        /// Prompts and rows of the whole capture. Where no group is whole nobody knows them: then one more than there are, which
        /// says "unfinished"; the ingest that completes the capture sets them right.
        var totals: (prompts: Int, rows: Int) {
            if let whole = groups.first(where: \.isWhole) { return (whole.endPrompt, whole.endRow) }
            let longest = groups.reduce((0, 0)) { (max($0.0, $1.endPrompt), max($0.1, $1.endRow)) }
            return (longest.0 + 1, longest.1 + 1)
        }
    }

    /// In the order in which they began, by the times of their files, then by name.
    private(set) var captures: [Capture] = []
    /// Files that no capture takes, and why.
    private(set) var leftOver: [(name: String, reason: String)] = []

    /// What names must mean throughout a store.
    private struct Names {
        var models: [[UInt8]: ModelRecord] = [:]
        var tokenizers: [[UInt8]: Digest128] = [:]
        var prompts: [[UInt8]: [Digest128: Digest128]] = [:]
    }

    private struct CaptureKey: Hashable {
        var base: Digest128
        var prompts: Digest128
    }

    /// - Parameters:
    ///   - chunks: every sound chunk file
    ///   - descriptions: of their spec digests
    ///   - path: where a chunk's file lies
    init(
        _ chunks: [AdoptableChunk], _ descriptions: [Digest128: StoredSpec], path: (AdoptableChunk) -> String
    ) throws(StoreError) {
        var groups: [CaptureKey: [Digest128: [AdoptableChunk]]] = [:]
        for chunk in chunks {
            guard let description = descriptions[chunk.specDigest] else { continue }
            let key = CaptureKey(base: description.base ?? chunk.specDigest, prompts: chunk.promptsDigest)
            groups[key, default: [:]][chunk.specDigest, default: []].append(chunk)
        }
        var candidates: [Capture] = []
        for (key, members) in groups {
            if let capture = try candidate(key, members, descriptions, path) { candidates.append(capture) }
        }
        // Of several that can't stand side by side the complete one stays, then the newest.
        candidates.sort { a, b in
            if a.isComplete != b.isComplete { return a.isComplete }
            if a.groups[0].newest != b.groups[0].newest { return a.groups[0].newest > b.groups[0].newest }
            return a.groups[0].digest.description < b.groups[0].digest.description
        }
        var names = Names()
        for capture in candidates {
            if let reason = try claim(capture, &names, path) {
                leave(capture.groups.flatMap(\.chunks), reason)
            } else {
                captures.append(capture)
            }
        }
        captures.sort { a, b in
            if a.groups[0].oldest != b.groups[0].oldest { return a.groups[0].oldest < b.groups[0].oldest }
            return Array(a.spec.name.utf8).lexicographicallyPrecedes(Array(b.spec.name.utf8))
        }
        leftOver.sort { $0.name < $1.name }
    }

    private mutating func leave(_ chunks: [AdoptableChunk], _ reason: String) {
        leftOver += chunks.map { ($0.name, reason) }
    }

    /// The capture that chunks of one description and one list of prompts make up; nil where its first rows are missing.
    private mutating func candidate(
        _ key: CaptureKey, _ members: [Digest128: [AdoptableChunk]], _ descriptions: [Digest128: StoredSpec],
        _ path: (AdoptableChunk) -> String
    ) throws(StoreError) -> Capture? {
        guard let base = descriptions[key.base], base.ordinal == 0, let own = members[key.base] else {
            leave(members.values.flatMap(\.self), "the capture to whose rows its columns were added is not there")
            return nil
        }
        let first = try group(own, base, key, path)
        guard !first.chunks.isEmpty else {
            leave(members.filter { $0.key != key.base }.values.flatMap(\.self), "the capture's first rows are missing")
            return nil
        }
        var added: [Group] = []
        for (digest, chunks) in members where digest != key.base {
            guard let description = descriptions[digest] else { continue }
            let next = try group(chunks, description, CaptureKey(base: digest, prompts: key.prompts), path)
            if !next.chunks.isEmpty { added.append(next) }
        }
        added.sort { a, b in
            if a.isWhole != b.isWhole { return a.isWhole }
            return (a.newest, a.digest.description) > (b.newest, b.digest.description)
        }
        var capture = Capture(promptsDigest: key.prompts, groups: [first])
        var columns = Set(first.description.spec.columns.map(\.id))
        var ordinals: Set<Int> = [0]
        for group in added {
            let ids = group.description.spec.columns.map(\.id)
            guard columns.isDisjoint(with: ids), !ordinals.contains(group.description.ordinal) else {
                leave(group.chunks, "its columns are there from a newer file")
                continue
            }
            columns.formUnion(ids)
            ordinals.insert(group.description.ordinal)
            capture.groups.append(group)
        }
        capture.groups.sort { $0.description.ordinal < $1.description.ordinal }
        return capture
    }

    private mutating func group(
        _ chunks: [AdoptableChunk], _ description: StoredSpec, _ key: CaptureKey, _ path: (AdoptableChunk) -> String
    ) throws(StoreError) -> Group {
        let chosen = ChunkTiling.choose(chunks)
        let taken = chosen.map { chunks[$0] }
        let end = taken.last?.endRow ?? 0
        for index in Set(chunks.indices).subtracting(chosen) {
            let isReplaced = chunks[index].endRow <= end
            leave([chunks[index]], isReplaced ? "other chunks hold its rows" : "rows before it are missing")
        }
        // The digest is that of all prompts: it says whether these are all.
        var digest = StreamingDigest()
        var count = ByteWriter()
        count.append(UInt32(truncatingIfNeeded: taken.last?.endPrompt ?? 0))
        digest.update(count.bytes.rawSpan)
        for chunk in taken {
            let bytes = try AdoptableChunk.prompts(path(chunk), of: chunk).bytes
            digest.update(bytes.rawSpan.extracting(4..<bytes.count))
        }
        return Group(
            description: description, digest: key.base, chunks: taken,
            isWhole: !taken.isEmpty && digest.value == key.prompts)
    }

    /// Takes the names that a capture needs; nil where it has them, else why not.
    private func claim(
        _ capture: Capture, _ names: inout Names, _ path: (AdoptableChunk) -> String
    ) throws(StoreError) -> String? {
        let spec = capture.spec
        if captures.contains(where: { $0.spec.hasNames(of: spec) }) {
            return "capture \(spec.name) is there from newer files"
        }
        let (model, tokenizer, dataset) = (
            Array(spec.model.utf8), Array(spec.tokenizerDigest.utf8), Array(spec.dataset.utf8)
        )
        let record = ModelRecord(spec)
        guard names.models[model] ?? record == record else {
            return "model \(spec.model) is there with other weights, adapter or tokenizer"
        }
        let pieces = capture.groups[0].description.piecesDigest
        guard names.tokenizers[tokenizer] ?? pieces == pieces else {
            return "tokenizer \(spec.tokenizerDigest) is there with other token texts"
        }
        var known = names.prompts[dataset] ?? [:]
        var own: Set<Digest128> = []
        for chunk in capture.groups[0].chunks {
            for prompt in try AdoptableChunk.prompts(path(chunk), of: chunk).prompts {
                let key = Digest128(of: prompt.key)
                guard own.insert(key).inserted else { return "prompt \"\(prompt.key)\" is there twice" }
                let content = prompt.contentDigest
                guard known[key] ?? content == content else {
                    return "dataset \(spec.dataset) has a prompt \"\(prompt.key)\" with other text or metadata"
                }
                known[key] = content
            }
        }
        names.models[model] = record
        names.tokenizers[tokenizer] = pieces
        names.prompts[dataset] = known
        return nil
    }
}

extension CaptureSpec {
    /// `MODEL/DATASET`.
    fileprivate var name: String { model + "/" + dataset }

    fileprivate func hasNames(of other: CaptureSpec) -> Bool {
        CatalogContents.equal(model, other.model) && CatalogContents.equal(dataset, other.dataset)
    }
}
