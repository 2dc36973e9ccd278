import Journeys
import Store
import Values

/// What a viewer is not shown: the values of the fields that `serve.mask` names, and of what leaves the building its
/// addressee and what it says.
///
/// Names are compared by their bytes, and matter at any depth. Text in which a plugin wrote a value itself is not looked
/// into, such as a note.
struct Mask: Sendable {
    let names: Set<ExactText>

    /// In place of a value that is not shown.
    static let hidden = "***"

    /// Nil where nothing is masked.
    init?(_ names: [String]) {
        if names.isEmpty { return nil }
        self.names = Set(names.map { ExactText($0) })
    }

    func callAsFunction(_ value: Value) -> Value {
        switch value {
        case .null, .bool, .integer, .double, .string: value
        case .list(let items): .list(items.map { self($0) })
        case .table(let table): .table(masked(table, as: Form(of: table, names)))
        }
    }

    private func masked(_ table: Table, as form: Form) -> Table {
        var masked = Table(reservingCapacity: table.count)
        for entry in table {
            masked[entry.key] =
                if names.contains(entry.key) {
                    Self.hiding(entry.value)
                } else if let form = form.form(of: entry.key), let inner = entry.value.table {
                    .table(self.masked(inner, as: form))
                } else if form.hides(entry.key) || quotesMail(entry) {
                    Self.hiding(entry.value)
                } else {
                    self(entry.value)
                }
        }
        return masked
    }

    /// That there is no value is shown.
    private static func hiding(_ value: Value) -> Value { value.isNull ? .null : .string(hidden) }

    /// Whether it is what a failed call says, in words of ours that may quote an address.
    private func quotesMail(_ entry: Table.Entry) -> Bool {
        guard ["message", "traceback"].contains(where: { sameBytes($0, entry.key) }),
            let text = entry.value.string
        else { return false }
        return Outgoing.Kind.allCases.contains { text.contains("host.\($0.rawValue).send") }
    }
}

/// What an object tells of, as far as that hides members of it.
private enum Form {
    /// An effect that leaves the building, or what a delivery says.
    case outgoing
    /// A delivery, in whichever form: its record, its line, the command or the event of its end.
    case delivery
    case attempt
    /// The incident that a delivery became.
    case undelivered
    /// Values of a masked field, or stored under its name, in members that are not named as it is.
    case values
    case bulkOfDeliveries
    case other

    init(of table: Table, _ names: Set<ExactText>) {
        func text(_ key: String) -> String { table[key]?.string ?? "" }
        let isOfName = ["field", "key"].contains { key in
            table[key]?.string.map { names.contains($0) } ?? false
        }
        self =
            if Outgoing.Kind(rawValue: text("do")) != nil {
                .outgoing
            } else if Outgoing.Kind(rawValue: text("kind")) != nil, table["to"] != nil {
                .delivery
            } else if table["attempt"] != nil, table["began"] != nil {
                .attempt
            } else if Undelivered.State.allCases.contains(where: {
                sameBytes($0.incidentReason, text("reason"))
            }) {
                .undelivered
            } else if isOfName {
                .values
            } else if BulkAction(rawValue: text("do")) == .retryDeliveries {
                .bulkOfDeliveries
            } else {
                .other
            }
    }

    func hides(_ key: String) -> Bool {
        switch self {
        // Whatever mail and webhooks come to say.
        case .outgoing: !isOne(key, of: "do", "template")
        case .delivery: isOne(key, of: "to", "payload", "message", "reason")
        case .attempt, .undelivered: isOne(key, of: "message")
        case .values: isOne(key, of: "value", "amount", "from", "to")
        case .bulkOfDeliveries, .other: false
        }
    }

    /// What the object in this member tells of, where only this one says it.
    func form(of key: String) -> Form? {
        switch self {
        case .delivery: sameBytes(key, "payload") ? .outgoing : nil
        case .bulkOfDeliveries: sameBytes(key, "filter") ? .delivery : nil
        case .outgoing, .attempt, .undelivered, .values, .other: nil
        }
    }

    private func isOne(_ key: String, of known: String...) -> Bool {
        known.contains { sameBytes($0, key) }
    }
}
