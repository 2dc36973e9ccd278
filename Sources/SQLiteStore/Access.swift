import GRDB
import Journeys
public import Store
public import Values

extension Schema {
    /// A name is free for another token when one is revoked, so that a token can be replaced.
    static let access = """
        CREATE TABLE tokens (               -- of the API
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            role TEXT NOT NULL,
            hash TEXT NOT NULL UNIQUE,      -- SHA-256 of the token, which is not kept
            made INTEGER NOT NULL,          -- in milliseconds since 1970
            revoked INTEGER
        ) STRICT;

        CREATE UNIQUE INDEX tokens_in_use ON tokens (name) WHERE revoked IS NULL;

        CREATE TABLE audit (                -- of changes by the API
            id INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            token TEXT NOT NULL,            -- its name
            address TEXT NOT NULL,
            request TEXT NOT NULL,
            action TEXT NOT NULL,
            lead TEXT,
            result TEXT NOT NULL
        ) STRICT;
        """
}

extension SQLiteStore {
    public func addToken(_ token: AccessToken) throws(StoreError) {
        try write { writer in
            try token.requireReadable()
            try writer.transaction { db in
                do {
                    try PreparedStatement(
                        "INSERT INTO tokens (name, role, hash, made, revoked) VALUES (?, ?, ?, ?, ?)", on: db
                    ).run(
                        .text(token.name), .text(token.role.rawValue), .text(token.hash),
                        Argument(token.made), Argument(token.revoked))
                } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
                    throw StoreError.tokenTaken(token.name)
                }
            }
        }
    }

    public func tokens() throws(StoreError) -> [AccessToken] {
        try read { db in
            try PreparedStatement("\(AccessToken.select) ORDER BY id", on: db).rows { try AccessToken($0) }
        }
    }

    public func token(hash: String) throws(StoreError) -> AccessToken? {
        try readOnce { db in
            try PreparedStatement("\(AccessToken.select) WHERE hash = ?", on: db)
                .first(.text(hash)) { try AccessToken($0) }
        }
    }

    public func revokeToken(_ name: String, at time: Timestamp) throws(StoreError) {
        try write { writer in
            try time.requireReadable("a token's end")
            try writer.transaction { db in
                try PreparedStatement(
                    "UPDATE tokens SET revoked = ? WHERE name = ? AND revoked IS NULL", on: db
                ).run(Argument(time), .text(name))
                guard db.changesCount == 1 else { throw StoreError.noSuchToken(name) }
            }
        }
    }

    public func appendAudit(_ entries: [AuditEntry]) throws(StoreError) {
        try write { writer in
            for entry in entries { try entry.at.requireReadable("an entry of the audit log") }
            if entries.isEmpty { return }
            try writer.transaction { db in
                try db.append(try entries.map { try named($0, on: db) })
            }
        }
    }

    /// The entry with the name of an erased lead in the place of its id.
    private func named(_ entry: AuditEntry, on db: Database) throws -> AuditEntry {
        guard mayHaveErased, let lead = entry.lead.flatMap(LeadID.init) else { return entry }
        let isErased =
            try PreparedStatement("SELECT 1 FROM settled_leads WHERE lead = ?", on: db)
            .first(.text(names.name(of: lead))) { _ in true } ?? false
        var entry = entry
        if isErased { entry.lead = AuditEntry.erasedLead(hash: names.hash(of: lead)) }
        return entry
    }

    public func audit(before row: Int?, limit: Int) throws(StoreError) -> [StoredAuditEntry] {
        try read { db in
            try PreparedStatement(
                "\(StoredAuditEntry.select) WHERE id <= ? ORDER BY id DESC LIMIT ?", on: db
            ).rows(Argument(below: row), .integer(limit)) { try StoredAuditEntry($0) }
        }
    }
}

extension Database {
    func append(_ entries: [AuditEntry]) throws {
        let insert = try PreparedStatement(
            """
            INSERT INTO audit (at, token, address, request, action, lead, result)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """, on: self)
        for entry in entries {
            try insert.run(
                Argument(entry.at), .text(entry.token), .text(entry.address), .text(entry.request),
                .text(entry.action), Argument(entry.lead), .text(entry.result))
        }
    }
}

extension AccessToken {
    static let select = "SELECT name, role, hash, made, revoked FROM tokens"

    /// - Parameter row: one of ``select``.
    init(_ row: ResultRow) throws(StoreError) {
        guard let role = AccessRole(rawValue: try row.text(1)) else {
            throw .damaged("a token has a role that does not exist")
        }
        self.init(
            name: try row.text(0), role: role, hash: try row.text(2), made: try row.timestamp(3),
            revoked: try row.optionalTimestamp(4))
    }
}

extension StoredAuditEntry {
    static let select = "SELECT id, at, token, address, request, action, lead, result FROM audit"

    /// - Parameter row: one of ``select``.
    init(_ row: ResultRow) throws(StoreError) {
        self.init(
            row: try row.count(0),
            entry: AuditEntry(
                at: try row.timestamp(1), token: try row.text(2), address: try row.text(3),
                request: try row.text(4), action: try row.text(5), lead: try row.optionalText(6),
                result: try row.text(7)))
    }
}
