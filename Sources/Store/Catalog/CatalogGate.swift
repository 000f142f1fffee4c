import Schema

extension CatalogTransaction {
    /// Refuses a file that is no catalogue of this store and version; compares the schema's text exactly.
    func checkGate(uuid: String) throws {
        let application = try number("PRAGMA application_id")
        let version = try number("PRAGMA user_version")
        guard application == Schema.applicationID else {
            throw StoreError.damagedCatalog(
                path, "application id", expected: "\(Schema.applicationID)", found: "\(application)")
        }
        guard version <= Schema.currentVersion else {
            throw StoreError(
                .newerFormat,
                "\(path): a newer varve wrote this catalogue (version \(version)); this one reads \(Schema.currentVersion)"
            )
        }
        guard version == Schema.currentVersion else {
            throw StoreError.damagedCatalog(
                path, "schema version", expected: "\(Schema.currentVersion)", found: "\(version)")
        }
        let found = try schemaLines()
        let expected = Catalog.expectedSchema
        if found != expected {
            let other = zip(found, expected).first { $0 != $1 }
            throw StoreError.damagedCatalog(
                path, "schema", expected: other?.1 ?? "\(expected.count) objects",
                found: other?.0 ?? "\(found.count) objects")
        }
        var stored = ""
        try scan(.store) { stored = try $0.text(1) }
        guard stored == uuid else {
            throw StoreError.damagedCatalog(path, "store identity", expected: uuid, found: stored)
        }
    }
}
