import Store
import Tensor
import TensorFiles

/// `varve info --format json`: one object, bytes and rows as numbers.
enum InfoJSON {
    /// - Parameter summary: with it every capture has its columns
    static func text(
        _ snapshot: Snapshot, _ captures: [CaptureRecord], _ summary: StoreSummary?
    ) throws -> String {
        var out = JSONWriter(indent: 2)
        out.beginObject()
        out.field("path", snapshot.path)
        out.field("store", snapshot.storeID)
        out.field("format", try snapshot.formatVersion())
        out.field("generation", snapshot.generation)
        out.key("captures")
        out.beginArray()
        for (place, capture) in captures.enumerated() { write(capture, summary?.captures[place], &out) }
        out.endArray()
        out.key("removed")
        out.beginArray()
        for piece in try snapshot.removedPieces() {
            out.beginObject()
            out.field("kind", piece.kind.rawValue)
            out.field("capture", piece.name)
            out.field("chunks", piece.chunkCount)
            out.field("stored_bytes", piece.storedBytes)
            out.endObject()
        }
        out.endArray()
        out.field("purgeable_bytes", snapshot.purgeableBytes)
        let kept = try snapshot.quarantined()
        out.field("quarantined_files", kept.files)
        out.field("quarantined_bytes", kept.bytes)
        out.endObject()
        return out.text + "\n"
    }

    private static func write(
        _ capture: CaptureRecord, _ summary: StoreSummary.Capture?, _ out: inout JSONWriter
    ) {
        out.beginObject()
        out.field("model", capture.model)
        out.field("dataset", capture.dataset)
        out.key("complete")
        out.bool(capture.isComplete)
        out.field("prompts", capture.promptCount)
        out.field("tokens", capture.rowCount)
        out.field("chunks", capture.groups.reduce(0) { $0 + $1.chunks.count })
        out.field("raw_bytes", capture.rawBytes)
        out.field("stored_bytes", capture.storedBytes)
        if let summary {
            out.key("columns")
            out.beginArray()
            for column in summary.columns { write(column, &out) }
            out.endArray()
        }
        out.endObject()
    }

    private static func write(_ column: StoreSummary.Column, _ out: inout JSONWriter) {
        out.beginObject()
        out.field("name", column.spec.id.canonicalName)
        out.field("type", column.spec.elementType.rawValue)
        out.field("width", column.spec.width)
        out.field("rows", column.rowCount)
        out.field("raw_bytes", column.rawBytes)
        out.field("stored_bytes", column.storedBytes)
        out.key("blocks")
        out.beginObject()
        for (name, blocks) in column.encodings.sorted(by: { $0.key < $1.key }) { out.field(name, blocks) }
        out.endObject()
        out.key("max_error")
        out.double(column.maximumError)
        out.key("rms_error")
        out.double(column.rmsError)
        out.endObject()
    }
}

extension JSONWriter {
    fileprivate mutating func field(_ name: String, _ text: String) {
        key(name)
        string(text)
    }

    fileprivate mutating func field(_ name: String, _ number: Int) {
        key(name)
        int(number)
    }
}
