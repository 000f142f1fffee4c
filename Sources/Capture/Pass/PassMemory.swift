internal import Models
internal import Synchronization

/// The buffers of one pass, which one batch after the other uses where they lie: handed over as a value they would be copied,
/// as whoever hands them over still has them.
final class PassMemory: Sendable {
    let workspace = Mutex(Workspace())
}
