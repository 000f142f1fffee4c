/// The SQL of the catalogue, one migration a file, and what a file must say of itself to be one.
public enum Schema {
    /// One step from a schema version to the next.
    public struct Migration: Sendable {
        /// The version that the catalogue has afterwards, kept in SQLite's `user_version`.
        public let version: Int
        /// The file's name without its version.
        public let name: String
        /// Statements, as in the file.
        public let sql: String
    }

    /// SQLite's `application_id` of a catalogue: "VARV".
    public static let applicationID = 0x5641_5256

    /// Every migration, oldest first.
    public static let migrations = [
        Migration(version: 1, name: "catalog", sql: text(PackageResources.v001_catalog_sql)),
        Migration(
            version: 2, name: "groups_and_removals", sql: text(PackageResources.v002_groups_and_removals_sql)),
    ]

    /// The version that this code writes.
    public static let currentVersion = 2

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
