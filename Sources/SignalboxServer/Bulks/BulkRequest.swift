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
        do {
            var keys = CommandKeys(table)
            action = try GivenText("do", keys.text("do")).word(of: BulkAction.self)
            filter = try keys.optionalTable("filter") ?? Table()
            let tells = try keys.flag("dry_run")
            let expected = try Self.count(keys.take("expect"))
            try keys.requireNothingElse()
            wanted = try Self.wanted(by: action, filter)
            guard tells || expected != nil else {
                throw Problem(
                    .badRequest,
                    "give `expect`, the most that it may do; with `dry_run` it says how many there are")
            }
            intent = tells ? .tell : .act(expected: expected ?? 0)
        } catch let mistake as MalformedCommand {
            throw Problem(.badRequest, mistake.message)
        } catch let problem as Problem {
            throw problem
        } catch {
            preconditionFailure("\(error) is neither")
        }
    }

    /// Nil where it is not given.
    private static func count(_ value: Value?) throws(Problem) -> Int? {
        let number: Int?
        switch value {
        case nil: return nil
        case .integer(let given): number = Int(given)
        // JSON has one kind of number: `45.0` is 45.
        case .double(let given): number = Int(exactly: given)
        case .null, .bool, .string, .list, .table: number = nil
        }
        guard let number, (0...countLimit).contains(number) else {
            throw Problem(.badRequest, "`expect`: expected a whole number from 0 to \(countLimit)")
        }
        return number
    }

    private static func wanted(by action: BulkAction, _ filter: Table) throws -> Wanted {
        var keys = CommandKeys(filter)
        let lead = try keys.optionalText("lead").map { try GivenText("lead", $0).lead }
        let since = try keys.optionalText("since").map { try GivenText("since", $0).time }
        let wanted: Wanted
        switch action {
        case .retryIncidents:
            var filter = IncidentFilter()
            filter.state = .open
            filter.lead = lead
            filter.plugin = try keys.optionalText("plugin")
            filter.reason = try keys.optionalText("reason")
            filter.run = try keys.optionalText("run")
            filter.since = since
            wanted = .incidents(filter)
        case .retryDeliveries:
            let state = try keys.optionalText("state").map {
                try GivenText("state", $0).word(of: DeliveryState.self)
            }
            if let state, !state.canBeSentAgain {
                throw Problem(
                    .badRequest,
                    "`state`: only what is dead or unknown can be sent again, and not what is \(state.rawValue)"
                )
            }
            let kind = try keys.optionalText("kind").map {
                try GivenText("kind", $0).word(of: Outgoing.Kind.self)
            }
            let filter = DeliveryFilter(lead: lead, kind: kind, to: try keys.optionalText("to"), since: since)
            wanted = .deliveries(
                filter, state.map { [$0] } ?? DeliveryState.allCases.filter(\.canBeSentAgain))
        }
        try keys.requireNothingElse()
        return wanted
    }
}
