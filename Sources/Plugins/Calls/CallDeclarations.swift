import Journeys
import LuaSandbox
import Values

/// Which keys the tables of a plugin's calls may have: those of the event, and what the plugin declares of its settings and
/// parameters. A plugin that reads another one fails with the nearest.
struct CallDeclarations {
    /// The numbers of the tables that every call has. `members.lua` is told that of the settings.
    static let event = 0
    static let lead = 1
    static let journey = 2
    static let settings = 3

    private static let common = [
        DeclaredTables.Declaration(
            phrase: "event does not have a key", keys: TableKeys(ConditionNames.eventKeys)),
        DeclaredTables.Declaration(
            phrase: "event.lead does not have a key", keys: TableKeys(ConditionNames.leadKeys)),
        DeclaredTables.Declaration(
            phrase: "event.journey does not have a key", keys: TableKeys(ConditionNames.journeyKeys)),
    ]

    /// Of the event and the settings.
    private var declared: [DeclaredTables.Declaration]
    /// Those of a subscription, which declares nothing: its parameters are any table.
    let ofSubscription: DeclaredTables
    /// Of the settings, with the numbers of the tables in them.
    let settings: DeclaredForm

    init(_ settings: ParameterDeclarations) {
        declared = Self.common
        self.settings = DeclaredForm(
            settings, phrase: "the plugin does not declare a setting", path: "host.settings", in: &declared)
        ofSubscription = DeclaredTables(declared)
    }

    /// Those of a function, with the form of its parameters.
    func of(_ parameters: ParameterDeclarations, function: String) -> (
        tables: DeclaredTables, form: DeclaredForm
    ) {
        var all = declared
        let form = DeclaredForm(
            parameters, phrase: "\(function) does not declare a parameter", path: "params", in: &all)
        return (DeclaredTables(all), form)
    }
}

/// Which tables of a value are declared, each by its number among a call's.
final class DeclaredForm: Sendable {
    /// Nil where any key may be in the table.
    private let number: Int?
    private let keys: [ExactText: DeclaredForm]
    private let items: DeclaredForm?

    /// Adds a table and those in it to `declared`.
    init(
        _ declarations: ParameterDeclarations, phrase: String, path: String,
        in declared: inout [DeclaredTables.Declaration]
    ) {
        number = declared.count
        items = nil
        declared.append(
            DeclaredTables.Declaration(phrase: phrase, keys: TableKeys(declarations.all.map(\.name))))
        var keys: [ExactText: DeclaredForm] = [:]
        for declaration in declarations.all {
            keys[ExactText(declaration.name)] = Self.form(
                of: declaration, path: "\(path).\(declaration.name)", in: &declared)
        }
        self.keys = keys
    }

    private init(number: Int? = nil, items: DeclaredForm? = nil) {
        self.number = number
        keys = [:]
        self.items = items
    }

    /// Settings of which it is not known yet what the plugin declares.
    static let ofUnknownSettings = DeclaredForm(number: CallDeclarations.settings)

    /// Whether tables inside of it are declared.
    var hasInner: Bool { !keys.isEmpty || items != nil }

    /// Nil where no table in the value is declared.
    private static func form(
        of declaration: ParameterDeclaration, path: String, in declared: inout [DeclaredTables.Declaration]
    ) -> DeclaredForm? {
        switch declaration.content {
        case .keys(let keys):
            DeclaredForm(keys, phrase: "\(path) does not have a key", path: path, in: &declared)
        case .items(let item):
            form(of: item, path: "\(path)[…]", in: &declared).map { DeclaredForm(items: $0) }
        case nil: nil
        }
    }

    /// Writes a value whose tables have this form.
    func write(_ value: Value, to encoder: inout ValueEncoder) {
        switch value {
        case .table(let table):
            guard let number else { return encoder.value(value) }
            encoder.declaredTable(number) { encoder in
                for entry in table {
                    encoder.key(entry.key)
                    if let form = keys[ExactText(entry.key)] {
                        form.write(entry.value, to: &encoder)
                    } else {
                        encoder.value(entry.value)
                    }
                }
            }
        case .list(let list):
            guard let items else { return encoder.value(value) }
            encoder.list { encoder in
                for item in list { items.write(item, to: &encoder) }
            }
        case .null, .bool, .integer, .double, .string: encoder.value(value)
        }
    }

    /// The form as the host's library reads it: `number`, `keys` and `items`.
    var value: Value {
        var table = Table()
        table["number"] = number.map { .integer(Int64($0)) }
        if !keys.isEmpty {
            var inner = Table()
            for (name, form) in keys { inner[name.text] = form.value }
            table["keys"] = .table(inner)
        }
        table["items"] = items?.value
        return .table(table)
    }
}
