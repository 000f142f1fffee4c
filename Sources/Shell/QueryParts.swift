public import QueryEngine
internal import QueryLanguage

/// A query run in parts, on several machines or one after the other, and put together.
extension QueryRun {
    /// Runs one part; its states are what `merge` takes.
    ///
    /// - Parameter files: all parts of the rounds before
    /// - Returns: the bytes of the part, or nil with what is wrong said to `complain`, which also hears of another round
    public func partial(
        bytes: [UInt8], name: String, shard: Shard, after files: [(name: String, bytes: [UInt8])] = [],
        complain: (String) -> Void
    ) throws -> (part: [UInt8]?, verdict: Verdict) {
        let source: SourceText
        do throws(Diagnostic) {
            source = try SourceText(name: name, bytes: bytes)
        } catch {
            complain(ErrorText.text([error], in: SourceText(name: name, text: "")))
            return (nil, .rejected)
        }
        let session = try QuerySession(store: store ?? "", options: options)
        do {
            let part = try session.partial(source, parameters: parameters, shard: shard, after: files)
            if part.isOpen {
                complain(
                    "note: this is round \(part.round). The query reads rows again with what all \(shard.count) parts give: once they are "
                        + "there, make round \(part.round + 1) with `--after` all of them, and merge the parts of all rounds"
                )
            }
            return (part.bytes, .ok)
        } catch {
            let (text, verdict) = ErrorText.describe(error, in: source)
            guard let verdict else { throw error }
            complain(text)
            return (nil, verdict)
        }
    }

    /// The folder of the store that parts were made of.
    public static func store(ofParts parts: [(name: String, bytes: [UInt8])]) throws -> String {
        try QuerySession.storePath(ofParts: parts)
    }
}
