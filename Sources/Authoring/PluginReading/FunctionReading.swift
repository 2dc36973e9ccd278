import Journeys
import Plugins
import Values

/// A name that a plugin's source gives, or that one of its parameters gives.
enum NameReference: Hashable {
    case constant(String)
    /// The text that the parameter is.
    case parameter(String)
    /// Each key of the table that the parameter is.
    case keys(ofParameter: String)
    /// Each `{{name}}` in the text that the parameter is.
    case filledIn(parameter: String)
    case unknown

    /// A use of something that has one name.
    init(_ meaning: LuaMeaning) {
        switch meaning {
        case .constant(.string(let name)): self = .constant(name)
        case .path(let path): self = path.parameter.map(NameReference.parameter) ?? .unknown
        case .unknown, .constant, .text, .function, .table, .oneOf: self = .unknown
        }
    }

    init(_ key: LuaPath.Key) {
        switch key {
        case .constant(let name): self = .constant(name)
        case .parameter(let name): self = .parameter(name)
        case .unknown: self = .unknown
        }
    }
}

/// What a call of one function of a plugin may do, as far as its source shows it.
struct FunctionReading {
    /// All that it uses of the host, the event and the parameters.
    let uses: [LuaUse]
    /// The lead's fields that it reads.
    private(set) var reads: [Reference] = []
    /// The lead's fields that it sets.
    private(set) var sets: [FieldSet] = []
    /// The maps that it assigns the lead to.
    private(set) var assigns: [Reference] = []
    private(set) var statuses: [Reference] = []
    /// The steps that it completes.
    private(set) var completes: [Reference] = []
    private(set) var removes: [Reference] = []

    struct Reference {
        let name: NameReference
        let use: LuaUse
        let range: Range<Int>

        var place: FilePlace { use.file.place(of: range) }
    }

    struct FieldSet {
        let name: NameReference
        /// If it is known; null clears the field.
        let value: Value?
        let use: LuaUse
        let range: Range<Int>

        var place: FilePlace { use.file.place(of: range) }
    }

    init(_ uses: [LuaUse]) {
        self.uses = uses
        for use in uses {
            switch use.path.root {
            case .event: noteRead(of: use)
            case .host: noteCall(of: use)
            case .parameters, .global: break
            }
        }
    }

    private mutating func noteRead(of use: LuaUse) {
        guard use.path.constants.starts(with: ["lead", "fields"]), use.path.keys.count > 2, !use.isWrite
        else { return }
        reads.append(
            Reference(
                name: NameReference(use.path.keys[2]), use: use, range: use.range(ofKey: 2)))
    }

    private mutating func noteCall(of use: LuaUse) {
        guard let arguments = use.arguments, use.path.constants.count == use.path.keys.count else { return }
        let first = arguments.first
        let reference = Reference(
            name: first.map { NameReference($0.meaning) } ?? .unknown, use: use,
            range: first?.range ?? use.range)
        switch use.path.constants {
        case ["lead", "set"]: if let first { noteSets(first, use) }
        case ["lead", "assign"]: assigns.append(reference)
        case ["lead", "status"]: statuses.append(reference)
        case ["lead", "complete"]: completes.append(reference)
        case ["lead", "remove"]: removes.append(reference)
        case ["text", "fill"]: noteFilled(arguments, use)
        case _: break
        }
    }

    private mutating func noteSets(_ argument: LuaUse.Argument, _ use: LuaUse) {
        switch argument.meaning {
        case .table(let table):
            for entry in table.entries {
                let name: NameReference =
                    switch entry.key {
                    case .constant(let name): .constant(name)
                    case .parameter(let name): .parameter(name)
                    case .item, .unknown: .unknown
                    }
                let value: Value? =
                    if let path = entry.value.path, path.isExactly(.host, "null") {
                        .null
                    } else {
                        entry.value.constant
                    }
                sets.append(FieldSet(name: name, value: value, use: use, range: entry.range))
            }
            if table.isOpen {
                sets.append(FieldSet(name: .unknown, value: nil, use: use, range: argument.range))
            }
        case .path(let path):
            let name = path.parameter.map { NameReference.keys(ofParameter: $0) } ?? .unknown
            sets.append(FieldSet(name: name, value: nil, use: use, range: argument.range))
        case .unknown, .constant, .text, .function, .oneOf:
            sets.append(FieldSet(name: .unknown, value: nil, use: use, range: argument.range))
        }
    }

    /// `host.text.fill(template, event.lead.fields, …)`.
    private mutating func noteFilled(_ arguments: [LuaUse.Argument], _ use: LuaUse) {
        guard let template = arguments.first else { return }
        let sources = arguments.dropFirst().map { $0.meaning.path }
        guard sources.contains(where: { $0?.isExactly(.event, "lead", "fields") == true }) else { return }
        if let parameter = template.meaning.path?.parameter {
            reads.append(
                Reference(name: .filledIn(parameter: parameter), use: use, range: template.range))
        }
        guard let text = template.meaning.text else { return }
        for name in text.namesFilledIn {
            reads.append(Reference(name: .constant(name), use: use, range: template.range))
        }
    }
}

extension String {
    /// The names between `{{` and `}}`, as `host.text.fill` finds them.
    var namesFilledIn: [String] {
        var names: [String] = []
        var rest = self[...]
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}")
        {
            let name = rest[open.upperBound..<close.lowerBound].drop { $0.isWhitespace }
            names.append(String(name.reversed().drop { $0.isWhitespace }.reversed()))
            rest = rest[close.upperBound...]
        }
        return names
    }
}
