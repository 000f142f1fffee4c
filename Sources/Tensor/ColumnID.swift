/// One column of a chunk: what a row (one token) holds under this name.
///
/// The canonical text is what chunk footers and the catalogue store.
public enum ColumnID: Sendable, Hashable {
    /// u32, width 1: the tokenizer's id.
    case tokenID
    /// u32, width 1: ordinal of the row's prompt within its capture, from 0 in capture order.
    case prompt
    /// u32, width 1: position of the token in its prompt, from 0; every token of the prompt has a row.
    case position
    /// The same where only these tokens have rows. Stands in the place of `position`, so that the column's name says it.
    case keptPosition(KeptTokens)
    /// u8, width 1: `TokenRole.rawValue`.
    case role
    /// A dense site (width = its size) or a LoRA scalar (f32, width = rank).
    case site(Site)
    /// u32, width K: latent indices of an SAE, by falling value, ties by lower index; unused places hold `noLatent`.
    case latentIndex(Site)
    /// Float, width K: the values that go with `latentIndex`; unused places hold 0.
    case latentValue(Site)
    /// Width 1: a number per token, given by the user or taken from the logits (f32, whole numbers u32).
    case perToken(String)

    /// Fills the places of a top-k list that has fewer than k active latents.
    public static let noLatent = UInt32.max

    /// `token_id`, `resid_post.12`, `sae.3.NAME.index`, `column.kl` …
    public var canonicalName: String {
        switch self {
        case .tokenID: "token_id"
        case .prompt: "prompt"
        case .position: "position"
        case .keptPosition(let kept): "position." + kept.name
        case .role: "role"
        case .site(let site): site.canonicalName
        case .latentIndex(let site): site.canonicalName + ".index"
        case .latentValue(let site): site.canonicalName + ".value"
        case .perToken(let name): "column." + name
        }
    }

    /// Reads `canonicalName` back; nil where the text names no column.
    public init?(canonical text: String) {
        switch text {
        case "token_id": self = .tokenID
        case "prompt": self = .prompt
        case "position": self = .position
        case "role": self = .role
        default:
            if text.hasPrefix("position."), let kept = KeptTokens(String(text.dropFirst(9))), kept != .all,
                text == "position." + kept.name
            {
                self = .keptPosition(kept)
            } else if text.hasPrefix("column."), text.utf8.count > 7 {
                self = .perToken(String(text.dropFirst(7)))
            } else if text.hasPrefix("sae.") {
                if text.hasSuffix(".index"), let site = Site(canonical: String(text.dropLast(6))) {
                    self = .latentIndex(site)
                } else if text.hasSuffix(".value"), let site = Site(canonical: String(text.dropLast(6))) {
                    self = .latentValue(site)
                } else {
                    return nil
                }
            } else if let site = Site(canonical: text) {
                self = .site(site)
            } else {
                return nil
            }
        }
    }

    /// The site the column belongs to, if it belongs to one.
    public var site: Site? {
        switch self {
        case .site(let site), .latentIndex(let site), .latentValue(let site): site
        default: nil
        }
    }
}
