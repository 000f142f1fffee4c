import Tensor

extension SiteChoice {
    /// `.entropy`: a column with a number per token; nil where no capture has one of that name.
    static func tokenColumn(
        _ name: String, of grids: [CaptureGrid], span: SourceSpan
    ) throws(Diagnostic) -> SiteChoice? {
        let cells = grids.flatMap(\.cells)
        guard cells.contains(where: { $0.tokenColumns.contains { $0.name == name } }) else { return nil }
        for cell in cells where !cell.tokenColumns.contains(where: { $0.name == name }) {
            throw Diagnostic(
                "site-not-stored", span, "`\(name)` is not stored for \(cell.model)/\(cell.dataset)",
                help: "it is stored for "
                    + cells.filter { $0.tokenColumns.contains { $0.name == name } }
                    .map { "\($0.model)/\($0.dataset)" }.joined(separator: ", "))
        }
        return SiteChoice(dims: [], sites: [], tokenColumn: name)
    }

    /// Which stored columns `.resid_post` (or a single layer of it) means for every capture below.
    ///
    /// Layers that all captures have are kept; widths must agree.
    ///
    /// - Parameter text: the site as the user wrote it, perhaps by another tool's name.
    static func resolve(
        _ site: Site, written text: String, of grids: [CaptureGrid], span: SourceSpan
    ) throws(Diagnostic) -> (choice: SiteChoice, element: Element) {
        let (point, layer, part) = (site.point, site.layer, site.part)
        let cells = grids.flatMap(\.cells)
        var shared: [SiteShape]?
        for cell in cells {
            var here = cell.sites.filter {
                $0.site.point == point && (layer == nil || $0.site.layer == layer) && matches($0.site, part)
            }
            if part == nil, point == .lora { here = try oneAdapter(of: here, in: cell, span) }
            guard !here.isEmpty else { throw missing(site, written: text, cell: cell, span: span) }
            shared = shared.map { known in known.filter { one in here.contains { $0.site == one.site } } } ?? here
        }
        guard let sites = shared, let first = sites.first else {
            throw Diagnostic(
                "no-common-site", span, "the captures have no layer of `\(point.rawValue)` in common")
        }
        if point == .sae { try oneAutoencoder(of: sites, span) }
        for cell in cells {
            for shape in cell.sites where sites.contains(where: { $0.site == shape.site }) {
                guard shape.element == first.element, shape.rank == first.rank else {
                    // Layers of one model may hold autoencoders of different sizes.
                    guard !cell.sites.contains(where: { $0.site == first.site && $0.element == first.element }) else {
                        throw Diagnostic(
                            "different-widths", span,
                            "`\(point.rawValue)` is \(size(first)) in `\(first.site.canonicalName)` and \(size(shape)) in `\(shape.site.canonicalName)`",
                            help:
                                "choose one: `.site(\"\(first.site.canonicalName)\")`, `.site(\"\(shape.site.canonicalName)\")`"
                        )
                    }
                    throw Diagnostic(
                        "different-widths", span,
                        "`\(point.rawValue)` is \(size(first)) in \(cells[0].model) and \(size(shape)) in \(cell.model)",
                        help: "compare models of one size, or measure each alone; `cka(a, b)` takes any two widths")
                }
            }
        }
        let layers = sites.map(\.site.layer).unique.sorted { ($0 ?? -1) < ($1 ?? -1) }
        let parts = sites.map(\.site.part).unique
        var dims: [Dimension] = []
        var ordered: [Site] = []
        for layer in layers {
            let here = sites.filter { $0.site.layer == layer }
            for part in parts {
                guard let site = here.first(where: { $0.site.part == part }) else {
                    if point == .sae { continue }
                    throw Diagnostic(
                        "ragged-modules", span,
                        "layer \(layer ?? 0) has no adapter on `\(part ?? "")`, other layers have",
                        help: "choose a module: `.site(\"lora.\(layer ?? 0).\(here.first?.site.part ?? "")\")`")
                }
                ordered.append(site.site)
            }
        }
        if layer == nil, layers.contains(where: { $0 != nil }) {
            dims.append(Dimension("layer", labels: layers.map { .int($0 ?? -1) }))
        }
        if point == .lora, parts.count > 1 {
            dims.append(Dimension("module", labels: parts.map { .string($0 ?? "") }))
        }
        if first.rank > 1 { dims.append(Dimension("rank", labels: (0..<first.rank).map { .int($0) })) }
        return (SiteChoice(dims: dims, sites: ordered), first.element)
    }

    /// Whether a site is of that autoencoder, module or named adapter; of any where none is named.
    private static func matches(_ site: Site, _ part: String?) -> Bool {
        guard let part else { return true }
        return site.part == part || site.adapterName == part
    }

    /// `.lora` means the adapter without a name, which is the capture's own, or else the only one.
    private static func oneAdapter(
        of sites: [SiteShape], in cell: CaptureShape, _ span: SourceSpan
    ) throws(Diagnostic) -> [SiteShape] {
        let own = sites.filter { $0.site.adapterName == nil }
        let names = sites.compactMap(\.site.adapterName).unique
        guard own.isEmpty, names.count > 1 else { return own.isEmpty ? sites : own }
        throw Diagnostic(
            "several-adapters", span, "\(cell.model)/\(cell.dataset) has the scalars of \(names.count) adapters",
            help: "choose one: \(names.map { "`.site(\"lora.\($0)\")`" }.joined(separator: ", "))")
    }

    private static func size(_ shape: SiteShape) -> String {
        shape.site.point == .lora ? "of rank \(shape.rank)" : shape.element.description
    }

    /// No layer may hold two autoencoders, of which `.sae` could not choose one.
    private static func oneAutoencoder(of sites: [SiteShape], _ span: SourceSpan) throws(Diagnostic) {
        for layer in sites.map(\.site.layer).unique {
            let names = sites.filter { $0.site.layer == layer }.map { "`.site(\"\($0.site.canonicalName)\")`" }
            guard names.count > 1 else { continue }
            throw Diagnostic(
                "several-saes", span, "layer \(layer ?? 0) has \(names.count) SAEs",
                help: "choose one: \(names.joined(separator: ", "))")
        }
    }

    private static func missing(_ site: Site, written text: String, cell: CaptureShape, span: SourceSpan) -> Diagnostic
    {
        let point = site.point.rawValue
        let stored = cell.sites.map(\.site.point.rawValue).unique
        // Another tool's name is said with ours.
        let shown = text == point || text.hasPrefix(point + ".") ? "`\(point)`" : "`\(text)`, here `\(point)`,"
        let name = "\(cell.model)/\(cell.dataset)"
        if let part = site.part, stored.contains(point) {
            // An adapter with a name is chosen by that, whatever modules it has.
            let known = cell.sites.filter { $0.site.point == site.point }.compactMap { shape in
                shape.site.adapterName ?? shape.site.part
            }
            return Diagnostic(
                "site-not-stored", span, "`\(point)` of `\(part)` is not stored for \(name)",
                help: "stored are \(known.unique.map { "`.site(\"\(point).\($0)\")`" }.joined(separator: ", "))")
        }
        if let layer = site.layer, stored.contains(point) {
            let layers = cell.sites.filter { $0.site.point == site.point }.compactMap(\.site.layer).unique.sorted()
            return Diagnostic(
                "site-not-stored", span, "\(shown) of layer \(layer) is not stored for \(name)",
                help: "its layers are \(layers.map(String.init).joined(separator: ", "))")
        }
        return Diagnostic(
            "site-not-stored", span, "\(shown) is not stored for \(name)",
            help: "stored are \((stored + cell.tokenColumns.map(\.name)).map { "`.\($0)`" }.joined(separator: ", "))")
    }
}
