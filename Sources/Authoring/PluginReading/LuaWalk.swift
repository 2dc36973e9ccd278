import Plugins
import Values

/// Goes through Lua source as a call would, through every branch, and notes what it does with what the host gives.
///
/// Careful rather than clever: a variable that is assigned again, a function that comes from elsewhere and a key that is
/// computed are not known, and nothing is told of them.
final class LuaWalk {
    private(set) var uses: [LuaUse] = []
    /// What the chunk that was walked last returns.
    private(set) var returned: LuaMeaning = .unknown
    /// Whether functions that the source declares are walked where they are called, with what they are given, or else
    /// once each where they are written.
    private let followsCalls: Bool
    /// What `require` gives.
    private let module: (String) -> LuaMeaning
    /// How many conditions are around what is walked now.
    private var conditions = 0
    private var depth = 0
    private var functionsLeft = LuaWalk.functionLimit
    private static let depthLimit = 40
    /// How many functions one walk goes through: helpers that call helpers could be many.
    private static let functionLimit = 2_000

    init(followingCalls followsCalls: Bool, module: @escaping (String) -> LuaMeaning = { _ in .unknown }) {
        self.followsCalls = followsCalls
        self.module = module
    }

    // MARK: Functions

    /// - Parameter names: variables that the chunk has from its beginning.
    func walk(chunk file: LuaFile, knowing names: [String: LuaMeaning] = [:]) {
        returned = .unknown
        let scope = LuaScope(of: file)
        for (name, meaning) in names { scope.declare(name, meaning) }
        walk(file.statements, in: scope)
    }

    /// What a call of the function uses.
    func uses(of function: LuaFunction, in scope: LuaScope, given arguments: [LuaMeaning]) -> [LuaUse] {
        let noted = uses
        uses = []
        functionsLeft = Self.functionLimit
        walk(function, in: scope, given: arguments)
        defer { uses = noted }
        return uses
    }

    private func walk(_ function: LuaFunction, in scope: LuaScope, given arguments: [LuaMeaning]) {
        guard depth < Self.depthLimit, functionsLeft > 0 else { return }
        depth += 1
        functionsLeft -= 1
        let inner = LuaScope(inside: scope)
        for (index, name) in function.parameters.enumerated() {
            let isChanged = scope.changes.reassigned.contains(name.text)
            let given = arguments.indices.contains(index) ? arguments[index] : .unknown
            inner.declare(name.text, isChanged ? .unknown : given)
        }
        walk(function.body, in: inner)
        depth -= 1
    }

    private func conditionally(_ body: () -> Void) {
        conditions += 1
        body()
        conditions -= 1
    }

    // MARK: Statements

    private func walk(_ block: [LuaStatement], in scope: LuaScope) {
        var added = 0
        for statement in block {
            walk(statement, in: scope)
            if added == 0, statement.mayLeave {
                conditions += 1
                added = 1
            }
        }
        conditions -= added
    }

    private func walk(_ statement: LuaStatement, in scope: LuaScope) {
        switch statement.kind {
        case .local(let names, let values):
            let meanings = values.map { meaning(of: $0, in: scope) }
            for (index, name) in names.enumerated() {
                let given = meanings.indices.contains(index) ? meanings[index] : .unknown
                scope.declare(name.text, scope.changes.reassigned.contains(name.text) ? .unknown : given)
            }
        case .localFunction(let name, let function):
            scope.declare(name.text, .function(function, scope))
            if !followsCalls { walkInPlace(function, in: scope) }
        case .function(let target, let function):
            write(.function(function, scope), to: target, in: scope)
            walkInPlace(function, in: scope)
        case .assignment(let targets, let values):
            let meanings = values.map { meaning(of: $0, in: scope) }
            for (index, target) in targets.enumerated() {
                write(meanings.indices.contains(index) ? meanings[index] : .unknown, to: target, in: scope)
            }
        case .call(let expression): _ = meaning(of: expression, in: scope)
        case .block(let block): walk(block, in: LuaScope(inside: scope))
        case .whileLoop(let condition, let block):
            _ = meaning(of: condition, in: scope)
            conditionally { walk(block, in: LuaScope(inside: scope)) }
        case .repeatLoop(let block, until: let condition):
            let inner = LuaScope(inside: scope)
            walk(block, in: inner)
            _ = meaning(of: condition, in: inner)
        case .forLoop(let names, let values, let block):
            for value in values { _ = meaning(of: value, in: scope) }
            let inner = LuaScope(inside: scope)
            let item = itemWalked(by: values, in: scope)
            for (index, name) in names.enumerated() {
                let isItem = index == 1 && !scope.changes.reassigned.contains(name.text)
                inner.declare(name.text, isItem ? item : .unknown)
            }
            conditionally { walk(block, in: inner) }
        case .branches(let branches, otherwise: let otherwise):
            for (condition, block) in branches {
                _ = meaning(of: condition, in: scope)
                conditionally { walk(block, in: LuaScope(inside: scope)) }
            }
            conditionally { walk(otherwise, in: LuaScope(inside: scope)) }
        case .returned(let values):
            let meanings = values.map { meaning(of: $0, in: scope) }
            if depth == 0 { returned = meanings.first ?? .unknown }
        case .jump, .nothing: break
        }
    }

    /// The second variable of a loop over `ipairs` or `pairs` of a parameter or a setting.
    private func itemWalked(by values: [LuaExpression], in scope: LuaScope) -> LuaMeaning {
        guard values.count == 1, case .suffixed(let base, let suffixes) = values[0].kind, suffixes.count == 1,
            case .name(let name) = base.kind, name.text == "ipairs" || name.text == "pairs",
            scope[name.text] == nil, case .call(let arguments) = suffixes[0].kind, arguments.count == 1
        else { return .unknown }
        let count = uses.count
        // It was read as an argument already.
        defer { uses.removeLast(uses.count - count) }
        guard case .path(var path) = meaning(of: arguments[0], in: scope),
            path.root == .parameters || path.root == .host
        else { return .unknown }
        path.keys.append(.unknown)
        return .path(path)
    }

    /// A function of which it is not known who calls it.
    private func walkInPlace(_ function: LuaFunction, in scope: LuaScope) {
        conditionally { walk(function, in: scope, given: []) }
    }

    private func write(_ value: LuaMeaning, to target: LuaExpression, in scope: LuaScope) {
        switch target.kind {
        case .name(let name):
            guard scope[name.text] == nil else { return }
            note(
                LuaPath(root: .global(name.text)), [], target.range, .write(value), in: scope)
        case .suffixed(let base, let suffixes):
            guard let last = suffixes.last else { return }
            var state = begin(base, in: scope)
            for suffix in suffixes.dropLast() { step(suffix, &state, in: scope) }
            guard case .path = state.meaning else {
                if case .index(let key) = last.kind { _ = meaning(of: key, in: scope) }
                return
            }
            step(last, &state, in: scope)
            if case .path(let path) = state.meaning {
                note(path, state.keyRanges, target.range, .write(value), in: scope)
            }
        case .null, .bool, .number, .text, .varargs, .function, .table, .brackets, .operation, .unread: break
        }
    }

    // MARK: Expressions

    private func note(
        _ path: LuaPath, _ keyRanges: [Range<Int>], _ range: Range<Int>, _ kind: LuaUse.Kind,
        in scope: LuaScope
    ) {
        var path = path
        var keyRanges = keyRanges
        // `_G.x` and `_ENV.x` are the global x.
        if case .global(let name) = path.root, name == "_G" || name == "_ENV",
            case .constant(let key)? = path.keys.first
        {
            path = LuaPath(root: key == "host" ? .host : .global(key), keys: Array(path.keys.dropFirst()))
            keyRanges = Array(keyRanges.dropFirst())
        }
        uses.append(
            LuaUse(
                path: path, keyRanges: keyRanges, range: range, file: scope.file, kind: kind,
                isConditional: conditions > 0, isInFunction: depth > 0))
    }

    /// What the expression is known to be, with its uses noted.
    func meaning(of expression: LuaExpression, in scope: LuaScope) -> LuaMeaning {
        switch expression.kind {
        case .null: return .constant(.null)
        case .bool(let flag): return .constant(.bool(flag))
        case .number(let text): return Self.number(text).map(LuaMeaning.constant) ?? .unknown
        case .text(let text?): return .constant(.string(text))
        case .text(nil), .varargs, .unread: return .unknown
        case .brackets(let inner): return meaning(of: inner, in: scope)
        case .function(let function):
            if !followsCalls { walkInPlace(function, in: scope) }
            return .function(function, scope)
        case .table(let entries): return .table(table(entries, expression.range, in: scope))
        case .name, .suffixed:
            let state = begin(expression, in: scope)
            if case .path(let path) = state.meaning {
                note(path, state.keyRanges, expression.range, .read, in: scope)
            }
            return state.meaning
        case .operation(let operands, let operators):
            return operation(operands, operators, in: scope)
        }
    }

    private static func number(_ text: String) -> Value? {
        if let number = Int64(text) { return .integer(number) }
        return Double(text).flatMap { $0.isFinite && !text.contains("x") ? .double($0) : nil }
    }

    private func table(_ entries: [LuaEntry], _ range: Range<Int>, in scope: LuaScope) -> LuaTable {
        let made = entries.map { entry in
            let key: LuaTable.Key =
                switch entry.key {
                case .constant(let name): .constant(name)
                case .item: .item
                case .computed(let expression):
                    switch meaning(of: expression, in: scope) {
                    case .constant(.string(let name)): .constant(name)
                    case .path(let path): path.parameter.map(LuaTable.Key.parameter) ?? .unknown
                    case .unknown, .constant, .text, .function, .table, .oneOf: .unknown
                    }
                }
            return LuaTable.Entry(
                key: key, value: meaning(of: entry.value, in: scope), range: entry.range,
                valueRange: entry.value.range)
        }
        return LuaTable(entries: made, range: range, file: scope.file, isOpen: false)
    }

    private func operation(
        _ operands: [LuaExpression], _ operators: [String], in scope: LuaScope
    ) -> LuaMeaning {
        var added = 0
        var first = LuaMeaning.unknown
        for (index, operand) in operands.enumerated() {
            if index > 0, added == 0, ["and", "or"].contains(operators[index - 1]) {
                conditions += 1
                added = 1
            }
            let meaning = meaning(of: operand, in: scope)
            if index == 0 { first = meaning }
        }
        conditions -= added
        guard let text = first.text, !operators.isEmpty, operators.allSatisfy({ $0 == ".." }) else {
            return .unknown
        }
        return .text(prefix: text)
    }

    // MARK: Names with what is behind them

    /// How far an expression with suffixes is read.
    private struct Reading {
        var meaning: LuaMeaning
        var keyRanges: [Range<Int>] = []
        /// Where it begins.
        var start: Int
    }

    /// Reads a name or another expression with its suffixes. What is left as a path is not noted yet.
    private func begin(_ expression: LuaExpression, in scope: LuaScope) -> Reading {
        switch expression.kind {
        case .name(let name):
            return Reading(meaning: variable(name.text, in: scope), start: expression.range.lowerBound)
        case .suffixed(let base, let suffixes):
            var state = begin(base, in: scope)
            for suffix in suffixes { step(suffix, &state, in: scope) }
            return state
        case .brackets(let inner):
            return begin(inner, in: scope)
        case .null, .bool, .number, .text, .varargs, .function, .table, .operation, .unread:
            return Reading(meaning: meaning(of: expression, in: scope), start: expression.range.lowerBound)
        }
    }

    private func variable(_ name: String, in scope: LuaScope) -> LuaMeaning {
        guard let meaning = scope[name] else {
            return .path(LuaPath(root: name == "host" ? .host : .global(name)))
        }
        guard case .table(let table) = meaning else { return meaning }
        let more = scope.changes.extended[name] ?? []
        let isOpen = scope.changes.extendedSomehow.contains(name)
        if more.isEmpty, !isOpen { return meaning }
        let added = more.sorted().map {
            LuaTable.Entry(key: .constant($0), value: .unknown, range: table.range, valueRange: table.range)
        }
        return .table(
            LuaTable(
                entries: table.entries + added, range: table.range, file: table.file,
                isOpen: isOpen || table.isOpen))
    }

    private func step(_ suffix: LuaSuffix, _ state: inout Reading, in scope: LuaScope) {
        switch suffix.kind {
        case .key(let name): take(.constant(name), suffix.range, &state)
        case .index(let key):
            switch meaning(of: key, in: scope) {
            case .constant(.string(let name)): take(.constant(name), suffix.range, &state)
            case .path(let path):
                take(path.parameter.map(LuaPath.Key.parameter) ?? .unknown, suffix.range, &state)
            case .unknown, .constant, .text, .function, .table, .oneOf:
                take(.unknown, suffix.range, &state)
            }
        case .call(let expressions):
            let arguments = arguments(expressions, in: scope)
            let range = state.start..<suffix.range.upperBound
            state = Reading(
                meaning: call(state, arguments, range, in: scope), start: state.start)
        case .method(let name, let expressions):
            let arguments = arguments(expressions, in: scope)
            if case .path(var path) = state.meaning {
                let range = state.start..<suffix.range.upperBound
                switch path.root {
                case .host, .global:
                    path.keys.append(.constant(name))
                    note(path, state.keyRanges + [suffix.range], range, .method(arguments), in: scope)
                case .event, .parameters: note(path, state.keyRanges, range, .read, in: scope)
                }
            }
            state = Reading(meaning: .unknown, start: state.start)
        }
    }

    private func take(_ key: LuaPath.Key, _ range: Range<Int>, _ state: inout Reading) {
        switch state.meaning {
        case .path(var path):
            path.keys.append(key)
            state.meaning = .path(path)
            state.keyRanges.append(range)
        case .table(let table):
            if case .constant(let name) = key {
                state.meaning = table[name]
            } else {
                state.meaning = .oneOf(table.entries.map(\.value))
            }
            state.keyRanges = []
        case .unknown, .constant, .text, .function, .oneOf:
            state.meaning = .unknown
            state.keyRanges = []
        }
    }

    private func arguments(_ expressions: [LuaExpression], in scope: LuaScope) -> [LuaUse.Argument] {
        expressions.map { LuaUse.Argument(meaning: meaning(of: $0, in: scope), range: $0.range) }
    }

    private func call(
        _ state: Reading, _ arguments: [LuaUse.Argument], _ range: Range<Int>, in scope: LuaScope
    ) -> LuaMeaning {
        switch state.meaning {
        case .path(let path):
            note(path, state.keyRanges, range, .call(arguments), in: scope)
            if path.isExactly(.global("require")), let name = arguments.first?.meaning.text {
                return module(name)
            }
            if path.isExactly(.host, "list") { return arguments.first?.meaning ?? .unknown }
            walkCallbacks(among: arguments)
        case .function(let function, let own):
            if followsCalls { walk(function, in: own, given: arguments.map(\.meaning)) }
        case .oneOf(let meanings):
            guard followsCalls else { break }
            conditionally {
                for case .function(let function, let own) in meanings {
                    walk(function, in: own, given: arguments.map(\.meaning))
                }
            }
        case .unknown, .constant, .text, .table: walkCallbacks(among: arguments)
        }
        return .unknown
    }

    /// Functions that others are given to call.
    private func walkCallbacks(among arguments: [LuaUse.Argument]) {
        guard followsCalls else { return }
        for case .function(let function, let scope) in arguments.map(\.meaning) {
            walkInPlace(function, in: scope)
        }
    }
}

extension LuaStatement {
    /// Whether what is behind it may not be reached.
    fileprivate var mayLeave: Bool {
        switch kind {
        case .block(let block), .whileLoop(_, let block), .repeatLoop(let block, until: _),
            .forLoop(_, _, let block):
            block.contains(where: \.leaves)
        case .branches(let branches, otherwise: let otherwise):
            (branches.flatMap(\.block) + otherwise).contains(where: \.leaves)
        case .local, .localFunction, .function, .assignment, .call, .returned, .jump, .nothing: false
        }
    }

    private var leaves: Bool {
        switch kind {
        case .returned, .jump: true
        case .local, .localFunction, .function, .assignment, .call, .block, .whileLoop, .repeatLoop, .forLoop,
            .branches, .nothing:
            mayLeave
        }
    }
}
