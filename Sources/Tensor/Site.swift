/// A place in a transformer where numbers are read, by TransformerLens' short names.
public enum SitePoint: String, Sendable, Hashable, CaseIterable {
    case embed
    case residPre = "resid_pre"
    case residMid = "resid_mid"
    case residPost = "resid_post"
    case attnOut = "attn_out"
    case mlpOut = "mlp_out"
    case mlpPre = "mlp_pre"
    case mlpAct = "mlp_act"
    case q, k, v, z, pattern
    /// The raw signed scalar A·x of a LoRA adapter (one per rank), x being the input of the adapted module.
    case lora
    /// The value-sorted top-k latents of a sparse autoencoder.
    case sae
    /// What the final norm leaves: the input of the unembedding.
    case lnFinal = "ln_final"
    /// A request word: statistics of the next-token distribution, stored as per-token columns.
    case logits
}

/// A site of one layer: `resid_post` of layer 12, or the LoRA scalar of `mlp.down_proj` in layer 3.
///
/// Made from text once, at the edge, and a value everywhere else.
public struct Site: Sendable, Hashable {
    /// What is read.
    public var point: SitePoint
    /// The decoder layer, counted from 0; nil only for `embed`, `ln_final` and `logits`.
    public var layer: Int?
    /// For `lora` the adapted module within its layer (`mlp.down_proj`), behind the name of its adapter where that has one
    /// (`tuned:mlp.down_proj`); for `sae` the autoencoder's name; else nil.
    public var part: String?

    public init(_ point: SitePoint, layer: Int? = nil, part: String? = nil) {
        self.point = point
        self.layer = layer
        self.part = part
    }

    /// The canonical text, `resid_post.12` or `lora.3.mlp.down_proj`: the inverse of `init(canonical:)`.
    public var canonicalName: String {
        var name = point.rawValue
        if let layer { name += ".\(layer)" }
        if let part { name += ".\(part)" }
        return name
    }

    /// Reads `canonicalName` back; nil where the text is not of that form.
    public init?(canonical text: String) {
        let pieces = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard let first = pieces.first, let point = SitePoint(rawValue: String(first)) else { return nil }
        self.init(point)
        if pieces.count > 1 {
            guard let layer = Site.layerNumber(pieces[1]) else { return nil }
            self.layer = layer
        }
        if pieces.count > 2 {
            guard !pieces[2].isEmpty else { return nil }
            part = String(pieces[2])
        }
    }

    /// For `lora` the name of an adapter that was given one, `tuned` of `tuned:mlp.down_proj`; nil for the capture's own.
    public var adapterName: String? {
        guard point == .lora, let part, let colon = part.firstIndex(of: ":") else { return nil }
        return String(part[..<colon])
    }

    /// The same module of an adapter with that name.
    public func ofAdapter(_ name: String?) -> Site {
        guard let name, let part else { return self }
        return Site(point, layer: layer, part: "\(name):\(part)")
    }

    static func layerNumber(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }
}
