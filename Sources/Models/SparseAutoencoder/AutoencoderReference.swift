internal import Glibc
public import Tensor
public import TensorFiles

/// An autoencoder as the command line names it: a folder, and where its input is read if the folder cannot say it.
///
/// `DIR` or `DIR@resid_post.20`; every name of a site that other tools use will do, `resid_post[layer=20]` of the query language too.
/// `NAME=` in front gives it a name that isn't its folder's.
public struct AutoencoderReference: Sendable, Hashable {
    /// What queries are to call it; nil for the folder's own name.
    public var name: String?
    /// As it was given.
    public let folder: String
    /// Where the input is read; nil where the folder must say it.
    public let source: Site?
    /// Whether `source` was named by a Hugging Face module, whose output it then is.
    let namesModule: Bool

    /// A folder whose files or path say where the input is read, unless `source` does.
    public init(folder: String, source: Site? = nil) { self.init(folder: folder, source: source, namesModule: false) }

    private init(folder: String, source: Site?, namesModule: Bool) {
        self.folder = folder
        self.source = source
        self.namesModule = namesModule
    }

    /// Splits `NAME=DIR@SITE` at its first `=` and its last `@`; a folder that has one of them in its own name may end in `/`.
    public init(_ text: String) throws(FileError) {
        let named = NamedFolder(text) { folder in
            InputFile.exists(folder)
                || folder.lastIndex(of: "@").map { InputFile.exists(String(folder[..<$0])) } ?? false
        }
        try self.init(unnamed: named.folder)
        name = try named.checkedName()
    }

    private init(unnamed text: String) throws(FileError) {
        guard let mark = text.lastIndex(of: "@"), !text[mark...].contains("/"), !InputFile.exists(text) else {
            self.init(folder: text)
            return
        }
        let name = String(text[text.index(after: mark)...])
        guard let site = AutoencoderReference.site(name), site.layer != nil || site.point == .embed else {
            throw FileError(
                path: text, problem: "\"\(name)\" names no site of a layer",
                mend: "write the folder, @ and the site that it reads, such as @resid_post.20")
        }
        self.init(
            folder: String(text[..<mark]), source: site,
            namesModule: AutoencoderReference.isModuleOutput(name, site))
    }

    /// The same folder, reading the site of that name.
    public func reading(_ text: String) throws(FileError) -> AutoencoderReference {
        var moved = try AutoencoderReference(unnamed: "\(folder)@\(text)")
        moved.name = name
        return moved
    }

    /// Whether the name means what a block's module gives, `layers.3.mlp`, which some models normalise before they add it to the
    /// residual stream: there it is another place than `mlp_out`.
    static func isModuleOutput(_ name: String, _ site: Site) -> Bool {
        (site.point == .attnOut || site.point == .mlpOut) && !name.hasPrefix(site.point.rawValue)
            && !name.contains("hook_")
    }

    /// A site by any tool's name or as queries write it, `resid_post[layer=12]`; nil where it is none that an autoencoder reads.
    public static func site(_ text: String) -> Site? {
        var name = text
        let mark = "[layer="
        if text.hasSuffix("]"), let start = text.firstRange(of: mark) {
            name = text[..<start.lowerBound] + "." + text[start.upperBound...].dropLast()
        }
        guard let site = SiteNames.site(name) else { return nil }
        switch site.point {
        case .lora, .sae, .pattern, .logits: return nil
        default: return site
        }
    }

    /// The names on the way to the folder, from the root; symbolic links are followed where the folder exists.
    var path: [String] {
        var whole = folder
        if let resolved = unsafe realpath(folder, nil) {
            whole = unsafe String(cString: resolved)
            unsafe free(resolved)
        }
        return whole.split(separator: "/").map(String.init).filter { $0 != "." }
    }
}
