import Journeys
import Plugins
import Values

/// Reads nodes by the type that is required. Nothing throws: what does not fit is reported and left out.
extension YAMLNode {
    /// Whether nothing is here, or one of YAML's words for nothing.
    var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The text of an unquoted scalar.
    var plainText: String? { if case .scalar(let text, isPlain: true) = content { text } else { nil } }

    /// What is here, for a message.
    var phrase: String {
        switch content {
        case .scalar(let text, let isPlain): isPlain && text.isEmpty ? "nothing" : text.quotedForMessage
        case .list: "a list"
        case .table: "a table"
        case .unreadable: "something unreadable"
        }
    }

    /// A text, also one that would be a number elsewhere: `no`, `012` and `1:30` stay as they are.
    func text(_ what: String, _ collector: MistakeCollector) -> Placed<String>? {
        guard case .scalar(let text, _) = content, !isNull else {
            mismatch("\(what) must be a text", isNull ? "; in quotes it would be one" : "", collector)
            return nil
        }
        return Placed(text, at: place)
    }

    func bool(_ what: String, _ collector: MistakeCollector) -> Placed<Bool>? {
        guard case .bool(let flag)? = CoreSchema.value(of: self) else {
            mismatch("\(what) must be true or false", "", collector)
            return nil
        }
        return Placed(flag, at: place)
    }

    /// A whole number in a range.
    func integer(
        _ what: String, _ range: ClosedRange<Int>, _ collector: MistakeCollector, otherwise: String = ""
    ) -> Int? {
        guard case .integer(let number)? = CoreSchema.value(of: self), let number = Int(exactly: number),
            range.contains(number)
        else {
            mismatch(
                "\(what) must be a whole number from \(range.lowerBound) to \(range.upperBound)\(otherwise)",
                "",
                collector)
            return nil
        }
        return number
    }

    /// The items of a list; nothing at all is an empty one.
    func list(_ what: String, _ collector: MistakeCollector) -> [YAMLNode]? {
        if isNull { return [] }
        guard case .list(let items) = content else {
            mismatch("\(what) must be a list", "", collector)
            return nil
        }
        return items
    }

    /// The entries of a table; nothing at all is an empty one.
    func entries(_ what: String, _ collector: MistakeCollector) -> [YAMLEntry]? {
        if isNull { return [] }
        guard case .table(let entries) = content else {
            mismatch("\(what) must be a table", missingBlank, collector)
            return nil
        }
        return entries
    }

    /// `; …` where a blank is missing after the colon of a key: `run:x`.
    private var missingBlank: String {
        guard let text = plainText, let colon = text.firstIndex(of: ":") else { return "" }
        let key = text[..<colon]
        let value = text[text.index(after: colon)...]
        guard !key.isEmpty, !value.isEmpty, key.allSatisfy({ $0.isLetter || $0 == "_" }) else { return "" }
        return "; a blank is missing after the colon: \"\(key): \(value)\"".printable
    }

    /// A table of which all keys are known.
    func table(_ what: String, keys: [String], _ collector: MistakeCollector) -> YAMLTable? {
        guard let entries = entries(what, collector) else { return nil }
        for entry in entries where !keys.contains(entry.key.value) {
            collector.report(
                entry.key.place,
                "unknown key `\(entry.key.value.withoutQuotes)` in \(what)\(knownHere(entry.key.value, keys))"
            )
        }
        return YAMLTable(entries: entries, collector: collector)
    }

    /// What is here for a parameter, whose declaration decides whether its text or its value counts.
    /// Nothing declares what lists and tables hold: what has no value in them is reported here, and then
    /// `isReported`. Nil where nothing could be read.
    func given(_ collector: MistakeCollector) -> (value: GivenValue, isReported: Bool)? {
        var problems: [CoreSchema.Problem] = []
        let value = value { place, problem in
            if case .scalar = content {} else { collector.report(place, problem.sentence) }
            problems.append(problem)
        }
        switch content {
        case .unreadable: return nil
        case .scalar:
            let text = isNull ? nil : plainText
            if let problem = problems.first {
                return (GivenValue(meaningless: problem.phrase, text: text), false)
            }
            return value.map { (GivenValue($0, text: text), false) }
        case .list, .table:
            if let problem = problems.first {
                return (GivenValue(meaningless: "\(phrase) with \(problem.phrase)"), true)
            }
            return value.map { (GivenValue($0, parts: parts), false) }
        }
    }

    /// What is inside of a list or a table, where some of it is another text in the file than its value says.
    private var parts: GivenValue.Parts? {
        switch content {
        case .list(let items):
            let given = items.compactMap(\.part)
            return given.contains(where: \.isWrittenOtherwise) ? .items(given) : nil
        case .table(let entries):
            let given = entries.compactMap { entry in
                entry.value.part.map { GivenParameters.Entry(name: entry.key.value, value: $0) }
            }
            return given.contains(where: \.value.isWrittenOtherwise) ? .entries(given) : nil
        case .scalar, .unreadable: return nil
        }
    }

    private var part: GivenValue? {
        value { _, _ in }.map { GivenValue($0, text: isNull ? nil : plainText, parts: parts) }
    }

    /// A plain value as the core schema of YAML 1.2 has it. Nil when there is none, also in a part of it.
    private func value(reporting report: (FilePlace, CoreSchema.Problem) -> Void) -> Value? {
        switch content {
        case .unreadable: return nil
        case .scalar:
            do {
                return try CoreSchema.read(self)
            } catch {
                report(place, error)
                return nil
            }
        case .list(let items):
            let values = items.map { $0.value(reporting: report) }
            return values.contains { $0 == nil } ? nil : .list(values.compactMap { $0 })
        case .table(let entries):
            var table = Table()
            var isWhole = true
            for entry in entries {
                guard let value = entry.value.value(reporting: report) else {
                    isWhole = false
                    continue
                }
                table[entry.key.value] = value
            }
            return isWhole ? .table(table) : nil
        }
    }

    func mismatch(_ what: String, _ hint: String, _ collector: MistakeCollector) {
        if case .unreadable = content { return }
        collector.reportUnreadable(place, "\(what), not \(isNull ? "nothing" : phrase)\(hint)")
    }
}

/// A table that is read key by key.
struct YAMLTable {
    let entries: [YAMLEntry]
    let collector: MistakeCollector
    private let values: [ExactText: YAMLNode]

    init(entries: [YAMLEntry], collector: MistakeCollector) {
        self.entries = entries
        self.collector = collector
        values = Dictionary(
            entries.map { (ExactText($0.key.value), $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    subscript(key: String) -> YAMLNode? { values[key] }

    /// Those of the keys that are here although nothing could be read.
    func unread(_ isMissing: [String: Bool]) -> Set<String> {
        Set(isMissing.keys.filter { isMissing[$0] == true && self[$0] != nil })
    }

    func text(_ key: String) -> Placed<String>? { self[key]?.text("`\(key)`", collector) }
    func bool(_ key: String) -> Placed<Bool>? { self[key]?.bool("`\(key)`", collector) }
    func list(_ key: String) -> [YAMLNode]? { self[key]?.list("`\(key)`", collector) }
    func entries(_ key: String) -> [YAMLEntry]? { self[key]?.entries("`\(key)`", collector) }

    func table(_ key: String, keys: [String]) -> YAMLTable? {
        self[key]?.table("`\(key)`", keys: keys, collector)
    }

    func integer(_ key: String, _ range: ClosedRange<Int>) -> Int? {
        self[key]?.integer("`\(key)`", range, collector)
    }
}

/// What an unquoted scalar means by the core schema of YAML 1.2: `yes`, `on` and `1:30` are texts.
enum CoreSchema {
    /// Why an unquoted scalar has no value.
    struct Problem: Error {
        fileprivate let written: String
        fileprivate let why: String

        var sentence: String { "\(written.quotedForMessage) \(why); in quotes it would be a text" }
        var phrase: String { "\(written.quotedForMessage), which \(why)" }
    }

    /// The scalar's value, or nil for what is not a scalar or has no value.
    static func value(of node: YAMLNode) -> Value? { try? read(node) }

    fileprivate static func read(_ node: YAMLNode) throws(Problem) -> Value {
        guard case .scalar(let text, let isPlain) = node.content else {
            throw Problem(written: node.phrase, why: "is not a single value")
        }
        guard isPlain else { return .string(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", ".nan", ".NaN",
            ".NAN":
            throw Problem(written: text, why: "is not a finite number")
        default: break
        }
        if let (digits, radix) = integerDigits(text) {
            guard let number = Int64(digits, radix: radix) else {
                throw Problem(written: text, why: "needs more than 64 bits")
            }
            return .integer(number)
        }
        guard isFloat(text) else { return .string(text) }
        guard let number = Double(text), number.isFinite else {
            throw Problem(written: text, why: "is too large for a number")
        }
        return .double(number)
    }

    /// The digits, with their sign, if the text is an integer.
    private static func integerDigits(_ text: String) -> (digits: String, radix: Int)? {
        let bytes = Array(text.utf8)
        if bytes.count > 2, bytes[0] == UInt8(ascii: "0") {
            let digits = String(text.dropFirst(2))
            if bytes[1] == UInt8(ascii: "o"), bytes[2...].allSatisfy({ (0x30...0x37).contains($0) }) {
                return (digits, 8)
            }
            if bytes[1] == UInt8(ascii: "x"), bytes[2...].allSatisfy(isHexadecimal) { return (digits, 16) }
        }
        let unsigned =
            bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+") ? bytes[1...] : bytes[...]
        guard !unsigned.isEmpty, unsigned.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return (text, 10)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }

    /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
    private static func isFloat(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        func dropDigits() -> Int {
            let count = rest.prefix { (0x30...0x39).contains($0) }.count
            rest = rest.dropFirst(count)
            return count
        }
        func drop(_ characters: StaticString...) -> Bool {
            guard let first = rest.first, characters.contains(where: { $0.utf8Start.pointee == first }) else {
                return false
            }
            rest = rest.dropFirst()
            return true
        }
        _ = drop("-", "+")
        let before = dropDigits()
        let after = drop(".") ? dropDigits() : 0
        guard before + after > 0 else { return false }
        if drop("e", "E") {
            _ = drop("-", "+")
            guard dropDigits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}

extension GivenValue {
    /// Whether the file has another text than the value would be.
    fileprivate var isWrittenOtherwise: Bool {
        if parts != nil { return true }
        guard text != nil, case .value(let value) = meaning else { return false }
        return value.string == nil
    }
}
