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
    /// Layers of dense sites and adapter scalars, ascending; nil for all. An autoencoder brings its own layer.
    public var layers: [Int]?
    /// Tokens of each prompt that have rows.
    public var positions: KeptTokens
    /// Numbers per token that stand beside the activations.
    public var tokenNumbers: [TokenNumbers]
    /// Latents kept per token; nil for every active one.
    public var topK: Int?
    /// How dense sites are stored; f32 loses nothing.
    public var elementType: ElementType
    /// Tokens run together, unless a single prompt has more.
    public var batchTokens: Int
    /// Tokens after which the rows so far are made durable; nil for about half a minute's work.
    public var commitTokens: Int?

    /// Everything but the name has a default.
    public init(
        name: CaptureName, adapter: LoRAAdapter? = nil, autoencoders: [SparseAutoencoder] = [], sites: [Site]? = nil,
        layers: [Int]? = nil, positions: KeptTokens = .all, tokenNumbers: [TokenNumbers] = [], topK: Int? = 32,
        elementType: ElementType = .float32, batchTokens: Int = 512, commitTokens: Int? = nil
    ) {
        self.name = name
        self.adapter = adapter
        self.autoencoders = autoencoders
        self.sites = sites
        self.layers = layers
        self.positions = positions
        self.tokenNumbers = tokenNumbers
        self.topK = topK
        self.elementType = elementType
        self.batchTokens = batchTokens
        self.commitTokens = commitTokens
    }

    /// Reads `--sites`: names of any tool, separated by commas.
    public static func sites(_ text: String, of config: ModelConfig) throws(CaptureError) -> [Site] {
        var sites: [Site] = []
        for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
            let name = String(piece.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            guard let site = SiteNames.site(name, layers: config.layerCount) else {
                if let problem = SiteNames.outOfRange(name, layers: config.layerCount) {
                    throw CaptureError(
                        .request, problem,
                        mend: "resid_post[layer=i] is hidden_states[i + 1]: ask for one that is there")
                }
                let known = ModelConfig.offeredPoints.map(\.rawValue) + ["logits", "lora", "sae"]
                throw CaptureError(
                    .request, "unknown site \"\(name)\"", mend: "known are \(known.joined(separator: ", "))")
            }
            if config.hasPostNorms, let own = ownName(site), !name.hasPrefix(own), !name.contains("hook_") {
                throw CaptureError(
                    .request, "\"\(name)\" of this model is what goes into a norm, which is not a site",
                    mend: "ask for \(site.canonicalName), which is what is added to the residual stream")
            }
            sites.append(site)
        }
        return sites
    }

    /// For the blocks' outputs, which some models normalise before they are added: there HF's modules mean another place.
    private static func ownName(_ site: Site) -> String? {
        site.point == .attnOut || site.point == .mlpOut ? site.point.rawValue : nil
    }
}
