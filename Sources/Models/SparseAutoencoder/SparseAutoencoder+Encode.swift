internal import Glibc
internal import Kernels
internal import Tensor

extension SparseAutoencoder {
    /// The largest active latents of every row, by falling value, ties by lower index; unused places hold
    /// `ColumnID.noLatent` and 0.
    ///
    /// A row's latents are the same bits whatever rows are encoded with it: stored rows encoded later give what a capture gave.
    ///
    /// - Parameters:
    ///   - rows: [count, inputSize], row-major.
    ///   - indices, values: [count, k], row-major.
    ///
    /// O(count · inputSize · latentCount), in tiles of rows and latents: no count × latentCount matrix is made.
    public func encode(
        _ rows: Span<Float>, count: Int, k: Int, indices: inout [UInt32], values: inout [Float]
    ) {
        precondition(count >= 0 && rows.count >= count * inputSize, "rows past the end")
        precondition(k > 0 && indices.count >= count * k && values.count >= count * k, "no room for the latents")
        let shape = LatentTiles(self, count: count)
        var input = [Float](repeating: 0, count: shape.rows * inputSize)
        var latents = [Float](repeating: 0, count: shape.rows * shape.latents)
        var chosen = (0..<min(shape.rows, count)).map { _ in TopK(k: min(k, activeLimit)) }
        for first in stride(from: 0, to: count, by: shape.rows) {
            let tile = min(shape.rows, count - first)
            let padded = shape.paddedRows(tile)
            for row in 0..<tile {
                let start = (first + row) * inputSize
                prepare(rows.extracting(start..<start + inputSize), into: &input, at: row * inputSize)
            }
            for start in stride(from: 0, to: latentCount, by: shape.latents) {
                let block = start..<min(start + shape.latents, latentCount)
                var product = latents.mutableSpan
                multiply(input.span, rows: padded, block, into: &product)
                for row in 0..<tile {
                    var own = product._mutatingExtracting(row * block.count..<(row + 1) * block.count)
                    activate(&own, block)
                    chosen[row].take(own.span, firstIndex: start)
                }
            }
            for row in 0..<tile { finish(&chosen[row], k, (first + row) * k, &indices, &values) }
        }
    }

    /// product[rows, block] = input[rows, inputs] · the block's part of the encoder.
    private func multiply(_ input: Span<Float>, rows: Int, _ block: Range<Int>, into product: inout MutableSpan<Float>)
    {
        if encoderIsTransposed {
            MatrixMultiply.rowsTimesTransposed(
                input, encoder.span.extracting(block.lowerBound * inputSize..<block.upperBound * inputSize),
                into: &product, m: rows, n: block.count, k: inputSize)
        } else {
            MatrixMultiply.rowsTimesColumns(
                input, stride: inputSize, encoder.span.extracting(block.lowerBound..<encoder.count),
                stride: latentCount, into: &product, stride: block.count, m: rows, n: block.count, k: inputSize)
        }
    }

    /// Normalises a row and subtracts the decoder's bias.
    private func prepare(_ row: Span<Float>, into input: inout [Float], at start: Int) {
        var scale: Float = 1
        var shift: Float = 0
        switch normalisation {
        case .none: break
        case .constantNorm:
            let norm = Dot.squaredNorm(row).squareRoot()
            scale = Float(Double(inputSize).squareRoot() / norm)
        case .layerNorm:
            var sum = 0.0
            for i in row.indices { sum += Double(row[i]) }
            let mean = sum / Double(inputSize)
            var squares = 0.0
            for i in row.indices { squares += (Double(row[i]) - mean) * (Double(row[i]) - mean) }
            shift = Float(mean)
            scale = Float(1 / ((squares / Double(max(1, inputSize - 1))).squareRoot() + 1e-5))
        }
        var out = input.mutableSpan
        for i in row.indices { out[start + i] = (row[i] - shift) * scale }
        for i in inputBias.indices { out[start + i] -= inputBias[i] }
    }

    /// Products with the encoder → latents, those that are not active ≤ 0. `topK`'s own k is applied when choosing.
    private func activate(_ latents: inout MutableSpan<Float>, _ block: Range<Int>) {
        let bias = bias.span.extracting(block)
        switch architecture {
        case .standard:
            for i in bias.indices { latents[i] += bias[i] }
        case .topK:
            for i in bias.indices { latents[i] += bias[i] }
            guard !decoderNorms.isEmpty else { return }
            let norms = decoderNorms.span.extracting(block)
            for i in norms.indices { latents[i] *= norms[i] }
        case .jumpReLU:
            let thresholds = thresholds.span.extracting(block)
            for i in bias.indices {
                let value = latents[i] + bias[i]
                latents[i] = value > thresholds[i] ? value : 0
            }
        case .gated:
            let scale = magnitudeScale.span.extracting(block)
            let shift = magnitudeBias.span.extracting(block)
            for i in bias.indices {
                let product = latents[i]
                latents[i] = product + bias[i] > 0 ? product * scale[i] + shift[i] : 0
            }
        }
    }

    private func finish(
        _ chosen: inout TopK, _ k: Int, _ start: Int, _ indices: inout [UInt32], _ values: inout [Float]
    ) {
        var places = indices.mutableSpan
        var sizes = values.mutableSpan
        var ownPlaces = places._mutatingExtracting(start..<start + k)
        var ownSizes = sizes._mutatingExtracting(start..<start + k)
        let found = chosen.finish(indices: &ownPlaces, values: &ownSizes)
        for i in found..<k {
            ownPlaces[i] = ColumnID.noLatent
            ownSizes[i] = 0
        }
    }

    static func exponential(_ x: Float) -> Float { Float(exp(Double(x))) }
}

/// How many rows and latents are multiplied at once.
///
/// Matrix products add in another order where they have few rows. So every product has a multiple of the same number of rows,
/// and small autoencoders, for which products take another way altogether below a size, always exactly that number.
private struct LatentTiles {
    let rows: Int
    let latents: Int

    private static let unit = 64

    init(_ sae: SparseAutoencoder, count: Int) {
        latents = min(sae.latentCount, 4096)
        let isSmall = sae.inputSize * sae.latentCount <= 1 << 16
        let whole = isSmall ? LatentTiles.unit : 4 * LatentTiles.unit
        rows = min(whole, (count + LatentTiles.unit - 1) / LatentTiles.unit * LatentTiles.unit)
    }

    /// The rows that are multiplied where so many are wanted; those beyond hold anything.
    func paddedRows(_ tile: Int) -> Int { (tile + LatentTiles.unit - 1) / LatentTiles.unit * LatentTiles.unit }
}
