import Foundation
import Store
import Tensor

/// The captures that `analyses/data.py` lists, written to a store from the npy files that the peers read.
struct Captures: Decodable {
    struct Column: Decodable {
        let name: String
        let type: String
        let file: String
        let width: Int
    }
    struct Capture: Decodable {
        let model: String
        let dataset: String
        let rows: Int
        /// Tokens of a prompt.
        let prompt: Int
        let columns: [Column]
        /// File of a class for each prompt.
        let classes: String?
        let latents: Int
    }
    let captures: [Capture]

    init(folder: String) throws {
        self = try JSONDecoder().decode(
            Captures.self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/captures.json")))
    }
}

/// Rows of an npy file, mapped: the header is skipped, the type is known.
func mappedRows(_ path: String, byteCount: Int) throws -> UnsafeRawBufferPointer {
    let file = open(path, O_RDONLY)
    guard file >= 0 else { throw BenchmarkError("cannot open \(path)") }
    defer { close(file) }
    let size = Int(lseek(file, 0, SEEK_END))
    guard size > byteCount else { throw BenchmarkError("\(path) is too short") }
    let memory = mmap(nil, size, PROT_READ, MAP_PRIVATE, file, 0)
    guard let memory, memory != MAP_FAILED else { throw BenchmarkError("mmap: errno \(errno)") }
    return UnsafeRawBufferPointer(start: memory + (size - byteCount), count: byteCount)
}

extension Captures.Capture {
    private var specs: [ColumnSpec] {
        get throws {
            var specs = [
                ColumnSpec(id: .tokenID, elementType: .uint32, width: 1),
                ColumnSpec(id: .role, elementType: .uint8, width: 1),
            ]
            for column in columns {
                guard let id = ColumnID(canonical: column.name), let type = ElementType(rawValue: column.type) else {
                    throw BenchmarkError("column \(column.name) of type \(column.type)")
                }
                specs.append(ColumnSpec(id: id, elementType: type, width: column.width))
            }
            return specs
        }
    }

    func write(to store: StoreWriter, folder: String) throws {
        let specs = try specs
        var spaces: [LatentSpace] = []
        var modules: [AdapterModule] = []
        for spec in specs {
            if case .latentIndex(let site) = spec.id {
                spaces.append(LatentSpace(site: site, latents: latents, topK: spec.width, digest: "bench"))
            }
            if case .site(let site) = spec.id, site.point == .lora {
                modules.append(AdapterModule(site: site, rank: 1, scale: 1, bNorms: [1]))
            }
        }
        let promptCount = rows / prompt
        let kinds = try classes.map { try mappedRows(folder + "/" + $0, byteCount: promptCount) }
        let prompts = (0..<promptCount).map { index in
            PromptRecord(
                key: "p\(index)", source: "window \(index)",
                metadata: kinds.map { [("kind", .string($0[index] == 1 ? "one" : "zero"))] } ?? [], tokenCount: prompt)
        }
        let spec = CaptureSpec(
            model: model, dataset: dataset, modelDigest: model, tokenizerDigest: "none",
            adapterDigest: modules.isEmpty ? nil : "none", architecture: "bench",
            layerCount: 64, hiddenSize: 768, columns: specs, latentSpaces: spaces, adapterModules: modules)
        let capture = try store.beginCapture(spec, prompts: prompts)
        let tokens = try mappedRows(folder + "/token_ids.npy", byteCount: 4 * 200_064)
        let roles = [UInt8](repeating: 0, count: rows)
        let columns = try self.columns.enumerated().map { index, column in
            try mappedRows(folder + "/" + column.file, byteCount: rows * specs[index + 2].rowBytes)
        }
        for chunk in capture.plannedChunks {
            try roles.withUnsafeBytes { roles in
                let whole = [tokens, roles] + columns
                try capture.submit(
                    chunk,
                    rows: zip(specs, whole).map { spec, bytes in
                        UnsafeRawBufferPointer(
                            rebasing: bytes[
                                chunk.firstRow * spec.rowBytes..<(chunk.firstRow + chunk.rowCount) * spec.rowBytes])
                    })
                try capture.acknowledge()
            }
        }
        try capture.finish()
    }
}

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
    init(_ text: String) { description = text }
}
