internal import Glibc
internal import Kernels
internal import Tensor

extension SparseAutoencoder {
    /// The largest active latents of every row, by falling value, ties by lower index; unused places hold
    /// `ColumnID.noLatent` and 0.
    ///
    /// - Parameters:
    ///   - rows: [count, inputSize], row-major.
    ///   - indices, values: [count, k], row-major.
    ///
    /// O(count · inputSize · latentCount), in tiles of rows so that no count × latentCount matrix is made.
    public func encode(
        _ rows: Span<Float>, count: Int, k: Int, indices: inout [UInt32], values: inout [Float]
    ) {
        precondition(count >= 0 && rows.count >= count * inputSize, "rows past the end")
        precondition(k > 0 && indices.count >= count * k && values.count >= count * k, "no room for the latents")
        let tileRows = max(1, min(count, (1 << 18) / latentCount, 512))
        var input = [Float](repeating: 0, count: tileRows * inputSize)
        var latents = [Float](repeating: 0, count: tileRows * latentCount)
        for first in stride(from: 0, to: count, by: tileRows) {
            let tile = min(tileRows, count - first)
            for row in 0..<tile {
                let start = (first + row) * inputSize
                prepare(rows.extracting(start..<start + inputSize), into: &input, at: row * inputSize)
            }
            var product = latents.mutableSpan
            MatrixMultiply.rowsTimesColumns(
                input.span, encoder.span, into: &product, m: tile, n: latentCount, k: inputSize)
            for row in 0..<tile {
                var own = product._mutatingExtracting(row * latentCount..<(row + 1) * latentCount)
                activate(&own)
                choose(own.span, k, (first + row) * k, &indices, &values)
            }
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
    private func activate(_ latents: inout MutableSpan<Float>) {
        let bias = bias.span
        switch architecture {
        case .standard:
            for i in bias.indices { latents[i] += bias[i] }
        case .topK:
            for i in bias.indices { latents[i] += bias[i] }
            for i in decoderNorms.indices { latents[i] *= decoderNorms[i] }
        case .jumpReLU:
            let thresholds = thresholds.span
            for i in bias.indices {
                let value = latents[i] + bias[i]
                latents[i] = value > thresholds[i] ? value : 0
            }
        case .gated:
            let scale = magnitudeScale.span
            let shift = magnitudeBias.span
            for i in bias.indices {
                let product = latents[i]
                latents[i] = product + bias[i] > 0 ? product * scale[i] + shift[i] : 0
            }
        }
    }

    private func choose(
        _ latents: Span<Float>, _ k: Int, _ start: Int, _ indices: inout [UInt32], _ values: inout [Float]
    ) {
        var limit = k
        if case .topK(let own) = architecture { limit = min(k, own) }
        var places = indices.mutableSpan
        var sizes = values.mutableSpan
        var ownPlaces = places._mutatingExtracting(start..<start + limit)
        var ownSizes = sizes._mutatingExtracting(start..<start + limit)
        let found = TopK.positive(latents, indices: &ownPlaces, values: &ownSizes)
        for i in start + found..<start + k {
            indices[i] = ColumnID.noLatent
            values[i] = 0
        }
    }

    static func exponential(_ x: Float) -> Float { Float(exp(Double(x))) }
}
