public import ChunkFormat

/// What went wrong with a store: its kind for programs, one sentence with file, place and mend for people.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// What a program can tell apart.
    public enum Kind: Sendable, Hashable {
        /// Nothing is at the path.
        case missing
        /// Something is there, but no store.
        case notAStore
        /// Bytes are not what was written.
        case damaged(Corruption)
        /// Another process holds what is needed.
        case locked
        /// Written by a newer varve.
        case newerFormat
        /// Written by an older varve: readable, and writable after a migration.
        case olderFormat
        /// The file system lacks room; bytes needed and free.
        case noRoom(needed: Int, free: Int)
        /// What is given contradicts what is stored, or itself.
        case conflict
        /// The name given isn't in the store.
        case unknown
        /// The store may only be read.
        case readOnly
        /// The SQL text is refused or failed.
        case sql
        /// The caller asked to stop.
        case interrupted
        /// A system call failed; its errno.
        case io(Int32)
    }

    /// For programs.
    public let kind: Kind
    /// One sentence for people.
    public let description: String

    /// An error with its sentence, which names file, place and mend.
    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// Damaged bytes.
    public init(_ corruption: Corruption) {
        self.init(.damaged(corruption), corruption.description)
    }

    /// Damage in the catalogue, which has rows rather than offsets.
    static func damagedCatalog(_ path: String, _ what: String, expected: String, found: String) -> StoreError {
        let corruption = Corruption(path: path, offset: 0, what: what, expected: expected, found: found)
        return StoreError(
            .damaged(corruption), "\(path): damaged: \(what): expected \(expected), found \(found)")
    }
}
