import Plugins

/// The names of a file's variables that are set again behind their declaration. A name counts for every variable that
/// has it.
struct LuaChanges {
    private(set) var reassigned: Set<String> = []
    /// Those whose tables get keys, with the constant ones.
    private(set) var extended: [String: Set<String>] = [:]
    /// Those whose tables get keys or items that are not known.
    private(set) var extendedSomehow: Set<String> = []

    init(of file: LuaFile) { look(at: file.statements) }

    private mutating func look(at block: [LuaStatement]) {
        for statement in block { look(at: statement) }
    }

    private mutating func look(at statement: LuaStatement) {
        switch statement.kind {
        case .local(_, let values), .returned(let values): look(at: values)
        case .localFunction(_, let function): look(at: function.body)
        case .function(let target, let function):
            change(target)
            look(at: function.body)
        case .assignment(let targets, let values):
            for target in targets { change(target) }
            look(at: targets + values)
        case .call(let expression): look(at: [expression])
        case .block(let block): look(at: block)
        case .whileLoop(let condition, let block), .repeatLoop(let block, until: let condition):
            look(at: [condition])
            look(at: block)
        case .forLoop(_, let values, let block):
            look(at: values)
            look(at: block)
        case .branches(let branches, otherwise: let otherwise):
            for (condition, block) in branches {
                look(at: [condition])
                look(at: block)
            }
            look(at: otherwise)
        case .jump, .nothing: break
        }
    }

    private mutating func look(at list: [LuaExpression]) {
        for expression in list {
            switch expression.kind {
            case .null, .bool, .number, .text, .varargs, .name, .unread: break
            case .function(let function): look(at: function.body)
            case .table(let entries):
                look(at: entries.map(\.value))
                for case .computed(let key) in entries.map(\.key) { look(at: [key]) }
            case .brackets(let inner): look(at: [inner])
            case .operation(let operands, operators: _): look(at: operands)
            case .suffixed(let base, let suffixes):
                look(at: [base])
                var isOfReader = false
                if case .name(let name) = base.kind { isOfReader = Self.readers.contains(name.text) }
                for suffix in suffixes { look(at: suffix, isOfReader: isOfReader) }
            }
        }
    }

    /// Those that change no table which they are given.
    private static let readers: Set = ["host", "pairs", "ipairs", "next", "type", "tostring", "select"]

    private mutating func look(at suffix: LuaSuffix, isOfReader: Bool) {
        switch suffix.kind {
        case .key: break
        case .index(let key): look(at: [key])
        case .call(let arguments), .method(_, let arguments):
            look(at: arguments)
            if isOfReader { return }
            // Any other function may change the table that it is given.
            for case .name(let name) in arguments.map(\.kind) { extendedSomehow.insert(name.text) }
        }
    }

    private mutating func change(_ target: LuaExpression) {
        switch target.kind {
        case .name(let name): reassigned.insert(name.text)
        case .suffixed(let base, let suffixes):
            guard case .name(let name) = base.kind else { return }
            if suffixes.count == 1, case .key(let key) = suffixes[0].kind {
                extended[name.text, default: []].insert(key)
            } else {
                extendedSomehow.insert(name.text)
            }
        case .null, .bool, .number, .text, .varargs, .function, .table, .brackets, .operation, .unread: break
        }
    }
}
