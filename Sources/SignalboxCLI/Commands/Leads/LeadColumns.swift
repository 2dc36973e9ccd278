import Journeys
import Store
import Values
import Workspace

/// A column of a list of leads: something that the store knows of each, or one of their fields.
struct LeadColumn: Sendable {
    /// As the person named it.
    let name: String
    private let content: Content

    private enum Content: Sendable {
        case known(Known)
        case field(String)
    }

    /// What is known of every lead.
    enum Known: String, CaseIterable, Sendable {
        case id, status, map, version, active, open, agent, channel, moments, events, changed
    }

    private static let fieldPrefix = "fields."

    /// Any other name than those of ``Known`` is a field's; `fields.id` is the field `id`. Nil for an empty name.
    init?(_ name: String) {
        guard !name.isEmpty, name != Self.fieldPrefix else { return nil }
        self.name = name
        if let known = Known(rawValue: name == "lead" ? "id" : name) {
            content = .known(known)
        } else if name.hasPrefix(Self.fieldPrefix) {
            content = .field(String(name.dropFirst(Self.fieldPrefix.count)))
        } else {
            content = .field(name)
        }
    }

    init(_ known: Known) {
        name = known.rawValue
        content = .known(known)
    }

    /// The column of a field, under a name that no other column has.
    init(field: String) {
        name = Known(rawValue: field) == nil && field != "lead" ? field : Self.fieldPrefix + field
        content = .field(field)
    }

    /// The columns in a list of names with commas between them. Nil where a name is empty.
    static func list(_ text: String) -> [LeadColumn]? {
        let names = text.split(separator: ",", omittingEmptySubsequences: false)
        let columns = names.compactMap { LeadColumn(String($0)) }
        return columns.count == names.count ? columns : nil
    }

    /// The field that it shows; nil where it is something else.
    var field: String? { if case .field(let name) = content { name } else { nil } }

    /// What the lead has there; nil for nothing.
    func value(of lead: LeadSummary, at steps: OpenSteps) throws(StoreError) -> Value? {
        switch content {
        case .field(let name): lead.fields[name]
        case .known(let known):
            switch known {
            case .id: .string(lead.id.text)
            case .status: .string(lead.status.rawValue)
            case .map: lead.map.map { .string($0.text) }
            case .version: lead.journey.map { .string($0.version.text) }
            case .active: lead.map == nil ? nil : .bool(lead.isActive)
            case .open: .list(try steps.of(lead).map(Value.string))
            case .agent: lead.agent.map(Value.string)
            case .channel: lead.channel.map(Value.string)
            case .moments: .integer(Int64(lead.lastMoment))
            case .events: .integer(Int64(lead.lastSeq))
            case .changed: .string(lead.changed.description)
            }
        }
    }

    /// The same as people read it.
    func text(of lead: LeadSummary, at steps: OpenSteps) throws(StoreError) -> String {
        guard let value = try value(of: lead, at: steps) else { return "" }
        guard case .known(let known) = content else { return value.forPeople }
        switch known {
        case .changed: return lead.changed.forPeople
        case .version: return String(value.string?.prefix(12) ?? "")
        case .open: return try steps.of(lead).joined(separator: " ")
        // Where it is one, it is nothing else.
        case .id, .status, .map, .agent, .channel: return value.string ?? ""
        case .active, .moments, .events: return value.json
        }
    }
}

/// The steps that are open for leads, by the versions of the maps that their journeys began with.
///
/// Owner: one thread.
final class OpenSteps {
    private let store: any StoreReader
    private var definitions: [MapVersion: MapDefinition?] = [:]

    init(in store: any StoreReader) { self.store = store }

    /// Their paths, in the map's order; none where the journey is over or its map does not read.
    func of(_ lead: LeadSummary) throws(StoreError) -> [String] {
        guard let journey = lead.journey, journey.phase == .active, journey.steps.contains(.open),
            let definition = try definition(journey.version), definition.steps.count == journey.steps.count
        else { return [] }
        return zip(definition.steps, journey.steps).filter { $1 == .open }.map(\.0.pathText)
    }

    private func definition(_ version: MapVersion) throws(StoreError) -> MapDefinition? {
        if let known = definitions[version] { return known }
        let definition = try store.map(version).flatMap { stored in
            try? MapDefinition(kept: stored.source, file: stored.file)
        }
        definitions[version] = .some(definition)
        return definition
    }
}

/// In which order leads are listed: by one column, and where that is the same by the next.
struct LeadOrder {
    private let keys: [(column: LeadColumn, isDescending: Bool)]

    /// Names of columns with commas between them, each with a minus before it to begin with the largest. Nil where a name
    /// is empty.
    init?(_ text: String) {
        var keys: [(LeadColumn, Bool)] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let isDescending = part.hasPrefix("-")
            guard let column = LeadColumn(String(isDescending ? part.dropFirst() : part)) else { return nil }
            keys.append((column, isDescending))
        }
        self.keys = keys
    }

    var columns: [LeadColumn] { keys.map(\.column) }

    /// Leads that have the same stay as they are. Those without a value come last, in either direction.
    func sorted(_ leads: [LeadSummary], at steps: OpenSteps) throws(StoreError) -> [LeadSummary] {
        var rows: [(lead: LeadSummary, values: [Value?], place: Int)] = []
        for (place, lead) in leads.enumerated() {
            var values: [Value?] = []
            for key in keys { values.append(try key.column.value(of: lead, at: steps)) }
            rows.append((lead, values, place))
        }
        rows.sort { left, right in
            for (index, key) in keys.enumerated() {
                let order = Self.compare(left.values[index], right.values[index], key.isDescending)
                if order != 0 { return order < 0 }
            }
            return left.place < right.place
        }
        return rows.map(\.lead)
    }

    private static func compare(_ left: Value?, _ right: Value?, _ isDescending: Bool) -> Int {
        switch (left, right) {
        case (nil, nil): return 0
        case (nil, _): return 1
        case (_, nil): return -1
        case (let left?, let right?):
            let order = compare(left, right)
            return isDescending ? -order : order
        }
    }

    /// Booleans, then numbers, then texts by their bytes, then everything else by its JSON.
    private static func compare(_ left: Value, _ right: Value) -> Int {
        if case .integer(let left) = left, case .integer(let right) = right {
            return left < right ? -1 : left > right ? 1 : 0
        }
        if case .string(let left) = left, case .string(let right) = right { return compareBytes(left, right) }
        if let left = number(left), let right = number(right) {
            return left < right ? -1 : left > right ? 1 : 0
        }
        let (first, second) = (rank(left), rank(right))
        return first == second ? compareBytes(left.json, right.json) : first - second
    }

    private static func number(_ value: Value) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .double(let number): number
        case .null, .bool, .string, .list, .table: nil
        }
    }

    private static func rank(_ value: Value) -> Int {
        switch value {
        case .null: -1
        case .bool: 0
        case .integer, .double: 1
        case .string: 2
        case .list, .table: 3
        }
    }
}
