// TEMPORARY until Store's own lands.
import Store
public final class ResultsFile: Sendable {
    init(store: String) {}
    func list() throws -> [(name: String, kind: String)] { [] }
    func load(name: String) throws -> (kind: String, payload: [UInt8])? { nil }
    func save(name: String, kind: String, payload: [UInt8], provenance: String, overwrite: Bool) throws {}
}
