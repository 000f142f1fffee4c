/// The guide to the query language that every `varve` carries: the page beside this file.
public enum LanguageGuide {
    /// Markdown.
    public static let text = String(decoding: PackageResources.language_md, as: UTF8.self)
}
