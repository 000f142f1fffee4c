public import TensorFiles

/// A folder as the command line names it: `FOLDER`, or `NAME=FOLDER` with a name of the user's own.
public struct NamedFolder: Sendable, Hashable {
    /// As it was given; nil where there is none.
    public let name: String?
    /// Where the files are.
    public let folder: String

    /// Splits at the first equals sign; a folder whose own name has one is a folder.
    ///
    /// - Parameter isFolder: whether the whole text is there as a folder of the kind that is meant.
    public init(_ text: String, isFolder: (String) -> Bool) {
        guard let equals = text.firstIndex(of: "="), !isFolder(text) else {
            (name, folder) = (nil, text)
            return
        }
        (name, folder) = (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    /// The name, which must be one that queries can tell from a layer's number: `sae.NAME`, `lora.NAME`.
    public func checkedName() throws(FileError) -> String? {
        guard let name else { return nil }
        let isName = { (character: Character) in
            character.isLetter || character.isNumber || "_-./".contains(character)
        }
        guard let first = name.first, first.isLetter || first == "_", name.allSatisfy(isName), name.utf8.count <= 256
        else {
            throw FileError(
                path: "\(name)=\(folder)", problem: "\"\(name)\" is no name for what is computed",
                mend: "begin with a letter, and use letters, digits and _ - . /")
        }
        return name
    }
}
