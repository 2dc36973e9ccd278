public import Values

/// What is removed because it is older than the settings let it be kept (R61). What a lead is now is never removed so: its
/// record, its journey, its notes and to-dos.
public protocol RetentionStore: Sendable {
    /// Removes a piece of what is older, in one transaction that notes in the audit log what it removed.
    ///
    /// A pass over everything of a kind begins with no place, and goes on with ``RetentionStep/next`` as long as there
    /// is one. Each step looks at `limit` things at most.
    ///
    /// - Parameters:
    ///   - time: what is of this time or later stays.
    ///   - place: where the step before ended.
    func remove(
        _ kind: RetentionKind, before time: Timestamp, after place: Int?, limit: Int, at now: Timestamp
    ) throws(StoreError) -> RetentionStep
}

/// What can be kept for a while.
public enum RetentionKind: String, Sendable, Hashable, CaseIterable {
    /// The texts of moments, and what leads were after them.
    case history
    /// Deliveries that are settled, by when they were, with their attempts.
    case deliveries
    /// Incidents that are not open any more, by when they came.
    case incidents
    /// The ids of commands (R40), by when the commands were accepted.
    case ids
}

/// What one step removed.
public struct RetentionStep: Sendable, Hashable {
    public var removal: Removal
    /// Where the next step goes on; nil when nothing older is left.
    public var next: Int?

    public init(_ removal: Removal, next: Int?) {
        self.removal = removal
        self.next = next
    }
}

extension AuditEntry {
    package init(aged removal: Removal, at time: Timestamp) {
        self.init(removed: removal, by: "engine", action: "retention", at: time)
    }
}
