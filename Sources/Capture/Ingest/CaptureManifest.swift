public import TensorFiles

/// A folder that lists captures to make together: one model, its SAEs, and for each capture an adapter and a prompt file.
///
/// The file `organism.json`: `{"model", "sae": […], "captures": [{"as", "adapter", "prompts", "sites"}]}`; paths are relative to
/// the folder.
public struct CaptureManifest: Sendable {
    /// What each capture is told, with whole paths; those of one prompt file together, as they are made in one walk through
    /// the model.
    public let groups: [[IngestOptions]]

    /// All captures.
    public var captureCount: Int { groups.reduce(0) { $0 + $1.count } }

    /// Reads `organism.json` of a folder.
    public init(folder: String) throws(FileError) {
        let file = try BoundedJSON.read(path: folder + "/organism.json", limit: 1 << 20)
        let model = folder + "/" + (try file.member("model").string())
        var autoencoders: [String] = []
        for path in try file.member("sae").elements() { autoencoders.append(folder + "/" + (try path.string())) }
        var groups: [[IngestOptions]] = []
        for item in try file.member("captures").elements() {
            var options = IngestOptions(
                model: model, prompts: folder + "/" + (try item.member("prompts").string()),
                name: try item.member("as").string())
            if let adapter = item["adapter"], !adapter.isNull {
                options.adapters = [folder + "/" + (try adapter.string())]
            }
            var sites: [String] = []
            for site in try item.member("sites").elements() { sites.append(try site.string()) }
            options.sites = sites.joined(separator: ",")
            if sites.contains("sae") { options.autoencoders = autoencoders }
            if let place = groups.firstIndex(where: { $0[0].prompts == options.prompts }) {
                groups[place].append(options)
            } else {
                groups.append([options])
            }
        }
        self.groups = groups
    }

    /// Makes every capture that the store lacks; the model is loaded once, each prompt file read once, and layers in which
    /// captures agree are run once.
    ///
    /// - Parameter progress: called with the group's place in `groups` and how far it is.
    /// - Returns: the outcome of each group, in order; fewer where it was interrupted.
    public func run(
        into store: String, progress: (Int, CaptureProgress) -> Void = { _, _ in },
        isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) async throws -> [CaptureSession.Outcome] {
        var outcomes: [CaptureSession.Outcome] = []
        var models: [String: LoadedModel] = [:]
        for (place, group) in groups.enumerated() {
            guard !isInterrupted(), let first = group.first else { break }
            let model = try models[first.model] ?? LoadedModel(folder: first.model)
            models[first.model] = model
            let ingest = try Ingest(group, model: model, prompts: model.prompts(first.prompts))
            outcomes.append(
                try await ingest.run(into: store, progress: { progress(place, $0) }, isInterrupted: isInterrupted))
        }
        return outcomes
    }
}
