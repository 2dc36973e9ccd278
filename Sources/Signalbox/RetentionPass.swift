package import Store
package import Values
package import Workspace

/// Removes what is older than the settings let it be kept, a piece at a time (R61).
package struct RetentionPass: Sendable {
    private let store: any RetentionStore
    private let now: Timestamp
    private let pieceLimit: Int
    /// What is left to do, the first first.
    private var kinds: [(kind: RetentionKind, before: Timestamp)]
    private var place: Int?
    /// What was removed so far.
    package private(set) var removal = Removal()

    /// - Parameter pieceLimit: how many things a piece may be: commits wait while one is removed.
    package init(
        _ retention: Settings.Retention, in store: any RetentionStore, at now: Timestamp,
        pieceLimit: Int = 500
    ) {
        self.store = store
        self.now = now
        self.pieceLimit = pieceLimit
        // The ids first: what moments keep of their commands is for those alone.
        let kept: [(RetentionKind, Duration?)] = [
            (.ids, retention.ids), (.history, retention.history), (.deliveries, retention.deliveries),
            (.incidents, retention.incidents),
        ]
        kinds = kept.compactMap { kind, time in
            time.map { (kind, Timestamp(milliseconds: now.milliseconds - $0.wholeMilliseconds)) }
        }
    }

    /// Whether nothing is left to do.
    package var isOver: Bool { kinds.isEmpty }

    /// Removes the next piece. Blocks its thread.
    package mutating func step() throws(StoreError) {
        guard let next = kinds.first else { return }
        let step = try store.remove(
            next.kind, before: next.before, after: place, limit: pieceLimit, at: now)
        removal += step.removal
        place = step.next
        if place == nil { kinds.removeFirst() }
    }
}
