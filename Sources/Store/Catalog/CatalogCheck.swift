import ChunkFormat

extension CatalogTransaction {
    /// Reads every row of every table: digests, counts and the chain must all agree. O(catalogue).
    func checkEverything() throws -> CatalogHead {
        try checkPages()
        let (head, rowsDigests) = try checkedHead()
        if version == .one {
            try checkVersion1(head, rowsDigests)
            return head
        }
        var sum = RowSum()
        for table in CatalogTable.counted(version) { sum &+= try scanAll(table, head) { _ in } }
        try checkSum(sum.digests, head)
        return head
    }

    /// SQLite's own view of the file: its pages, and that each value has its column's type.
    func checkPages() throws {
        if let first = try quickCheck().first {
            throw StoreError.damagedCatalog(path, "SQLite file", expected: "a sound database", found: first)
        }
    }

    /// The last commit names the sum over all rows: one that came, went or changed behind varve's back is found.
    func checkSum(_ digests: Int, _ head: CatalogHead) throws(StoreError) {
        guard digests == head.rowsDigest else {
            throw StoreError.damagedCatalog(
                path, "rows after commit \(head.generation)", expected: "digests that sum to \(head.rowsDigest)",
                found: "\(digests)")
        }
    }

    /// In version 1 each commit has the sum of the rows that it added, as rows were never taken away.
    private func checkVersion1(_ head: CatalogHead, _ rowsDigests: [Int]) throws {
        var sums = [Int](repeating: 0, count: head.generation)
        for table in CatalogTable.counted(version) {
            try scanAll(table, head) { row in sums[row.generation - 1] &+= row.digest }
        }
        for (index, sum) in sums.enumerated() where sum != rowsDigests[index] {
            throw StoreError.damagedCatalog(
                path, "rows of commit \(index + 1)", expected: "digests that sum to \(rowsDigests[index])",
                found: "\(sum)")
        }
    }
}
