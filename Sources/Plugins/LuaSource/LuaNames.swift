/// A name of an expression that is not one of its own local variables, and the constant keys behind it: for
/// `lead.fields.score` the name `lead` with `fields` and `score`.
struct LuaNameUse: Equatable {
    var name: String
    var keys: [String]
}

/// Finds the names in a Lua expression that come from outside of it: also those in branches that no call takes.
struct LuaNames {
    private var scopes: [Set<String>] = [[]]
    private var uses: [LuaNameUse] = []

    /// In the order of the expression.
    static func of(expression: String) -> [LuaNameUse] {
        var names = LuaNames()
        names.look(at: LuaParser.expression(expression))
        return names.uses
    }

    private init() {}

    // MARK: Scopes

    private mutating func inScope(with names: [LuaName] = [], _ body: (inout LuaNames) -> Void) {
        scopes.append(Set(names.map(\.text)))
        body(&self)
        scopes.removeLast()
    }

    private mutating func declare(_ names: [LuaName]) {
        scopes[scopes.count - 1].formUnion(names.map(\.text))
    }

    private func isLocal(_ name: String) -> Bool { scopes.contains { $0.contains(name) } }

    /// Behind a local `_ENV` nobody knows what a name is.
    private mutating func note(_ use: LuaNameUse) {
        guard !isLocal(use.name), !isLocal("_ENV") else { return }
        if use.name == "_ENV" || use.name == "_G" {
            guard let first = use.keys.first else { return }
            uses.append(LuaNameUse(name: first, keys: Array(use.keys.dropFirst())))
        } else {
            uses.append(use)
        }
    }

    // MARK: Expressions

    private mutating func look(at list: [LuaExpression]) {
        for expression in list { look(at: expression) }
    }

    private mutating func look(at expression: LuaExpression) {
        switch expression.kind {
        case .null, .bool, .number, .text, .varargs, .unread: break
        case .function(let function): look(at: function)
        case .table(let entries):
            for entry in entries {
                if case .computed(let key) = entry.key { look(at: key) }
                look(at: entry.value)
            }
        case .name(let name): note(LuaNameUse(name: name.text, keys: []))
        case .brackets(let inner): look(at: inner)
        case .suffixed(let base, let suffixes): look(at: base, suffixes)
        case .operation(let operands, operators: _): look(at: operands)
        }
    }

    private mutating func look(at base: LuaExpression, _ suffixes: [LuaSuffix]) {
        if case .name(let name) = base.kind {
            var keys: [String] = []
            search: for suffix in suffixes {
                switch suffix.kind {
                case .key(let key): keys.append(key)
                case .method(let key, _):
                    keys.append(key)
                    break search
                case .index, .call: break search
                }
            }
            note(LuaNameUse(name: name.text, keys: keys))
        } else {
            look(at: base)
        }
        for suffix in suffixes {
            switch suffix.kind {
            case .key: break
            case .index(let key): look(at: key)
            case .call(let arguments), .method(_, let arguments): look(at: arguments)
            }
        }
    }

    private mutating func look(at function: LuaFunction) {
        inScope(with: function.parameters) { $0.look(at: function.body) }
    }

    // MARK: Statements

    private mutating func look(at block: [LuaStatement]) {
        for statement in block { look(at: statement) }
    }

    private mutating func look(at statement: LuaStatement) {
        switch statement.kind {
        case .local(let names, let values):
            look(at: values)
            declare(names)
        case .localFunction(let name, let function):
            declare([name])
            look(at: function)
        case .function(let target, let function):
            look(at: target)
            look(at: function)
        case .assignment(let targets, let values):
            look(at: targets)
            look(at: values)
        case .call(let expression): look(at: expression)
        case .block(let block): inScope { $0.look(at: block) }
        case .whileLoop(let condition, let block):
            look(at: condition)
            inScope { $0.look(at: block) }
        case .repeatLoop(let block, until: let condition):
            inScope { names in
                names.look(at: block)
                names.look(at: condition)
            }
        case .forLoop(let names, let values, let block):
            look(at: values)
            inScope(with: names) { $0.look(at: block) }
        case .branches(let branches, otherwise: let otherwise):
            for (condition, block) in branches {
                look(at: condition)
                inScope { $0.look(at: block) }
            }
            inScope { $0.look(at: otherwise) }
        case .returned(let values): look(at: values)
        case .jump, .nothing: break
        }
    }
}
