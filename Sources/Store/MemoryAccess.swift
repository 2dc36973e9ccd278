import Journeys
import Synchronization
public import Values

/// The tokens and the audit log of a store in memory.
struct MemoryAccess: Sendable {
    private(set) var tokens: [AccessToken] = []
    private(set) var audit: [StoredAuditEntry] = []

    mutating func add(_ token: AccessToken) throws(StoreError) {
        try token.requireReadable()
        let isTaken = tokens.contains { other in
            sameBytes(other.hash, token.hash)
                || token.revoked == nil && other.revoked == nil && sameBytes(other.name, token.name)
        }
        if isTaken { throw .tokenTaken(token.name) }
        tokens.append(token)
    }

    mutating func revoke(_ name: String, at time: Timestamp) throws(StoreError) {
        try time.requireReadable("a token's end")
        guard let index = tokens.firstIndex(where: { $0.revoked == nil && sameBytes($0.name, name) }) else {
            throw .noSuchToken(name)
        }
        tokens[index].revoked = time
    }

    /// Names the lead in its place in all entries.
    mutating func rename(_ lead: LeadID, to name: String) {
        for index in audit.indices where audit[index].entry.lead.map({ sameBytes($0, lead.text) }) ?? false {
            audit[index].entry.lead = name
        }
    }

    mutating func append(_ entries: [AuditEntry]) throws(StoreError) {
        for entry in entries { try entry.at.requireReadable("an entry of the audit log") }
        for entry in entries { append(entry) }
    }

    /// Of a time that can be kept.
    mutating func append(_ entry: AuditEntry) {
        audit.append(StoredAuditEntry(row: audit.count + 1, entry: entry))
    }
}

extension MemoryStore {
    public func addToken(_ token: AccessToken) throws(StoreError) {
        try contents.withLock { contents throws(StoreError) in try contents.access.add(token) }
    }

    public func tokens() -> [AccessToken] { contents.withLock { $0.access.tokens } }

    public func token(hash: String) -> AccessToken? {
        contents.withLock { contents in contents.access.tokens.first { sameBytes($0.hash, hash) } }
    }

    public func revokeToken(_ name: String, at time: Timestamp) throws(StoreError) {
        try contents.withLock { contents throws(StoreError) in try contents.access.revoke(name, at: time) }
    }

    public func appendAudit(_ entries: [AuditEntry]) throws(StoreError) {
        try contents.withLock { contents throws(StoreError) in
            let entries = entries.map { entry in
                var entry = entry
                if let lead = entry.lead.flatMap(LeadID.init), contents.leads[lead]?.lead.isErased == true {
                    entry.lead = contents.nameOfErased(lead)
                }
                return entry
            }
            try contents.access.append(entries)
        }
    }

    public func audit(before row: Int?, limit: Int) -> [StoredAuditEntry] {
        contents.withLock { contents in
            Array(contents.access.audit.reversed().lazy.filter { $0.row < row ?? .max }.prefix(limit))
        }
    }
}
