import Schema

extension CatalogTransaction {
    /// Refuses a file that is no catalogue of this store; compares the schema's text exactly. Gives the schema's version.
    @discardableResult
    func checkGate(uuid: String) throws -> CatalogVersion {
        let application = try number("PRAGMA application_id")
        let found = try number("PRAGMA user_version")
        guard application == Schema.applicationID else {
            throw StoreError.damagedCatalog(
                path, "application id", expected: "\(Schema.applicationID)", found: "\(application)")
        }
        guard found <= Schema.currentVersion else {
            throw StoreError(
                .newerFormat,
                "\(path): a newer varve wrote this catalogue: reading it needs one that knows version \(found); "
                    + "this one knows versions up to \(Schema.currentVersion)")
        }
        guard let version = CatalogVersion(rawValue: found) else {
            throw StoreError.damagedCatalog(
                path, "schema version", expected: "1 to \(Schema.currentVersion)", found: "\(found)")
        }
        let lines = try schemaLines()
        let expected = Catalog.expectedSchema(version)
        if lines != expected {
            let other = zip(lines, expected).first { $0 != $1 }
            throw StoreError.damagedCatalog(
                path, "schema", expected: other?.1 ?? "\(expected.count) objects",
                found: other?.0 ?? "\(lines.count) objects")
        }
        var stored = ""
        try scan(.store) { stored = try $0.text(1) }
        guard stored == uuid else {
            throw StoreError.damagedCatalog(path, "store identity", expected: uuid, found: stored)
        }
        return version
    }
}
