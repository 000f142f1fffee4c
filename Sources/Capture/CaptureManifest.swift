public import TensorFiles

/// A folder of captures to make together: `{"model", "sae": […], "captures": [{"as", "adapter", "prompts", "sites"}]}`.
public struct CaptureManifest: Sendable {
    /// Hugging Face folder of the model that all captures run.
    public let model: String
    /// One for each capture, in the file's order; paths are joined to the manifest's folder.
    public let captures: [IngestOptions]

    /// Reads a manifest; paths in it may not leave its folder.
    public init(contentsOf path: String) throws(FileError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let json = try BoundedJSON.read(path: path, limit: 1 << 20)
        model = try CaptureManifest.place(try json.member("model"), in: folder)
        var autoencoders: [String] = []
        if let saes = json["sae"] {
            var elements = try saes.elements()
            while let sae = elements.next() { autoencoders.append(try CaptureManifest.place(sae, in: folder)) }
        }
        var captures: [IngestOptions] = []
        var elements = try json.member("captures").elements()
        while let capture = elements.next() {
            var options = IngestOptions(
                model: model, prompts: try CaptureManifest.place(try capture.member("prompts"), in: folder),
                name: try capture.member("as").string())
            if let adapter = capture["adapter"], !adapter.isNull {
                options.adapter = try CaptureManifest.place(adapter, in: folder)
            }
            if let sites = capture["sites"] {
                var names: [String] = []
                var each = try sites.elements()
                while let site = each.next() { names.append(try site.string()) }
                options.sites = names.joined(separator: ",")
                if names.contains(where: { $0.hasPrefix("sae") }) { options.autoencoders = autoencoders }
            } else {
                options.autoencoders = autoencoders
            }
            captures.append(options)
        }
        self.captures = captures
    }

    private static func place(_ value: JSONValue, in folder: String) throws(FileError) -> String {
        let path = try value.string()
        let leaves = path.hasPrefix("/") || path.split(separator: "/").contains("..")
        guard !path.isEmpty, !leaves else {
            throw value.error("\"\(path)\" leaves the manifest's folder", mend: "give a path below it")
        }
        return folder + "/" + path
    }
}
