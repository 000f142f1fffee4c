internal import Tensor

/// Memory that decoding needs between stored and raw bytes. One a thread, used for block after block: it grows to the
/// largest block and is not allocated again.
public struct DecodeScratch: ~Copyable, Sendable {
    private var work = AlignedBuffer(uninitialized: 0)
    private var raw = AlignedBuffer(uninitialized: 0)

    /// No memory yet.
    public init() {}

    /// At least so many bytes for a decoder's own use, 64-byte aligned, holding anything.
    @unsafe mutating func workMemory(_ byteCount: Int) -> UnsafeMutableRawPointer {
        if work.byteCount < byteCount { work = AlignedBuffer(uninitialized: byteCount) }
        return unsafe work.pointer
    }

    /// Memory for a decoded block that is widened next; stays as it is while the decoder uses `workMemory`.
    @unsafe mutating func rawMemory(_ byteCount: Int) -> UnsafeMutableRawPointer {
        if raw.byteCount < byteCount { raw = AlignedBuffer(uninitialized: byteCount) }
        return unsafe raw.pointer
    }
}
