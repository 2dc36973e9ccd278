/// What is to leave, as it was committed with its moments.
public protocol OutboxStore: Sendable {
    /// What is to leave, in the order in which it was committed: rows after the row `after`, at most `limit`.
    func outbox(after: Int, limit: Int) throws(StoreError) -> [StoredOutgoing]
}
