public import Models
public import Tensor

/// What to capture, of which model, under which name.
public struct CaptureRequest: Sendable {
    /// What the capture is filed under.
    public var name: CaptureName
    /// Runs with the model; its scalars can be captured.
    public var adapter: LoRAAdapter?
    /// Applied to the sites they were trained on.
    public var autoencoders: [SparseAutoencoder]
    /// A site without a layer means every layer of `layers`; nil for `resid_post`, and `lora` and `sae` where there are any.
    public var sites: [Site]?
    /// Layers of dense sites and adapter scalars; nil for all. An autoencoder brings its own layer.
    public var layers: Range<Int>?
    /// Latents kept per token.
    public var topK: Int
    /// How dense sites are stored; f32 loses nothing.
    public var elementType: ElementType
    /// Tokens run together, unless a single prompt has more.
    public var batchTokens: Int

    /// Everything but the name has a default.
    public init(
        name: CaptureName, adapter: LoRAAdapter? = nil, autoencoders: [SparseAutoencoder] = [], sites: [Site]? = nil,
        layers: Range<Int>? = nil, topK: Int = 32, elementType: ElementType = .float32, batchTokens: Int = 1024
    ) {
        self.name = name
        self.adapter = adapter
        self.autoencoders = autoencoders
        self.sites = sites
        self.layers = layers
        self.topK = topK
        self.elementType = elementType
        self.batchTokens = batchTokens
    }

    /// Reads `--sites`: names of any tool, separated by commas.
    public static func sites(_ text: String, layerCount: Int) throws(CaptureError) -> [Site] {
        var sites: [Site] = []
        for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
            let name = String(piece.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            guard let site = SiteNames.site(name, layers: layerCount) else {
                let known = ModelConfig.offeredPoints.map(\.rawValue) + ["lora", "sae"]
                throw CaptureError(
                    .request, "unknown site \"\(name)\"", mend: "known are \(known.joined(separator: ", "))")
            }
            sites.append(site)
        }
        return sites
    }
}
