public import Values

/// A function among the exports of a program; means nothing to any other program.
public struct FunctionID: Hashable, Sendable {
    let index: UInt32

    package init(index: UInt32) { self.index = index }
}

/// What the program returned, functions included.
public indirect enum Export: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case list([Export])
    /// In the order of the keys' bytes.
    case table([Entry])
    case function(FunctionID)

    public struct Entry: Sendable, Hashable {
        public var key: String
        public var value: Export

        package init(key: String, value: Export) {
            self.key = key
            self.value = value
        }
    }

    /// The value of `key`, if this is a table that has it.
    public subscript(key: String) -> Export? {
        guard case .table(let entries) = self else { return nil }
        return entries.element(named: key, by: \.key)?.value
    }

    public var functionID: FunctionID? { if case .function(let id) = self { id } else { nil } }

    /// The export as a plain value, or nil if a function is in it.
    public var value: Value? {
        switch self {
        case .null: return .null
        case .bool(let flag): return .bool(flag)
        case .integer(let number): return .integer(number)
        case .double(let number): return .double(number)
        case .string(let text): return .string(text)
        case .function: return nil
        case .list(let items):
            var values: [Value] = []
            for item in items {
                guard let value = item.value else { return nil }
                values.append(value)
            }
            return .list(values)
        case .table(let entries):
            var table = Table()
            for entry in entries {
                guard let value = entry.value.value else { return nil }
                table[entry.key] = value
            }
            return .table(table)
        }
    }
}
