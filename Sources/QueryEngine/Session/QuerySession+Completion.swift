public import QueryLanguage

extension QuerySession {
    /// What can stand at the cursor of a half-written entry, with the names of this session.
    public var completer: Completer { Completer(vocabulary: vocabulary, scope: scope) }
}
