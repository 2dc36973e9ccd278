public import Journeys
public import Values

/// The parameters that an action or a decider takes, or the settings that a plugin takes.
public struct ParameterDeclarations: Sendable, Hashable {
    /// In the order of their names' bytes.
    public let all: [ParameterDeclaration]

    public static let none = ParameterDeclarations([])

    public init(_ declarations: [ParameterDeclaration]) {
        all = declarations.sorted { compareBytes($0.name, $1.name) < 0 }
    }

    public subscript(name: String) -> ParameterDeclaration? { all.element(named: name, by: \.name) }

    /// The given values with the defaults for those that are missing. Where a string is declared, an unquoted
    /// value is the text that is in the file.
    ///
    /// Reports every value that does not fit its declaration, every unknown name and every missing one
    /// that is required, also inside of lists and tables.
    public func complete(_ given: GivenParameters) throws(InvalidParameters) -> Table {
        let (completed, mistakes) = complete(given.all, in: nil)
        guard mistakes.isEmpty else { throw InvalidParameters(list: mistakes) }
        return completed
    }

    /// - Parameter path: that of the table whose keys these are; nil for the parameters themselves.
    func complete(
        _ given: [GivenParameters.Entry], in path: ValuePath?
    ) -> (completed: Table, mistakes: [InvalidParameter]) {
        var mistakes: [InvalidParameter] = []
        var completed = Table()
        var names = Table()
        for entry in given {
            names[entry.name] = true
            let inner = path?.key(entry.name) ?? ValuePath(entry.name)
            guard let declaration = self[entry.name] else {
                mistakes.append(unknown(entry.name, inner))
                continue
            }
            switch declaration.fit(entry.value, at: inner) {
            case .success(let value): completed[entry.name] = value
            case .failure(let problem): mistakes += problem.mistakes
            }
        }
        for declaration in all where names[declaration.name] == nil {
            if declaration.isRequired {
                let inner = path?.key(declaration.name) ?? ValuePath(declaration.name)
                mistakes.append(
                    InvalidParameter(
                        // What is missing is missing in the table.
                        path ?? inner, "`\(inner.text)` is missing: expected \(declaration.typePhrase)"))
            }
            completed[declaration.name] = declaration.defaultValue
        }
        return (completed, mistakes)
    }

    private func unknown(_ name: String, _ path: ValuePath) -> InvalidParameter {
        let names = all.map(\.name)
        let known = names.isEmpty ? "; none is known here" : knownHere(name, names)
        return InvalidParameter(path, "`\(path.text.withoutQuotes)` is unknown\(known)", isUnknown: true)
    }
}

/// Where a value is among parameters: `target.fields[2]`.
struct ValuePath {
    /// That of the parameter.
    let name: String
    let text: String

    init(_ name: String) { self.init(name: name, text: name) }

    private init(name: String, text: String) {
        self.name = name
        self.text = text
    }

    func key(_ key: String) -> ValuePath { ValuePath(name: name, text: "\(text).\(key)") }
    /// From 1.
    func item(_ number: Int) -> ValuePath { ValuePath(name: name, text: "\(text)[\(number)]") }
}

/// One parameter or setting, by what a plugin says about it.
public struct ParameterDeclaration: Sendable, Hashable {
    public let name: String
    public let type: Kind
    public let summary: String?
    public let defaultValue: Value?
    public let isRequired: Bool
    /// The values that are allowed; nil allows any.
    public let allowed: [Value]?
    /// For integers, numbers and durations, in the type's own form.
    public let least: Value?
    public let most: Value?
    /// For strings.
    public let format: Format?
    /// Whether the plugin fills the string in: then ``format`` holds for the text with something in place of each
    /// `{{name}}`.
    public let isFilled: Bool
    /// Nil where anything may be in a list or a table.
    public let content: Content?

    /// What is declared of the inside of a list or a table.
    public indirect enum Content: Sendable, Hashable {
        /// Of each item of a list.
        case items(ParameterDeclaration)
        /// All the keys that a table may have.
        case keys(ParameterDeclarations)
    }

    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case string, integer
        /// Accepts integers too, and leaves them integers.
        case number
        case boolean, list, table
        /// A text such as `2 days` or a whole number of milliseconds. Lua sees it as it was written.
        case duration
        /// The id of a map, the path of a step of a map, or the name of a template, of the workspace. Whether it is there is
        /// checked where these are known.
        case map, step, template
    }

    public enum Format: String, Sendable, Hashable, CaseIterable {
        case email, url
    }

    public init(
        name: String, type: Kind, summary: String? = nil, defaultValue: Value? = nil,
        isRequired: Bool = false,
        allowed: [Value]? = nil, least: Value? = nil, most: Value? = nil, format: Format? = nil,
        isFilled: Bool = false, content: Content? = nil
    ) {
        self.name = name
        self.type = type
        self.summary = summary
        self.defaultValue = defaultValue
        self.isRequired = isRequired
        self.allowed = allowed
        self.least = least
        self.most = most
        self.format = format
        self.isFilled = isFilled
        self.content = content
    }
}

/// A part of the workspace that a parameter names, or its default.
package struct NamedPart: Sendable, Hashable {
    package let parameter: String
    package let kind: Kind
    package let name: String
    /// Whether the value was given.
    package let isGiven: Bool

    package enum Kind: Sendable, Hashable {
        case map, step, template
    }
}

extension ParameterDeclarations {
    /// The maps, steps and templates that the given values name, and the defaults of those that are missing.
    package func parts(named given: GivenParameters) -> [NamedPart] {
        all.flatMap { declaration in
            let entry = given.all.element(named: declaration.name, by: \.name)
            let value = entry.map { try? declaration.fit($0.value).get() } ?? declaration.defaultValue
            return value.map { declaration.parts(in: $0) }?.map {
                NamedPart(parameter: declaration.name, kind: $0.kind, name: $0.name, isGiven: entry != nil)
            } ?? []
        }
    }
}

extension ParameterDeclaration {
    /// What a value names, also inside of it.
    fileprivate func parts(in value: Value) -> [(kind: NamedPart.Kind, name: String)] {
        switch (content, value) {
        case (.keys(let keys)?, .table(let table)):
            keys.all.flatMap { key in table[key.name].map { key.parts(in: $0) } ?? [] }
        case (.items(let item)?, .list(let list)): list.flatMap { item.parts(in: $0) }
        case (_, .string(let name)): type.part.map { [($0, name)] } ?? []
        case _: []
        }
    }
}

/// A value that does not fit, an unknown name or a missing one.
public struct InvalidParameter: Sendable, Hashable {
    /// That of the parameter.
    public let name: String
    /// Of the value that it is about, also inside of the parameter: `target.fields[2]`.
    package let path: ExactText
    /// A sentence that names it.
    public let message: String
    /// Whether nothing of this name is declared.
    package let isUnknown: Bool

    init(_ path: ValuePath, _ message: String, isUnknown: Bool = false) {
        name = path.name
        self.path = ExactText(path.text)
        self.message = message
        self.isUnknown = isUnknown
    }
}

/// All that is wrong with a table of parameters; at least one mistake.
public struct InvalidParameters: Error, Sendable, Hashable, CustomStringConvertible {
    public let list: [InvalidParameter]
    /// How many mistakes ``description`` tells; the rest it counts.
    static let toldLimit = 20

    public var description: String {
        let told = list.prefix(Self.toldLimit).map(\.message).joined(separator: "; ")
        return list.count > Self.toldLimit ? "\(told); and \(list.count - Self.toldLimit) more" : told
    }
}

extension ParameterDeclaration {
    public static let nameLimitBytes = 64

    static let nameRule = "letters, digits and _, no digit first, at most \(nameLimitBytes) bytes"

    /// Whether the text can name a parameter: so that Lua reads it as `params.NAME`.
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= nameLimitBytes, !(0x30...0x39).contains(first)
        else {
            return false
        }
        return text.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }

    struct Problem: Error {
        /// At least one.
        let mistakes: [InvalidParameter]

        init(_ path: ValuePath, _ message: String) { mistakes = [InvalidParameter(path, message)] }

        fileprivate init(_ mistakes: [InvalidParameter]) { self.mistakes = mistakes }
    }

    /// `a string`, `an integer`
    var typePhrase: String { "\(type == .integer ? "an" : "a") \(type.rawValue)" }

    /// The value as a call will see it.
    func fit(_ given: GivenValue, at path: ValuePath? = nil) -> Result<Value, Problem> {
        let path = path ?? ValuePath(name)
        if isText, let text = given.text { return fit(.string(text), at: path) }
        switch given.meaning {
        case .value(let value): return fit(value, given.parts, at: path)
        case .none(let phrase):
            return .failure(Problem(path, "`\(path.text)` must be \(typePhrase), not \(phrase)"))
        }
    }

    /// The same of a value that means what it is.
    ///
    /// - Parameter parts: what is in it as a file gives it, if that is known.
    func fit(
        _ value: Value, _ parts: GivenValue.Parts? = nil, at path: ValuePath? = nil
    ) -> Result<Value, Problem> {
        let path = path ?? ValuePath(name)
        func mismatch(_ due: String, _ value: Value, _ hint: String = "") -> Result<Value, Problem> {
            .failure(Problem(path, "`\(path.text)` must be \(due)\(hint), not \(value.phrase)"))
        }
        guard let value = typed(value) else {
            let hint = hint(for: value)
            return .failure(
                Problem(path, "`\(path.text)` must be \(typePhrase), not \(value.phrase)\(hint)"))
        }
        if let allowed, !allowed.contains(where: { isEqual($0, value) }) {
            return mismatch("one of \(allowed.map(\.json).joined(separator: ", "))", value)
        }
        if let least, isLess(value, least) { return mismatch("at least \(least.json)", value) }
        if let most, isLess(most, value) { return mismatch("at most \(most.json)", value) }
        if let format, case .string(let text) = value, !format.accepts(isFilled ? text.filled : text) {
            let hint = isFilled ? " where something is filled in for each {{name}}" : ""
            return mismatch(format.phrase, value, hint)
        }
        return inside(value, parts, at: path)
    }

    /// The value with what is inside of it checked and completed.
    private func inside(
        _ value: Value, _ parts: GivenValue.Parts?, at path: ValuePath
    ) -> Result<Value, Problem> {
        switch (content, value) {
        case (.keys(let keys)?, .table(let table)):
            var entries = table.map { GivenParameters.Entry(name: $0.key, value: GivenValue($0.value)) }
            if case .entries(let given)? = parts { entries = given }
            let (completed, mistakes) = keys.complete(entries, in: path)
            return mistakes.isEmpty ? .success(.table(completed)) : .failure(Problem(mistakes))
        case (.items(let item)?, .list(let list)):
            var items = list.map { GivenValue($0) }
            if case .items(let given)? = parts { items = given }
            var values: [Value] = []
            var mistakes: [InvalidParameter] = []
            for (index, given) in items.enumerated() {
                switch item.fit(given, at: path.item(index + 1)) {
                case .success(let value): values.append(value)
                case .failure(let problem): mistakes += problem.mistakes
                }
            }
            return mistakes.isEmpty ? .success(.list(values)) : .failure(Problem(mistakes))
        case _: return .success(value)
        }
    }

    /// The value if it is of the type; an empty Lua table is an empty list where a list is expected.
    private func typed(_ value: Value) -> Value? {
        switch (type, value) {
        case (.string, .string), (.map, .string), (.step, .string), (.template, .string),
            (.integer, .integer), (.number, .integer), (.number, .double),
            (.boolean, .bool), (.list, .list), (.table, .table):
            value
        case (.list, .table(let table)) where table.isEmpty: .list([])
        case (.duration, _): Self.milliseconds(value) == nil ? nil : value
        default: nil
        }
    }

    private func hint(for value: Value) -> String {
        switch type {
        case .duration: "; write it as \"2 days\", \"90 s\" or a whole number of milliseconds"
        case .boolean where value.string != nil: "; write true or false"
        case .string, .integer, .number, .boolean, .list, .table, .map, .step, .template: ""
        }
    }

    /// Whether an unquoted value is the text that is in the file.
    private var isText: Bool { type == .string || type.part != nil }

    /// A duration's length, or nil if it is not one.
    static func milliseconds(_ value: Value) -> Int64? {
        switch value {
        case .integer(let number): number >= 0 ? number : nil
        case .string(let text): Duration(text: text)?.wholeMilliseconds
        case .null, .bool, .double, .list, .table: nil
        }
    }

    private func isEqual(_ left: Value, _ right: Value) -> Bool {
        left == right || (isOrdered && !isLess(left, right) && !isLess(right, left))
    }

    /// Whether values of the type have an order: `least` and `most` are for them.
    var isOrdered: Bool {
        switch type {
        case .integer, .number, .duration: true
        case .string, .boolean, .list, .table, .map, .step, .template: false
        }
    }

    private func isLess(_ left: Value, _ right: Value) -> Bool {
        if type == .duration {
            return (Self.milliseconds(left) ?? 0) < (Self.milliseconds(right) ?? 0)
        }
        switch (left, right) {
        case (.integer(let left), .integer(let right)): return left < right
        case (.integer(let left), .double(let right)): return Double(left) < right
        case (.double(let left), .integer(let right)): return left < Double(right)
        case (.double(let left), .double(let right)): return left < right
        default: return false
        }
    }
}

extension ParameterDeclaration.Kind {
    /// What a value of the type names; nil where it names nothing.
    fileprivate var part: NamedPart.Kind? {
        switch self {
        case .map: .map
        case .step: .step
        case .template: .template
        case .string, .integer, .number, .boolean, .list, .table, .duration: nil
        }
    }
}

extension ParameterDeclaration.Format {
    var phrase: String {
        switch self {
        case .email: "an email address"
        case .url: "a URL that begins with http:// or https://"
        }
    }

    /// Looks at the form alone: whether mail arrives or a page answers is not known here.
    func accepts(_ text: String) -> Bool {
        switch self {
        case .email: EmailAddress.isValid(text)
        case .url: Self.isURL(text)
        }
    }

    private static func isURL(_ text: String) -> Bool {
        let limitBytes = 2_048
        guard text.utf8.count <= limitBytes, !text.unicodeScalars.contains(where: \.properties.isWhitespace),
            !text.hasControlCharacters
        else { return false }
        for scheme in ["https://", "http://"] where text.lowercased().hasPrefix(scheme) {
            let host = text.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
            return !host.isEmpty && host.first != ":"
        }
        return false
    }
}

extension String {
    /// The text with a letter in each place that `host.text.fill` fills in.
    fileprivate var filled: String {
        var filled = ""
        var rest = self[...]
        while let open = rest.firstRange(of: "{{"),
            let close = rest[open.upperBound...].firstRange(of: "}}")
        {
            filled.append(contentsOf: rest[..<open.lowerBound])
            filled.append("x")
            rest = rest[close.upperBound...]
        }
        filled.append(contentsOf: rest)
        return filled
    }
}

extension Value {
    /// The value with its type, short enough for a message: `the string "hello"`.
    package var phrase: String {
        switch self {
        case .null: return "null"
        case .bool, .integer, .double: return "the \(typeName) \(json)"
        case .string(let text):
            let limit = 60
            let isLong = text.unicodeScalars.count > limit
            return
                "the string \(Value.string(String(text.unicodeScalars.prefix(limit))).json.printable)\(isLong ? "..." : "")"
        case .list(let items): return items.isEmpty ? "an empty list" : "a list"
        case .table(let table): return table.isEmpty ? "an empty table" : "a table"
        }
    }
}
