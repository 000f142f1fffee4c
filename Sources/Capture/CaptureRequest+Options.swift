internal import Models
internal import Tensor

extension CaptureRequest {
    /// Reads the options, loading adapter and autoencoders, and checks them against the model.
    public init(_ options: IngestOptions, model: LoadedModel) throws {
        guard let type = ElementType(rawValue: options.elementType), type.isFloatingPoint else {
            throw CaptureError(
                .request, "\"\(options.elementType)\" is no type for activations",
                mend: "known are f32, f16, bf16, and i8, which loses precision")
        }
        let config = model.config
        self.init(
            name: try CaptureName(options.name),
            adapter: try options.adapter.map { try LoRAAdapter(folder: $0, for: config) },
            autoencoders: try options.autoencoders.map { try SparseAutoencoder(folder: $0) },
            sites: try options.sites.map { try CaptureRequest.sites($0, layerCount: config.layerCount) },
            layers: try options.layers.map { try CaptureRequest.layers($0, layerCount: config.layerCount) },
            topK: options.topK, elementType: type, batchTokens: options.batchTokens)
    }

    /// `A:B`, `A:`, `:B` or `:`; the end is not included, as in the slices of queries. A single number is one layer.
    static func layers(_ text: String, layerCount: Int) throws(CaptureError) -> Range<Int> {
        func refuse(_ problem: String) -> CaptureError {
            CaptureError(
                .request, "layers \"\(text)\": \(problem)",
                mend: "give A:B with 0 ≤ A < B ≤ \(layerCount), such as 0:\(layerCount); B is not included")
        }
        let pieces = text.split(separator: ":", omittingEmptySubsequences: false)
        func number(_ piece: Substring, else other: Int) throws(CaptureError) -> Int {
            if piece.isEmpty { return other }
            guard piece.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(piece) else {
                throw refuse("\"\(piece)\" is no layer number")
            }
            return value
        }
        guard (1...2).contains(pieces.count), !text.isEmpty else { throw refuse("expected two numbers with a colon") }
        let first = try number(pieces[0], else: 0)
        guard first < layerCount else { throw refuse("the model has \(layerCount) layers") }
        let end = pieces.count == 1 ? first + 1 : try number(pieces[1], else: layerCount)
        guard first < end else { throw refuse("it holds no layer") }
        guard end <= layerCount else { throw refuse("the model has \(layerCount) layers") }
        return first..<end
    }
}
