import ChunkFormat
import Dispatch
import Glibc
import Synchronization

/// Threads that encode chunks segment by segment, and one that writes the segments in file order.
///
/// Memory is bounded: a segment waits in one of a few slots until it is written, and encoders wait for a free slot.
final class ChunkPipeline: Sendable {
    /// Encoding threads.
    let threads: Int
    private let slots: [Slot]
    /// One serial queue a thread: each gets a thread of its own however busy the process is.
    private let encoders: [DispatchQueue]
    private let writers: [DispatchQueue]
    /// The writer that the next job gets: a chunk may be encoded while the one before it waits for the disk.
    private let turn = Atomic(0)

    private final class Slot: Sendable {
        let segment = Mutex(EncodedSegment())
    }

    init(threads: Int) {
        self.threads = max(1, threads)
        slots = (0..<(self.threads * 2 + 2)).map { _ in Slot() }
        encoders = (0..<self.threads).map { DispatchQueue(label: "varve.encode.\($0)") }
        writers = (0..<2).map { DispatchQueue(label: "varve.write.\($0)") }
    }

    /// Processor cores that this process may use.
    static var coreCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Encodes and places a chunk in the background.
    ///
    /// - Precondition: the job before it is encoded, and the one before that has its result.
    func start(_ job: ChunkJob) {
        let relay = SegmentRelay(slotCount: slots.count, segmentCount: job.draft.segmentCount)
        for queue in encoders { queue.async { self.encode(job, relay) } }
        writers[turn.wrappingAdd(1, ordering: .relaxed).oldValue & 1].async { self.place(job, relay) }
    }

    private func encode(_ job: ChunkJob, _ relay: SegmentRelay) {
        var encoder = SegmentEncoder()
        while let index = relay.claim() {
            slots[index % slots.count].segment.withLock {
                encoder.encode(index, of: job.draft, rows: job.buffers, into: &$0)
            }
            relay.fill(index)
        }
        relay.encoderEnds()
    }

    private func place(_ job: ChunkJob, _ relay: SegmentRelay) {
        let part = job.layout.temporary + "/" + job.key.description
        do throws(StoreError) {
            let written = try ChunkWriting.write(job.draft, to: part) { (body) throws(StoreError) in
                defer {
                    relay.stop(encoders: threads)
                    job.endEncoding()
                }
                for index in 0..<job.draft.segmentCount {
                    relay.awaitFilled(index)
                    try job.checkCancellation()
                    try slots[index % slots.count].segment.withLock { (segment) throws(StoreError) in
                        try body(segment)
                    }
                    relay.free()
                }
            }
            try ChunkWriting.verifyEnds(part, size: written.size, footer: written.footer)
            try job.awaitApproval()
            job.end(.success(try ChunkWriting.rename(part, written, job.layout)))
        } catch {
            // After a failed fsync the file's pages may be lost: nothing of it is used again.
            try? FileSystem.remove(part)
            relay.stop(encoders: threads)
            if !job.isEncoded { job.endEncoding() }
            job.end(.failure(error))
        }
    }
}

/// Hands segments from encoders to the writer in file order, through a bounded number of slots.
private final class SegmentRelay: Sendable {
    private let segmentCount: Int
    private let next = Atomic(0)
    private let isStopped = Atomic(false)
    private let freeSlots: DispatchSemaphore
    private let filled: [DispatchSemaphore]
    private let ended = DispatchSemaphore(value: 0)
    private let isDrained = Atomic(false)

    init(slotCount: Int, segmentCount: Int) {
        self.segmentCount = segmentCount
        freeSlots = DispatchSemaphore(value: 0)
        // Counted up, as a semaphore must not be freed with a lower count than it began with.
        for _ in 0..<slotCount { freeSlots.signal() }
        filled = (0..<slotCount).map { _ in DispatchSemaphore(value: 0) }
    }

    /// The next segment to encode: at most `slotCount` ahead of the writer, so its slot is free.
    func claim() -> Int? {
        freeSlots.wait()
        guard !isStopped.load(ordering: .acquiring) else { return nil }
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        return index < segmentCount ? index : nil
    }

    func fill(_ index: Int) { filled[index % filled.count].signal() }

    func awaitFilled(_ index: Int) { filled[index % filled.count].wait() }

    /// The writer is done with the oldest segment's slot.
    func free() { freeSlots.signal() }

    func encoderEnds() { ended.signal() }

    /// Ends the encoders, whether all segments are written or not, and waits until none touches the rows any more.
    func stop(encoders: Int) {
        guard !isDrained.exchange(true, ordering: .acquiringAndReleasing) else { return }
        isStopped.store(true, ordering: .releasing)
        for _ in 0..<encoders { freeSlots.signal() }
        for _ in 0..<encoders { ended.wait() }
    }
}
