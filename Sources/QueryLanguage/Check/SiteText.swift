import Tensor

/// Sites as queries name them.
enum SiteText {
    /// `resid_post`, a canonical name such as `lora.3.mlp.down_proj`, or any family's alias with its layer.
    static func parse(_ text: String) -> (point: SitePoint, layer: Int?, part: String?)? {
        guard let site = Site(canonical: text) else { return nil }
        return (site.point, site.layer, site.part)
    }
}
