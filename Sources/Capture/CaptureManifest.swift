public import TensorFiles

/// A folder that lists captures to make together: one model, its SAEs, and for each capture an adapter and a prompt file.
///
/// The file `organism.json`: `{"model", "sae": […], "captures": [{"as", "adapter", "prompts", "sites"}]}`; paths are relative to
/// the folder.
public struct CaptureManifest: Sendable {
    /// What each capture is told, with whole paths.
    public let captures: [IngestOptions]

    /// Reads `organism.json` of a folder.
    public init(folder: String) throws(FileError) {
        let file = try BoundedJSON.read(path: folder + "/organism.json", limit: 1 << 20)
        let model = folder + "/" + (try file.member("model").string())
        var autoencoders: [String] = []
        for path in try file.member("sae").elements() { autoencoders.append(folder + "/" + (try path.string())) }
        var captures: [IngestOptions] = []
        for item in try file.member("captures").elements() {
            var options = IngestOptions(
                model: model, prompts: folder + "/" + (try item.member("prompts").string()),
                name: try item.member("as").string())
            if let adapter = item["adapter"], !adapter.isNull {
                options.adapter = folder + "/" + (try adapter.string())
            }
            var sites: [String] = []
            for site in try item.member("sites").elements() { sites.append(try site.string()) }
            options.sites = sites.joined(separator: ",")
            if sites.contains("sae") { options.autoencoders = autoencoders }
            captures.append(options)
        }
        self.captures = captures
    }

    /// Makes every capture that the store lacks; the model is loaded once, each prompt file read once.
    ///
    /// - Parameter progress: called with the capture's place in `captures` and how far it is.
    /// - Returns: the outcome of each capture, in order; fewer where it was interrupted.
    public func run(
        into store: String, progress: (Int, CaptureProgress) -> Void = { _, _ in },
        isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) async throws -> [CaptureSession.Outcome] {
        var outcomes: [CaptureSession.Outcome] = []
        var models: [String: LoadedModel] = [:]
        var prompts: [String: [TokenizedPrompt]] = [:]
        for (place, options) in captures.enumerated() {
            guard !isInterrupted() else { break }
            let model = try models[options.model] ?? LoadedModel(folder: options.model)
            models[options.model] = model
            let read = try prompts[options.prompts] ?? model.prompts(options.prompts)
            prompts[options.prompts] = read
            let ingest = try Ingest(options, model: model, prompts: read)
            outcomes.append(
                try await ingest.run(into: store, progress: { progress(place, $0) }, isInterrupted: isInterrupted))
        }
        return outcomes
    }
}
