package import LuaSandbox
import Values

// Exports written as literals; functions as `.function(.number(1))`.

extension FunctionID {
    package static func number(_ index: UInt32) -> FunctionID { FunctionID(index: index) }
}

extension Export: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(nilLiteral: ()) { self = .null }
    package init(arrayLiteral elements: Export...) { self = .list(elements) }
    package init(dictionaryLiteral elements: (String, Export)...) {
        self = .table(
            elements.sorted { compareBytes($0.0, $1.0) < 0 }.map { Entry(key: $0.0, value: $0.1) })
    }
}
