import TestKit

@testable import Plugins

/// Writes random Lua expressions that the interpreter compiles, and knows which names of them come from outside.
struct ExpressionGrammar {
    private(set) var tokens: [String] = []
    private(set) var uses: [LuaNameUse] = []
    private var random: SeededRandom
    private var scopes: [Set<String>] = [[]]
    /// Whether each function around this place takes `...`; a condition itself does.
    private var takesMore = [true]
    private var loops = [0]
    private var labels = 0

    private static let names = ["lead", "event", "led", "host", "a", "b", "x1", "_G", "_ENV", "_", "string"]
    private static let keys = ["id", "fields", "x", "status", "A_1"]
    private static let numbers = [
        "0", "12", "3.", ".5", "1e3", "1E-3", "0x1F", "0x1p-4", "0XA.8P+1", "1e+308", "0xep1",
    ]
    private static let texts = [
        "'led'", "\"led\"", "'a\\'led'", "\"\\\\\"", "[[led]]", "[==[ ]] led ]=] ]==]", "'\\z\n led'",
        "\"a\\\nled\"", "''", "[[\n]]", "'--[['", "'\\x6c\\u{65}'",
    ]
    private static let binary = [
        "+", "-", "*", "/", "//", "%", "^", "..", "&", "|", "~", "<<", ">>", "<", ">", "<=", ">=", "==", "~=",
        "and", "or",
    ]

    /// The expression, with space and comments between its tokens, and its uses in order.
    static func write(_ random: inout SeededRandom) -> (text: String, uses: [LuaNameUse]) {
        var grammar = ExpressionGrammar(random: random)
        grammar.expression(4)
        random = grammar.random
        var text = ""
        for token in grammar.tokens {
            let space = ["\n", "--led\n", "--[[ led ]]", "--[=[ ]] led\n]=]", "\t", "--[==led\n", "--\r"]
            text += token + " " + (random.once(in: 8) ? random.pick(space) : "")
        }
        return (text, grammar.uses)
    }

    private init(random: SeededRandom) { self.random = random }

    private mutating func emit(_ words: String...) { tokens += words }
    private mutating func upTo(_ count: Int) -> Int { Int.random(in: 0...count, using: &random) }
    private func isLocal(_ name: String) -> Bool { scopes.contains { $0.contains(name) } }

    private mutating func inScope(with names: [String] = [], _ body: (inout Self) -> Void) {
        scopes.append(Set(names))
        body(&self)
        scopes.removeLast()
    }

    /// Counts a use where the expression has it: before what is in its brackets.
    private mutating func note(_ name: String, _ keys: [String], at place: Int) {
        guard !isLocal(name) else { return }
        if name == "_G" || name == "_ENV" {
            // A local `_ENV` is another table, whose `_G` nobody knows.
            guard let first = keys.first, !isLocal("_ENV") else { return }
            uses.insert(LuaNameUse(name: first, keys: Array(keys.dropFirst())), at: place)
        } else if !isLocal("_ENV") {
            uses.insert(LuaNameUse(name: name, keys: keys), at: place)
        }
    }

    // MARK: Expressions

    mutating func expression(_ depth: Int) {
        switch depth > 0 ? upTo(11) : upTo(3) {
        case 0: emit(random.pick(["nil", "true", "false", takesMore.last == true ? "..." : "nil"]))
        case 1: emit(random.pick(Self.numbers))
        case 2: emit(random.pick(Self.texts))
        case 3: suffixed(0, isStatement: false)
        case 4:
            emit(random.pick(["not", "-", "#", "~"]))
            expression(depth - 1)
        case 5, 6:
            expression(depth - 1)
            emit(random.pick(Self.binary))
            expression(depth - 1)
        case 7: table(depth - 1)
        case 8:
            emit("function")
            function(depth - 1)
        default: suffixed(depth - 1, isStatement: false)
        }
    }

    private mutating func expressions(_ depth: Int) {
        expression(depth)
        while random.once(in: 3) {
            emit(",")
            expression(depth)
        }
    }

    private mutating func table(_ depth: Int) {
        emit("{")
        for _ in 0..<upTo(3) {
            switch upTo(2) {
            case 0: emit(random.pick(Self.keys), "=")
            case 1:
                emit("[")
                expression(depth)
                emit("]", "=")
            default: break
            }
            expression(depth)
            emit(random.pick([",", ";"]))
        }
        if random.once(in: 3) { expression(depth) }
        emit("}")
    }

    private enum End { case any, call, place }

    /// A name or an expression in brackets, with keys and calls behind it.
    private mutating func suffixed(_ depth: Int, isStatement: Bool, end: End = .any) {
        let place = uses.count
        var name: String?
        var keys: [String] = []
        if depth > 0, !isStatement, random.once(in: 3) {
            emit("(")
            expression(depth - 1)
            emit(")")
        } else {
            name = random.pick(Self.names + (isStatement ? [] : ["k1"]))
            emit(name ?? "")
        }
        var isPlain = true
        for _ in 0..<(depth > 0 ? upTo(3) : upTo(1)) { suffix(depth - 1, &isPlain, &keys) }
        switch end {
        case .any: break
        case .call: arguments(depth - 1)
        case .place: key(&keys, isPlain)
        }
        if let name { note(name, keys, at: place) }
    }

    private mutating func key(_ keys: inout [String], _ isPlain: Bool) {
        let key = random.pick(Self.keys)
        emit(".", key)
        if isPlain { keys.append(key) }
    }

    private mutating func suffix(_ depth: Int, _ isPlain: inout Bool, _ keys: inout [String]) {
        let constant = random.pick(Self.keys)
        switch depth > 0 ? upTo(6) : upTo(2) {
        case 0, 1: key(&keys, isPlain)
        case 2:
            emit("[", random.pick(["'\(constant)'", "\"\(constant)\"", "[=[\(constant)]=]"]), "]")
            if isPlain { keys.append(constant) }
        case 3:
            emit(":", constant)
            if isPlain { keys.append(constant) }
            arguments(depth)
            isPlain = false
        case 4:
            emit("[", "(")
            expression(depth)
            emit(")", "]")
            isPlain = false
        default:
            arguments(depth)
            isPlain = false
        }
    }

    private mutating func arguments(_ depth: Int) {
        switch depth > 0 ? upTo(3) : upTo(1) {
        case 0: emit("(", ")")
        case 1: emit(random.pick(Self.texts))
        case 2: table(depth)
        default:
            emit("(")
            expressions(depth)
            emit(")")
        }
    }

    private mutating func function(_ depth: Int, own: [String] = []) {
        let parameters = (0..<upTo(3)).map { _ in random.pick(Self.names) }
        let takesMore = random.once(in: 3)
        emit("(", (parameters + (takesMore ? ["..."] : [])).joined(separator: " , "), ")")
        self.takesMore.append(takesMore)
        loops.append(0)
        inScope(with: own + parameters) { $0.block(depth) }
        loops.removeLast()
        self.takesMore.removeLast()
        emit("end")
    }

    // MARK: Statements

    private mutating func block(_ depth: Int) {
        for _ in 0..<upTo(3) {
            statement(depth)
            if random.once(in: 3) { emit(";") }
        }
        switch upTo(4) {
        case 0:
            emit("return")
            if random.once(in: 2) { expressions(depth) }
            if random.once(in: 2) { emit(";") }
        case 1 where loops.last ?? 0 > 0: emit("break")
        default: break
        }
    }

    private mutating func statement(_ depth: Int) {
        switch depth > 0 ? upTo(11) : upTo(4) {
        case 0: local(depth)
        case 1: suffixed(depth, isStatement: true, end: .call)
        case 2:
            suffixed(depth, isStatement: true, end: .place)
            emit("=")
            expressions(depth)
        case 3:
            labels += 1
            emit("do", "goto", "l\(labels)", "::", "l\(labels)", "::", "end")
        case 4: emit(";")
        case 5: nested(depth, "do")
        case 6: loop(depth - 1)
        case 7:
            emit("if")
            conditional(depth - 1)
        case 8: namedFunction(depth - 1)
        case 9:
            let name = random.pick(Self.names)
            emit("local", "function", name)
            scopes[scopes.count - 1].insert(name)
            function(depth - 1)
        case 10:
            emit("repeat")
            loops[loops.count - 1] += 1
            inScope { grammar in
                // A block that ends in `return` or `break` may not go on with what `until` sees.
                grammar.local(depth - 1)
                grammar.emit(";", "until")
                grammar.expression(depth - 1)
            }
            loops[loops.count - 1] -= 1
        default: local(depth)
        }
    }

    private mutating func nested(_ depth: Int, with names: [String] = [], _ word: String) {
        emit(word)
        inScope(with: names) { $0.block(depth - 1) }
        emit("end")
    }

    private mutating func local(_ depth: Int) {
        let isConstant = random.once(in: 6)
        // Nothing assigns to that name, for a constant that is assigned to does not compile.
        let names = isConstant ? ["k1"] : (0...upTo(2)).map { _ in random.pick(Self.names) }
        emit("local", names.map { $0 + (isConstant ? " < const >" : "") }.joined(separator: " , "))
        if random.once(in: 2) || isConstant {
            emit("=")
            expressions(depth - 1)
        }
        scopes[scopes.count - 1].formUnion(names)
    }

    private mutating func loop(_ depth: Int) {
        loops[loops.count - 1] += 1
        switch upTo(2) {
        case 0:
            emit("while")
            expression(depth)
            nested(depth, "do")
        case 1:
            let name = random.pick(Self.names)
            emit("for", name, "=")
            expression(depth)
            emit(",")
            expression(depth)
            nested(depth, with: [name], "do")
        default:
            let names = (0...upTo(2)).map { _ in random.pick(Self.names) }
            emit("for", names.joined(separator: " , "), "in")
            expressions(depth)
            nested(depth, with: names, "do")
        }
        loops[loops.count - 1] -= 1
    }

    private mutating func conditional(_ depth: Int) {
        expression(depth)
        emit("then")
        inScope { $0.block(depth) }
        while random.once(in: 3) {
            emit("elseif")
            expression(depth)
            emit("then")
            inScope { $0.block(depth) }
        }
        if random.once(in: 2) {
            emit("else")
            inScope { $0.block(depth) }
        }
        emit("end")
    }

    private mutating func namedFunction(_ depth: Int) {
        let name = random.pick(Self.names)
        var keys: [String] = []
        emit("function", name)
        while random.once(in: 2) { key(&keys, true) }
        var own: [String] = []
        if random.once(in: 2) {
            let method = random.pick(Self.keys)
            emit(":", method)
            keys.append(method)
            own = ["self"]
        } else if keys.isEmpty {
            key(&keys, true)
        }
        note(name, keys, at: uses.count)
        function(depth, own: own)
    }
}
