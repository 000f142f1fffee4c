import Analysis
import QueryLanguage
import Scan
import Store
import Tensor

/// Memory that a thread reads batches into: used again from batch to batch, as long as nobody keeps what was read.
struct BlockMemory: Sendable {
    /// One side's numbers and indices.
    struct Side: Sendable {
        var floats: [Float] = []
        var indices: [UInt32] = []
    }
    var left = Side()
    var right = Side()
    /// Room for blocks of rows and their products.
    var grams = GramScratch()
    /// Off where blocks are kept: memory that is still looked at would have to be copied.
    var isReused = true

    /// Memory for one batch, given back by its end.
    fileprivate mutating func prepare() {
        if !isReused {
            left = Side()
            right = Side()
        }
    }
}

extension RowStream {
    /// Reads a batch and runs every map step on it.
    func block(_ batch: Batch) throws -> Block {
        var memory = BlockMemory(isReused: false)
        return try mapped(try read(batch, site: nil, into: &memory), batch.cell)
    }

    /// The map steps on a block that was read.
    func mapped(_ read: Block, _ cell: Int) throws -> Block {
        var block = read
        for step in steps { block = try step.apply(block, cell) }
        return block
    }

    /// Reads a batch as it is stored, before any step.
    ///
    /// - Parameter site: the one site to read, by its place in the source; nil for all
    func read(_ batch: Batch, site: Int?, into memory: inout BlockMemory) throws -> Block {
        guard let source = source?.reading(site, values: needsLatentValues) else {
            preconditionFailure("a stream is read before its site is chosen")
        }
        memory.prepare()
        let cell = cells[batch.cell]
        let left = try source.read(
            cell.sides[0].reader, rows: batch.segments.ranges(\.left), count: batch.rows, &memory.left)
        guard cell.sides.count == 2 else { return Block(rows: batch.rows, inner: source.axes, payload: left) }
        // Sides may hold other row numbers in another order only by prompt: ranges stay ascending per batch half.
        let right = try source.read(
            cell.sides[1].reader, rows: batch.segments.ranges(\.right), count: batch.rows, &memory.right)
        return Block(rows: batch.rows, inner: source.axes, payload: .pair(left, right))
    }
}

extension CaptureReader {
    /// Rows of a column of width 1, whatever its type.
    func readNumbers(_ column: ColumnID, rows: [RowRange]) throws -> [Double] {
        if elementType(of: column)?.isFloatingPoint == false {
            var integers: [UInt32] = []
            try readIntegers(column, rows: rows, into: &integers)
            return integers.map(Double.init)
        }
        var floats: [Float] = []
        try readFloats(column, rows: rows, into: &floats)
        return floats.map(Double.init)
    }
}

extension SiteSource {
    /// The source of one site alone, its axes with the one label that it has there; nil for the whole source.
    ///
    /// - Parameter values: whether values of latents are read beside their indices
    func reading(_ site: Int?, values: Bool) -> SiteSource {
        var copy = self
        if case .latents(let stored, _) = kind { copy.kind = .latents(stored: stored, values: values) }
        guard let site else { return copy }
        copy.sites = [sites[site]]
        let stored = axes.filter { $0.name != "rank" }
        for (place, position) in zip(stored, stored.coordinates(of: site)) {
            guard let index = axes.index(of: place.name) else { continue }
            copy.axes[index].labels = [axes[index].labels[position]]
        }
        return copy
    }

    /// For every inner cell of a block of one site the cell of the whole grid: positions count, labels may repeat.
    ///
    /// - Parameters:
    ///   - inner: axes of the block, after the steps
    ///   - whole: the same axes as they are with all sites
    func cells(ofSite site: Int, inner: [Axis], in whole: [Axis]) -> [Int] {
        let stored = axes.filter { $0.name != "rank" }
        let fixed = Dictionary(
            zip(stored.map(\.name), stored.coordinates(of: site)), uniquingKeysWith: { first, _ in first })
        let strides = whole.strides
        return (0..<inner.cells).map { cell in
            var target = 0
            for (axis, position) in zip(inner, inner.coordinates(of: cell)) {
                guard let place = whole.index(of: axis.name) else { continue }
                target += (fixed[axis.name] ?? position) * strides[place]
            }
            return target
        }
    }

    /// The site that an inner cell is of, and the cell's place in blocks of that site alone; nil where it is of no single one.
    func site(ofCell cell: Int, in whole: [Axis]) -> (site: Int, cell: Int)? {
        let names = Set(axes.map(\.name))
        let here = whole.map { names.contains($0.name) ? Axis($0.name, Array($0.labels.prefix(1))) : $0 }
        for site in sites.indices {
            if let place = cells(ofSite: site, inner: here, in: whole).firstIndex(of: cell) { return (site, place) }
        }
        return nil
    }

    /// Rows of all sites, inner-major, in memory that may be there already.
    fileprivate func read(
        _ reader: CaptureReader, rows: [RowRange], count: Int, _ memory: inout BlockMemory.Side
    ) throws -> Payload {
        switch kind {
        case .dense:
            try reader.readFloats(sites.map { .site($0) }, rows: rows, into: &memory.floats)
            return .vectors(memory.floats, width: width)
        case .scalars(let rank):
            var values: [Double] = []
            values.reserveCapacity(sites.count * count * rank)
            for site in sites {
                try reader.readFloats(.site(site), rows: rows, into: &memory.floats)
                for place in 0..<rank {
                    for row in 0..<count { values.append(Double(memory.floats[row * rank + place])) }
                }
            }
            return .numbers(values)
        case .tokenColumn(let name):
            return .numbers(try reader.readNumbers(.perToken(name), rows: rows))
        case .latents(let stored, let readsValues):
            if sites.count == 1, let site = sites.first {
                try reader.readIntegers(.latentIndex(site), rows: rows, into: &memory.indices)
                if readsValues { try reader.readFloats(.latentValue(site), rows: rows, into: &memory.floats) }
                return .latents(
                    LatentLists(
                        indices: memory.indices, values: readsValues ? memory.floats : [], stored: stored,
                        prefixes: [stored], isSwept: false))
            }
            var indices: [UInt32] = []
            var values: [Float] = []
            for site in sites {
                try reader.readIntegers(.latentIndex(site), rows: rows, into: &memory.indices)
                indices.append(contentsOf: memory.indices)
                guard readsValues else { continue }
                try reader.readFloats(.latentValue(site), rows: rows, into: &memory.floats)
                values.append(contentsOf: memory.floats)
            }
            return .latents(
                LatentLists(indices: indices, values: values, stored: stored, prefixes: [stored], isSwept: false))
        }
    }
}
