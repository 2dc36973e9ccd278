public import Values

/// The parameters that a trigger's map gives, as its file says them.
///
/// The declaration of the plugin version that runs checks and completes them (R37): nothing of a plugin is in
/// here, so a map's version gives the same for ever. There is one object for each trigger of a definition, by
/// whose identity a runner may keep its result.
public final class GivenParameters: Sendable {
    /// In the order of their names' bytes.
    public let all: [Entry]

    public static let none = GivenParameters([])

    public init(_ entries: [Entry]) { all = entries.sorted { compareBytes($0.name, $1.name) < 0 } }

    public convenience init(_ table: Table) {
        self.init(table.map { Entry(name: $0.key, value: GivenValue($0.value)) })
    }

    public struct Entry: Sendable, Hashable {
        public let name: String
        public let value: GivenValue

        public init(name: String, value: GivenValue) {
            self.name = name
            self.value = value
        }
    }

    /// What the values mean without a declaration; a value that has no meaning by itself is the text that is in
    /// the file, and left out where that is not one text.
    public var table: Table {
        var table = Table()
        for entry in all {
            switch entry.value.meaning {
            case .value(let value): table[entry.name] = value
            case .none: table[entry.name] = entry.value.text.map(Value.string)
            }
        }
        return table
    }
}

/// A value as a file gives it, before a declaration says which type is expected.
public struct GivenValue: Sendable, Hashable {
    public let meaning: Meaning
    /// What an unquoted value looks like in the file, for where a text is expected: `012` is a number and a
    /// text.
    public let text: String?
    /// What a list or a table has in it, as the file gives it; nil where the values alone are known.
    public let parts: Parts?

    public indirect enum Parts: Sendable, Hashable {
        case items([GivenValue])
        /// In the order of the file.
        case entries([GivenParameters.Entry])
    }

    public enum Meaning: Sendable, Hashable {
        case value(Value)
        /// There is no such value, as with an integer of more than 64 bits. The phrase says what is there
        /// and why it has no meaning: `"99999999999999999999", which needs more than 64 bits`.
        case none(String)
    }

    public init(_ value: Value, text: String? = nil, parts: Parts? = nil) {
        meaning = .value(value)
        self.text = text
        self.parts = parts
    }

    public init(meaningless phrase: String, text: String? = nil) {
        meaning = .none(phrase)
        self.text = text
        parts = nil
    }
}
