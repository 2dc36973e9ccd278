public import Journeys
public import Values

/// What a bulk does with each of its items.
public enum BulkAction: String, Sendable, Hashable, CaseIterable {
    /// Runs the calls of incidents again (R36). An item is an incident's number.
    case retryIncidents = "retry_incidents"
    /// Lets deliveries be sent again (R57). An item is a delivery's row.
    case retryDeliveries = "retry_deliveries"
}

public struct NewBulk: Sendable, Hashable {
    public var action: BulkAction
    /// As it was given, for who looks at it later.
    public var filter: Table
    /// Who asked: a token's name.
    public var by: String
    public var at: Timestamp
    /// Each with its lead.
    public var items: [Item]

    public struct Item: Sendable, Hashable {
        public var number: Int
        public var lead: LeadID

        public init(_ number: Int, of lead: LeadID) {
            self.number = number
            self.lead = lead
        }
    }

    public init(_ action: BulkAction, filter: Table, by: String, at: Timestamp, items: [Item]) {
        self.action = action
        self.filter = filter
        self.by = by
        self.at = at
        self.items = items
    }
}

public struct StoredBulk: Sendable, Hashable {
    public var number: Int
    public var action: BulkAction
    public var filter: Table
    public var by: String
    public var at: Timestamp
    /// How many items it has, and how many of them were done and failed.
    public var count: Int
    public var doneCount: Int
    public var failedCount: Int

    public init(
        _ number: Int, _ action: BulkAction, filter: Table, by: String, at: Timestamp, count: Int,
        doneCount: Int = 0, failedCount: Int = 0
    ) {
        self.number = number
        self.action = action
        self.filter = filter
        self.by = by
        self.at = at
        self.count = count
        self.doneCount = doneCount
        self.failedCount = failedCount
    }

    public var isOver: Bool { doneCount + failedCount == count }
}

public struct BulkItem: Sendable, Hashable {
    /// Its number among its bulk's, from 1.
    public var place: Int
    /// Of the incident, or the row of the delivery.
    public var number: Int

    public init(place: Int, number: Int) {
        self.place = place
        self.number = number
    }
}

public struct BulkResult: Sendable, Hashable {
    public var place: Int
    /// Why it was not done; nil when it was.
    public var failure: Failure?

    public struct Failure: Sendable, Hashable {
        public var reason: String
        public var message: String

        public init(reason: String, message: String) {
            self.reason = reason
            self.message = message
        }
    }

    public init(place: Int, failure: Failure? = nil) {
        self.place = place
        self.failure = failure
    }
}

public struct BulkFailure: Sendable, Hashable {
    public var item: BulkItem
    public var failure: BulkResult.Failure

    public init(_ item: BulkItem, _ failure: BulkResult.Failure) {
        self.item = item
        self.failure = failure
    }
}

extension NewBulk {
    package func requireReadable() throws(StoreError) { try at.requireReadable("a bulk") }
}

/// Work on many things that is done piece by piece: incidents to run again, deliveries to send again. What it is
/// for is fixed when it begins, and it goes on in the next process.
///
/// Each change is durable when the call returns; when it throws, nothing has changed.
public protocol BulkStore: Sendable {
    /// Adds a bulk, and answers its number.
    func addBulk(_ bulk: NewBulk) throws(StoreError) -> Int

    /// Nil when there is no such bulk.
    func bulk(_ number: Int) throws(StoreError) -> StoredBulk?

    /// The bulks of which items are left to do, in the order in which they began.
    func unfinishedBulks() throws(StoreError) -> [Int]

    /// The next items of the bulk that are left to do, at most `limit`.
    func nextItems(ofBulk number: Int, limit: Int) throws(StoreError) -> [BulkItem]

    /// Notes how items ended that were left to do.
    func settle(_ results: [BulkResult], ofBulk number: Int) throws(StoreError)

    /// The items of the bulk that failed, in their order, those behind the place `place`, at most `limit`.
    func failures(ofBulk number: Int, after place: Int, limit: Int) throws(StoreError) -> [BulkFailure]
}
