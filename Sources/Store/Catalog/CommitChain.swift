import ChunkFormat

/// What the last commit says of the whole catalogue.
struct CatalogHead: Sendable {
    var generation = 0
    var root = CatalogHead.seed
    /// Rows of each counted table.
    var counts: [CatalogTable: Int] = [:]

    /// The parent root of the first commit.
    static let seed = String(repeating: "0", count: 32)

    /// `store=1 tokenizers=2 …` in the order of the tables.
    static func text(_ counts: [CatalogTable: Int]) -> String {
        CatalogTable.counted.map { "\($0.rawValue)=\(counts[$0] ?? 0)" }.joined(separator: " ")
    }

    static func parse(_ text: String) -> [CatalogTable: Int]? {
        var counts: [CatalogTable: Int] = [:]
        for piece in text.split(separator: " ") {
            let sides = piece.split(separator: "=")
            guard sides.count == 2, let table = CatalogTable(rawValue: String(sides[0])), let count = Int(sides[1])
            else { return nil }
            counts[table] = count
        }
        return CatalogHead.text(counts) == text ? counts : nil
    }

    /// The root of a commit: it holds everything below it, as its parent's root does.
    static func root(
        parent: String, generation: Int, counts: String, rowsDigest: Int, what: String, time: Int
    ) -> String {
        var out = ByteWriter()
        out.append("varve commit 1")
        out.append(parent)
        out.append(Int64(generation))
        out.append(counts)
        out.append(Int64(rowsDigest))
        out.append(what)
        out.append(Int64(time))
        return Digest128(of: out.bytes.rawSpan).description
    }
}

/// Collects the rows of one commit and closes it with its row of the chain.
struct CatalogCommit {
    let transaction: CatalogTransaction
    private(set) var head: CatalogHead
    private var rowsDigest = 0

    init(_ transaction: CatalogTransaction, after head: CatalogHead) {
        self.transaction = transaction
        self.head = head
        self.head.generation += 1
    }

    mutating func insert(_ table: CatalogTable, _ values: [CatalogValue]) throws {
        let digest = try transaction.insert(table, values, generation: head.generation)
        // A sum: the order in which a table is read back doesn't matter.
        rowsDigest &+= digest
        head.counts[table, default: 0] += 1
    }

    /// - Parameters:
    ///   - what: a word for people
    ///   - time: seconds since 1970
    mutating func finish(what: String, time: Int) throws {
        let counts = CatalogHead.text(head.counts)
        let parent = head.root
        head.root = CatalogHead.root(
            parent: parent, generation: head.generation, counts: counts, rowsDigest: rowsDigest, what: what,
            time: time)
        _ = try transaction.insert(
            .commits,
            [
                .int(head.generation), .text(parent), .text(head.root), .text(counts), .int(rowsDigest), .text(what),
                .int(time),
            ], generation: head.generation)
    }
}

extension CatalogTransaction {
    /// Walks the chain of commits; gives the last one, and for each generation the sum of its rows' digests.
    func checkedHead() throws -> (head: CatalogHead, rowsDigests: [Int]) {
        var head = CatalogHead()
        var digests: [Int] = []
        try scan(.commits) { row in
            let generation = try row.int(0)
            let parent = try row.text(1)
            let root = CatalogHead.root(
                parent: parent, generation: generation, counts: try row.text(3), rowsDigest: try row.int(4),
                what: try row.text(5), time: try row.int(6))
            guard generation == head.generation + 1, parent == head.root, root == (try row.text(2)),
                let counts = CatalogHead.parse(try row.text(3))
            else {
                throw StoreError.damagedCatalog(
                    path, "commit \(generation)", expected: "commit \(head.generation + 1) with parent \(head.root)",
                    found: "commit \(generation) with parent \(parent)")
            }
            head = CatalogHead(generation: generation, root: root, counts: counts)
            digests.append(try row.int(4))
        }
        guard head.generation > 0 else {
            throw StoreError.damagedCatalog(path, "commits", expected: "at least one commit", found: "none")
        }
        return (head, digests)
    }

    /// Reads a table to its end and checks how many rows it has.
    func scanAll(_ table: CatalogTable, _ head: CatalogHead, _ body: (CatalogRow) throws -> Void) throws {
        var count = 0
        try scan(table) { row in
            guard row.generation > 0, row.generation <= head.generation else {
                throw StoreError.damagedCatalog(
                    path, "a row of \(table.rawValue)", expected: "generation 1 to \(head.generation)",
                    found: "\(row.generation)")
            }
            count += 1
            try body(row)
        }
        let expected = head.counts[table] ?? 0
        guard count == expected else {
            throw StoreError.damagedCatalog(
                path, "table \(table.rawValue)", expected: "\(expected) rows", found: "\(count)")
        }
    }

    /// Reads every row of every table: digests, counts and the chain must all agree. O(catalogue).
    func checkEverything() throws -> CatalogHead {
        let problems = try quickCheck()
        if let first = problems.first {
            throw StoreError.damagedCatalog(path, "SQLite file", expected: "a sound database", found: first)
        }
        let (head, rowsDigests) = try checkedHead()
        var sums = [Int](repeating: 0, count: head.generation)
        for table in CatalogTable.counted {
            try scanAll(table, head) { row in sums[row.generation - 1] &+= row.digest }
        }
        for (index, sum) in sums.enumerated() where sum != rowsDigests[index] {
            throw StoreError.damagedCatalog(
                path, "rows of commit \(index + 1)", expected: "digests that sum to \(rowsDigests[index])",
                found: "\(sum)")
        }
        return head
    }
}
