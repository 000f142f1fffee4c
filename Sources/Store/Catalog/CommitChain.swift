import ChunkFormat

/// What the last commit says of the whole catalogue.
struct CatalogHead: Sendable {
    var generation = 0
    var root = CatalogHead.seed
    /// Rows of each counted table.
    var counts: [CatalogTable: Int] = [:]
    /// Wrapping sum of the digests of every row that there is.
    var rowsDigest = 0

    /// The parent root of the first commit.
    static let seed = String(repeating: "0", count: 32)

    /// `store=1 tokenizers=2 …` in the order of the tables.
    static func text(_ counts: [CatalogTable: Int], _ version: CatalogVersion = .current) -> String {
        CatalogTable.counted(version).map { "\($0.rawValue)=\(counts[$0] ?? 0)" }.joined(separator: " ")
    }

    static func parse(_ text: String, _ version: CatalogVersion = .current) -> [CatalogTable: Int]? {
        var counts: [CatalogTable: Int] = [:]
        for piece in text.split(separator: " ") {
            let sides = piece.split(separator: "=")
            guard sides.count == 2, let table = CatalogTable(rawValue: String(sides[0])), let count = Int(sides[1]),
                count >= 0
            else { return nil }
            counts[table] = count
        }
        return CatalogHead.text(counts, version) == text ? counts : nil
    }

    /// The root of a commit: it holds everything below it, as its parent's root does.
    static func root(
        parent: String, generation: Int, counts: String, rowsDigest: Int, what: String, time: Int,
        version: CatalogVersion = .current
    ) -> String {
        var out = ByteWriter()
        out.append("varve commit \(version.rawValue)")
        out.append(parent)
        out.append(Int64(generation))
        out.append(counts)
        out.append(Int64(rowsDigest))
        out.append(what)
        out.append(Int64(time))
        return Digest128(of: out.bytes.rawSpan).description
    }
}

/// Collects what one commit changes and closes it with its row of the chain.
struct CatalogCommit {
    let transaction: CatalogTransaction
    private(set) var head: CatalogHead
    /// Rows of the small tables that were added, for `CatalogContents.apply`.
    private(set) var added: [CatalogRow] = []
    /// Prompts added to each dataset.
    private(set) var addedPrompts: [Int: Int] = [:]
    private var nextIDs: [CatalogTable: Int]

    /// - Parameter nextIDs: the first free id of each table whose rows count up
    init(_ transaction: CatalogTransaction, after head: CatalogHead, nextIDs: [CatalogTable: Int] = [:]) {
        self.transaction = transaction
        self.head = head
        self.head.generation += 1
        self.nextIDs = nextIDs
    }

    /// An id above every id of the table.
    mutating func newID(_ table: CatalogTable) -> Int {
        let id = nextIDs[table] ?? 1
        nextIDs[table] = id + 1
        return id
    }

    mutating func insert(_ table: CatalogTable, _ values: [CatalogValue]) throws {
        let digest = try transaction.insert(table, values, generation: head.generation)
        // A sum: it doesn't matter in which order rows come, go and are read back.
        head.rowsDigest &+= digest
        head.counts[table, default: 0] += 1
        if table == .prompts, case .int(let dataset) = values[1] {
            addedPrompts[dataset, default: 0] += 1
        } else if CatalogTable.small.contains(table) || table == .tokenizers {
            added.append(
                CatalogRow(
                    table, .made(values), generation: head.generation, digest: digest, path: transaction.path))
        }
    }

    /// Takes rows away. They are read first: only a row that is as it was written may go.
    @discardableResult
    mutating func delete(_ table: CatalogTable, where condition: String) throws -> Int {
        let sum = try transaction.scan(table, where: condition) { _ in }
        guard sum.count > 0 else { return 0 }
        let deleted = try transaction.delete(table, where: condition)
        precondition(deleted == sum.count, "rows of \(table) came or went within a transaction")
        head.rowsDigest &-= sum.digests
        head.counts[table, default: 0] -= sum.count
        return deleted
    }

    /// Puts a row in the place of the one with the same id, to which others may refer.
    mutating func replace(_ table: CatalogTable, _ values: [CatalogValue]) throws {
        guard case .int(let id)? = values.first else { preconditionFailure("a row of \(table) without an id") }
        // Until the COMMIT only: between the two statements whoever refers to the row refers to nothing.
        try transaction.execute("PRAGMA defer_foreign_keys = ON")
        try delete(table, where: "id = \(id)")
        try insert(table, values)
    }

    /// - Parameters:
    ///   - what: a word for people
    ///   - time: seconds since 1970
    mutating func finish(what: String, time: Int) throws {
        let counts = CatalogHead.text(head.counts)
        let parent = head.root
        head.root = CatalogHead.root(
            parent: parent, generation: head.generation, counts: counts, rowsDigest: head.rowsDigest, what: what,
            time: time)
        _ = try transaction.insert(
            .commits,
            [
                .int(head.generation), .text(parent), .text(head.root), .text(counts), .int(head.rowsDigest),
                .text(what), .int(time),
            ], generation: head.generation)
    }
}

extension CatalogTransaction {
    /// Walks the chain from the oldest commit that is kept; gives the last one, and what each says of its rows' digests.
    func checkedHead() throws -> (head: CatalogHead, rowsDigests: [Int]) {
        var head = CatalogHead()
        var counts = ""
        var digests: [Int] = []
        try scan(.commits) { row in
            let generation = try row.int(0)
            let parent = try row.text(1)
            counts = try row.text(3)
            let rowsDigest = try row.int(4)
            let stored = try row.text(2)
            let root = CatalogHead.root(
                parent: parent, generation: generation, counts: counts, rowsDigest: rowsDigest,
                what: try row.text(5), time: try row.int(6), version: version)
            // A migration starts a chain of its own, whose first parent is the old chain's end.
            let isFirst =
                try version != .one && head.generation == 0 && generation > 1
                && row.text(5).hasPrefix(CatalogMigration.word)
            let follows = generation == head.generation + 1 && parent == head.root
            guard isFirst || follows, root == stored else {
                throw StoreError.damagedCatalog(
                    path, "commit \(generation)", expected: "commit \(head.generation + 1) with parent \(head.root)",
                    found: "commit \(generation) with parent \(parent)")
            }
            head.generation = generation
            head.root = root
            head.rowsDigest = rowsDigest
            digests.append(rowsDigest)
        }
        guard head.generation > 0 else {
            throw StoreError.damagedCatalog(path, "commits", expected: "at least one commit", found: "none")
        }
        guard let parsed = CatalogHead.parse(counts, version) else {
            throw StoreError.damagedCatalog(
                path, "commit \(head.generation)", expected: "a count for each table", found: counts)
        }
        head.counts = parsed
        return (head, digests)
    }

    /// Reads a table to its end and checks how many rows it has.
    @discardableResult
    func scanAll(_ table: CatalogTable, _ head: CatalogHead, _ body: (CatalogRow) throws -> Void) throws -> RowSum {
        let sum = try scan(table) { row in
            try checkGeneration(row, head)
            try body(row)
        }
        try checkCount(table, sum.count, head)
        return sum
    }

    func checkGeneration(_ row: CatalogRow, _ head: CatalogHead) throws(StoreError) {
        guard row.generation > 0, row.generation <= head.generation else {
            throw StoreError.damagedCatalog(
                path, "a row of \(row.table.rawValue)", expected: "generation 1 to \(head.generation)",
                found: "\(row.generation)")
        }
    }

    func checkCount(_ table: CatalogTable, _ count: Int, _ head: CatalogHead) throws(StoreError) {
        let expected = head.counts[table] ?? 0
        guard count == expected else {
            throw StoreError.damagedCatalog(
                path, "table \(table.rawValue)", expected: "\(expected) rows", found: "\(count)")
        }
    }
}
