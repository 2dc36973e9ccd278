import GRDB
public import Store
import Values

extension SQLiteStore {
    public func versions(
        of kind: StoredVersion.Kind, named name: String?
    ) throws(StoreError) -> [StoredVersion] {
        try read { db in
            try PreparedStatement(
                """
                SELECT name, hash, declared, since FROM versions
                WHERE kind = ?1 AND (?2 IS NULL OR name = ?2) ORDER BY id
                """, on: db
            ).rows(.text(kind.rawValue), Argument(name)) { row in
                StoredVersion(
                    kind: kind, name: try row.text(0), hash: try row.text(1),
                    declared: try row.optionalText(2), since: try row.timestamp(3))
            }
        }
    }

    public func source(
        of kind: StoredVersion.Kind, named name: String, hash: String
    ) throws(StoreError) -> StoredSource? {
        try read { db in
            let found = try PreparedStatement(
                "SELECT id, declared, since FROM versions WHERE kind = ? AND name = ? AND hash = ?", on: db
            ).first(.text(kind.rawValue), .text(name), .text(hash)) { row in
                let version = StoredVersion(
                    kind: kind, name: name, hash: hash, declared: try row.optionalText(1),
                    since: try row.timestamp(2))
                return (id: try row.count(0), version: version)
            }
            guard let found else { return nil }
            let files = try PreparedStatement(
                """
                SELECT version_files.name, sources.bytes
                FROM version_files JOIN sources ON sources.hash = version_files.source
                WHERE version_files.version = ? ORDER BY version_files.name
                """, on: db
            ).rows(.integer(found.id)) { StoredSource.File(name: try $0.text(0), bytes: try $0.bytes(1)) }
            return StoredSource(version: found.version, files: files)
        }
    }
}

extension StoredVersion {
    /// Of all versions that are kept.
    static func keys(on db: Database) throws -> Set<[ExactText]> {
        Set(
            try PreparedStatement("SELECT kind, name, hash FROM versions", on: db)
                .rows { [ExactText(try $0.text(0)), ExactText(try $0.text(1)), ExactText(try $0.text(2))] })
    }
}

extension StoredSource {
    /// Adds a version that is not there. Of its files, those that another version has are there already.
    func insert(on db: Database) throws {
        try PreparedStatement(
            "INSERT INTO versions (kind, name, hash, declared, since) VALUES (?, ?, ?, ?, ?)", on: db
        ).run(
            .text(version.kind.rawValue), .text(version.name), .text(version.hash),
            Argument(version.declared), .integer(Int(version.since.milliseconds)))
        let row = Int(db.lastInsertedRowID)
        for file in files {
            let hash = Argument.text(SHA256.hexadecimal(of: file.bytes))
            try PreparedStatement(
                "INSERT INTO sources (hash, bytes) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING", on: db
            ).run(hash, .bytes(file.bytes))
            try PreparedStatement(
                "INSERT INTO version_files (version, name, source) VALUES (?, ?, ?)", on: db
            ).run(.integer(row), .text(file.name), hash)
        }
    }
}
