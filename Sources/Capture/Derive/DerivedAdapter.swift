public import Models
internal import Tensor
public import TensorFiles

/// An adapter whose A is applied to stored inputs, and what its scalars are called.
public struct DerivedAdapter: Sendable {
    /// What queries call it, `.site("lora.NAME")`; nil for `.lora` itself, of which a capture has one adapter's.
    public var name: String?
    /// Its A is applied to the stored inputs of its modules.
    public var adapter: LoRAAdapter

    public init(_ adapter: LoRAAdapter, name: String? = nil) {
        self.name = name
        self.adapter = adapter
    }

    /// Loads `FOLDER` or `NAME=FOLDER`.
    public init(_ text: String) throws(FileError) {
        let named = NamedFolder(text) { InputFile.exists($0 + "/adapter_config.json") }
        name = try named.checkedName()
        adapter = try LoRAAdapter(folder: named.folder, for: nil)
    }

    /// One module of it that is asked for.
    struct Module {
        let module: LoRAModule
        /// Where its scalars go.
        let site: Site
        /// What it reads.
        let source: Site
    }

    /// The modules that are asked for; each must read a site that a store can hold.
    ///
    /// - Parameters:
    ///   - modules: by path within a layer or its end after a dot; nil for all.
    ///   - layers: as `--layers` says it; nil for all.
    /// - Returns: those, and those that the layers leave out.
    func chosen(modules: [String]?, layers: String?) throws(CaptureError) -> (modules: [Module], leftOut: [Site]) {
        let named = adapter.modules.filter { module in
            guard let modules, let part = module.site.part else { return true }
            return modules.contains { part == $0 || part.hasSuffix("." + $0) }
        }
        let parts = Set(adapter.modules.compactMap(\.site.part)).sorted()
        guard !named.isEmpty else {
            throw CaptureError(
                .request, "the adapter changes none of \((modules ?? []).joined(separator: ", "))",
                mend: "it changes \(parts.joined(separator: ", "))")
        }
        let adapted = Set(named.compactMap(\.site.layer)).sorted()
        // More layers than the adapter has do no harm: they are those of the model.
        let wanted = try layers.map { (text) throws(CaptureError) in try CaptureRequest.layers(text, layerCount: 4096) }
        var found: [Module] = []
        var leftOut: [Site] = []
        for module in named {
            let site = module.site.ofAdapter(name)
            if let wanted, let layer = site.layer, !wanted.contains(layer) {
                leftOut.append(site)
            } else {
                found.append(Module(module: module, site: site, source: try source(of: module)))
            }
        }
        guard !found.isEmpty else {
            throw CaptureError(
                .request, "the adapter changes nothing in layers \(layers ?? "")",
                mend: "it changes layers \(adapted.map(String.init).joined(separator: ", "))")
        }
        return (found, leftOut)
    }

    private func source(of module: LoRAModule) throws(CaptureError) -> Site {
        if let source = module.source { return source }
        let possible = Set(adapter.modules.filter { $0.source != nil }.compactMap(\.site.part)).sorted()
        throw CaptureError(
            .request,
            "\(module.site.canonicalName): what this module reads, the normalised residual stream, is no site",
            mend: (possible.isEmpty ? "" : "give --modules \(possible.joined(separator: ",")), or ")
                + "capture its scalars with the model: varve ingest --adapter … --sites lora")
    }
}
