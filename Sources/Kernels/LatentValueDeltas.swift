internal import CKernels

/// Rows of falling positive numbers that end in zeros, as differences of their bit patterns: `values.h` has the layout.
public enum LatentValueDeltas {
    /// Bytes of memory that either way needs beside input and output.
    public static func workBytes(rows: Int, width: Int) -> Int { varve_values_work(rows, width) }

    /// - Parameters:
    ///   - elementBytes: 2 (f16, bf16) or 4 (f32)
    ///   - target: gets the bytes; as long as the caller allows them to be
    /// - Returns: bytes written; nil where they would be longer than `target` or a row does not fall
    public static func encode(
        _ raw: RawSpan, width: Int, elementBytes: Int, into target: inout MutableRawSpan, work: inout MutableRawSpan
    ) -> Int? {
        let rows = raw.byteCount / (width * elementBytes)
        let room = target.byteCount
        precondition(elementBytes == 2 || elementBytes == 4, "numbers of another size")
        precondition(work.byteCount >= workBytes(rows: rows, width: width), "too little memory to work in")
        let written = unsafe withCodecMemory(raw, &target, &work) { from, to, work in
            unsafe varve_values_encode(Int32(elementBytes), from, rows, width, to, room, work)
        }
        return written == 0 ? nil : written
    }

    /// Decodes exactly the rows that `target` has room for; false where the bytes aren't that.
    public static func decode(
        _ stored: RawSpan, width: Int, elementBytes: Int, into target: inout MutableRawSpan, work: inout MutableRawSpan
    ) -> Bool {
        let rows = target.byteCount / (width * elementBytes)
        let length = stored.byteCount
        precondition(elementBytes == 2 || elementBytes == 4, "numbers of another size")
        precondition(work.byteCount >= workBytes(rows: rows, width: width), "too little memory to work in")
        return unsafe withCodecMemory(stored, &target, &work) { from, to, work in
            unsafe varve_values_decode(Int32(elementBytes), from, length, rows, width, to, work) != 0
        } ?? false
    }
}
