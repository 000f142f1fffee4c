/// Details and example of a verb, apart from its entry where they would hide what it checks.
struct VerbNote: Sendable {
    var details: String
    var example: String
}

/// What there is to say about the verbs whose entries don't say it themselves, by family.
enum VerbNotes {
    static let all: [String: VerbNote] = [
        chooseNotes, poolNotes, sideNotes, vectorNotes, latentNotes, labelNotes, outputNotes,
    ].reduce(into: [:]) { all, notes in
        all.merge(notes) { first, _ in first }
    }
}

extension Verb {
    /// The verb with its note, if it has no words of its own.
    var noted: Verb {
        guard details.isEmpty, let note = VerbNotes.all[name] else { return self }
        return explained(note.details, example: note.example)
    }
}
