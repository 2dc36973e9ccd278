import Journeys
import Store
import Values

/// What `POST /v1/bulk` is asked:
///
///     {"do":"retry_incidents","filter":{"plugin":"greeting"},"dry_run":true}
///     {"do":"retry_incidents","filter":{"plugin":"greeting"},"expect":12}
struct BulkRequest: Sendable {
    /// A bulk has at most so many items.
    static let countLimit = 100_000

    let action: BulkAction
    /// As it was given.
    let filter: Table
    let wanted: Wanted
    let intent: Intent

    /// What the filter means.
    enum Wanted: Sendable {
        case incidents(IncidentFilter)
        /// Those in any of the states.
        case deliveries(DeliveryFilter, [DeliveryState])
    }

    enum Intent: Sendable {
        /// Only say what it would be.
        case tell
        /// Do it, if there are at most so many.
        case act(expected: Int)
    }

    init(reading value: Value) throws(Problem) {
        guard let table = value.table else {
            throw Problem(.badRequest, "a bulk is a JSON object, not a \(value.typeName)")
        }
        var members = Members(table, "there is no key")
        guard let action = try members.word("do", of: BulkAction.self) else {
            throw Problem(.badRequest, "`do` is missing")
        }
        let given = members.take("filter") ?? .table(Table())
        guard let filter = given.table else {
            throw Problem(.badRequest, "`filter` is a \(given.typeName); expected an object")
        }
        let tells = try members.flag("dry_run")
        let expected = try members.count("expect", upTo: Self.countLimit)
        try members.requireNothingElse()
        self.action = action
        self.filter = filter
        wanted = try Self.wanted(by: action, filter)
        if tells {
            intent = .tell
        } else if let expected {
            intent = .act(expected: expected)
        } else {
            throw Problem(
                .badRequest,
                "give `expect`, the most that it may do; with `dry_run` it says how many there are")
        }
    }

    private static func wanted(by action: BulkAction, _ filter: Table) throws(Problem) -> Wanted {
        var members = Members(filter, "there is no filter")
        let wanted: Wanted
        switch action {
        case .retryIncidents:
            var filter = IncidentFilter()
            filter.state = .open
            filter.lead = try members.lead("lead")
            filter.plugin = try members.text("plugin")
            filter.reason = try members.text("reason")
            filter.run = try members.text("run")
            filter.since = try members.time("since")
            wanted = .incidents(filter)
        case .retryDeliveries:
            let state = try members.word("state", of: DeliveryState.self)
            if let state, !state.canBeSentAgain {
                throw Problem(
                    .badRequest,
                    "`state`: only what is dead or unknown can be sent again, and not what is \(state.rawValue)"
                )
            }
            let filter = DeliveryFilter(
                lead: try members.lead("lead"), kind: try members.word("kind", of: Outgoing.Kind.self),
                to: try members.text("to"), since: try members.time("since"))
            wanted = .deliveries(
                filter, state.map { [$0] } ?? DeliveryState.allCases.filter(\.canBeSentAgain))
        }
        try members.requireNothingElse()
        return wanted
    }
}

/// The members of an object, taken one by one, so that an unknown one is told.
private struct Members {
    private var left: Table
    private let unknown: String

    init(_ table: Table, _ unknown: String) {
        left = table
        self.unknown = unknown
    }

    mutating func take(_ key: String) -> Value? {
        guard let value = left[key] else { return nil }
        left[key] = nil
        return value
    }

    mutating func text(_ key: String) throws(Problem) -> String? {
        guard let value = take(key) else { return nil }
        guard let text = value.string else {
            throw Problem(.badRequest, "`\(key)` is a \(value.typeName); expected a string")
        }
        return text
    }

    mutating func flag(_ key: String) throws(Problem) -> Bool {
        guard let value = take(key) else { return false }
        guard case .bool(let flag) = value else {
            throw Problem(.badRequest, "`\(key)` is a \(value.typeName); expected true or false")
        }
        return flag
    }

    mutating func count(_ key: String, upTo limit: Int) throws(Problem) -> Int? {
        guard let value = take(key) else { return nil }
        let number: Int? =
            switch value {
            case .integer(let number): Int(number)
            // JSON has one kind of number: `45.0` is 45.
            case .double(let number): Int(exactly: number)
            case .null, .bool, .string, .list, .table: nil
            }
        guard let number, (0...limit).contains(number) else {
            throw Problem(.badRequest, "`\(key)`: expected a whole number from 0 to \(limit)")
        }
        return number
    }

    mutating func lead(_ key: String) throws(Problem) -> LeadID? {
        try text(key).map { text throws(Problem) in try GivenText(key, text).lead }
    }

    mutating func time(_ key: String) throws(Problem) -> Timestamp? {
        try text(key).map { text throws(Problem) in try GivenText(key, text).time }
    }

    mutating func word<Word: RawRepresentable<String> & CaseIterable>(
        _ key: String, of type: Word.Type
    ) throws(Problem) -> Word? {
        try text(key).map { text throws(Problem) in try GivenText(key, text).word(of: type) }
    }

    func requireNothingElse() throws(Problem) {
        guard let first = Array(left.keys).first else { return }
        throw Problem(.badRequest, "\(unknown) `\(first.printable)` here")
    }
}
