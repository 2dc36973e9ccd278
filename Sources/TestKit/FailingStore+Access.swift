public import Store
public import Values

extension FailingStore {
    public func addToken(_ token: AccessToken) throws(StoreError) {
        try step(.access)
        try store.addToken(token)
    }

    public func tokens() throws(StoreError) -> [AccessToken] {
        try reading(.listing) { store throws(StoreError) in try store.tokens() }
    }

    public func token(hash: String) throws(StoreError) -> AccessToken? {
        try reading(.listing) { store throws(StoreError) in try store.token(hash: hash) }
    }

    public func revokeToken(_ name: String, at time: Timestamp) throws(StoreError) {
        try step(.access)
        try store.revokeToken(name, at: time)
    }

    public func appendAudit(_ entries: [AuditEntry]) throws(StoreError) {
        try step(.access)
        try store.appendAudit(entries)
    }

    public func audit(before row: Int?, limit: Int) throws(StoreError) -> [StoredAuditEntry] {
        try reading(.listing) { store throws(StoreError) in try store.audit(before: row, limit: limit) }
    }
}
