/// A plain value: what crosses every border of the engine (commands, maps, Lua, the store, JSON lines).
///
/// Integers are 64 bits and stay apart from doubles, as in Lua. A double is finite: the borders
/// refuse anything else. `null` is the absence that JSON can spell; a field is never null.
///
/// Two values are the same when they are written with the same bytes: texts by their UTF-8, `-0.0` apart from
/// `0.0`, `1` apart from `1.0`.
public enum Value: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case list([Value])
    case table(Table)
}

extension Value: Hashable {
    public static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.double(let left), .double(let right)): left.bitPattern == right.bitPattern
        case (.string(let left), .string(let right)): sameBytes(left, right)
        case (.list(let left), .list(let right)): left == right
        case (.table(let left), .table(let right)): left == right
        case (.null, _), (.bool, _), (.integer, _), (.double, _), (.string, _), (.list, _), (.table, _): false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let flag): hasher.combine(flag)
        case .integer(let number): hasher.combine(number)
        case .double(let number): hasher.combine(number.bitPattern)
        case .string(let text): hasher.combine(bytesOf: text)
        case .list(let items): hasher.combine(items)
        case .table(let table): hasher.combine(table)
        }
    }
}

extension Value {
    public var string: String? { if case .string(let text) = self { text } else { nil } }
    public var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
    public var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    public var list: [Value]? { if case .list(let items) = self { items } else { nil } }
    public var table: Table? { if case .table(let table) = self { table } else { nil } }
    public var isNull: Bool { self == .null }

    /// The name of the value's type as the pages for plugin authors use it.
    public var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .double: "number"
        case .string: "string"
        case .list: "list"
        case .table: "table"
        }
    }

    /// About how many bytes the value takes, for limits: text by its UTF-8 length, everything else 8.
    public var approximateBytes: Int {
        switch self {
        case .null, .bool, .integer, .double: 8
        case .string(let text): 8 + text.utf8.count
        case .list(let items): items.reduce(8) { $0 + $1.approximateBytes }
        case .table(let table): table.approximateBytes
        }
    }
}

// No nil literal: with one, `table[key] == nil` would ask whether the value is null, not whether there is none.
extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(arrayLiteral elements: Value...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, Value)...) {
        var table = Table()
        for (key, value) in elements { table[key] = value }
        self = .table(table)
    }
}

extension Value {
    /// What keeps a value from being written so that it reads back.
    public enum Fault: Error, Sendable, Hashable {
        case notFinite
        /// More levels of lists and tables inside each other than are allowed.
        case tooDeep
    }

    /// The first fault in the value, if it has one. A list or table of plain values has one level, a plain value
    /// none.
    public func fault(deeperThan levels: Int) -> Fault? {
        switch self {
        case .null, .bool, .integer, .string: return nil
        case .double(let number): return number.isFinite ? nil : .notFinite
        case .list(let items):
            guard levels > 0 else { return .tooDeep }
            for item in items { if let fault = item.fault(deeperThan: levels - 1) { return fault } }
            return nil
        case .table(let table): return table.fault(deeperThan: levels)
        }
    }
}

extension Table {
    /// See ``Value/fault(deeperThan:)``.
    public func fault(deeperThan levels: Int) -> Value.Fault? {
        guard levels > 0 else { return .tooDeep }
        for entry in self { if let fault = entry.value.fault(deeperThan: levels - 1) { return fault } }
        return nil
    }
}
