/// Reads Lua source into its syntax.
///
/// The source is one that the interpreter has compiled: what it would refuse is not looked for, and how deep
/// expressions and blocks can be is bounded by what it allows. What this reader does not understand ends the reading, and
/// what is behind it is not found.
struct LuaParser {
    private let tokens: [PlacedLuaToken]
    private var at = 0

    /// The statements of a file.
    static func chunk(_ tokens: [PlacedLuaToken]) -> [LuaStatement] {
        var parser = LuaParser(tokens: tokens)
        return parser.block()
    }

    static func expression(_ source: String) -> LuaExpression {
        var reader = LuaTokens(bytes: Array(source.utf8))
        var parser = LuaParser(tokens: reader.readAll())
        return parser.expression()
    }

    private init(tokens: [PlacedLuaToken]) { self.tokens = tokens }

    // MARK: Tokens

    private func token(_ offset: Int = 0) -> LuaToken? {
        tokens.indices.contains(at + offset) ? tokens[at + offset].token : nil
    }

    /// Where the next token begins.
    private var start: Int {
        tokens.indices.contains(at) ? tokens[at].range.lowerBound : tokens.last?.range.upperBound ?? 0
    }

    /// From `start` to where the last token ends.
    private func range(from start: Int) -> Range<Int> {
        let end = at > 0 ? tokens[min(at, tokens.count) - 1].range.upperBound : start
        return start..<max(start, end)
    }

    private func isNext(_ words: String...) -> Bool {
        guard case .word(let word)? = token() else { return false }
        return words.contains(word)
    }

    private mutating func take(_ word: String) -> Bool {
        guard token() == .word(word) else { return false }
        at += 1
        return true
    }

    private mutating func takeName() -> LuaName? {
        guard case .name(let name)? = token() else { return nil }
        at += 1
        return LuaName(text: name, range: tokens[at - 1].range)
    }

    private mutating func takeNames() -> [LuaName] {
        var names: [LuaName] = []
        repeat {
            guard let name = takeName() else { break }
            names.append(name)
            // `<const>` or `<close>`.
            if take("<") { at += 2 }
        } while take(",")
        return names
    }

    // MARK: Expressions

    private mutating func expressions() -> [LuaExpression] {
        var list: [LuaExpression] = []
        repeat { list.append(expression()) } while take(",")
        return list
    }

    private mutating func expression() -> LuaExpression {
        let start = start
        var operands: [LuaExpression] = []
        var operators: [String] = []
        var hasSign = false
        repeat {
            while isNext("not", "-", "#", "~") {
                at += 1
                hasSign = true
            }
            operands.append(operand())
        } while takeBinaryOperator(&operators)
        if operands.count == 1, !hasSign { return operands[0] }
        return LuaExpression(kind: .operation(operands, operators: operators), range: range(from: start))
    }

    private static let binaryOperators: Set = [
        "+", "-", "*", "/", "//", "%", "^", "..", "&", "|", "~", "<<", ">>", "<", ">", "<=", ">=", "==",
        "~=", "and", "or",
    ]

    private mutating func takeBinaryOperator(_ operators: inout [String]) -> Bool {
        guard case .word(let word)? = token(), Self.binaryOperators.contains(word) else { return false }
        at += 1
        operators.append(word)
        return true
    }

    private mutating func operand() -> LuaExpression {
        let start = start
        let kind: LuaExpression.Kind
        switch token() {
        case .number(let text)?:
            at += 1
            kind = .number(text)
        case .text(let text)?:
            at += 1
            kind = .text(text)
        case .word("nil")?:
            at += 1
            kind = .null
        case .word("true")?, .word("false")?:
            kind = .bool(token() == .word("true"))
            at += 1
        case .word("...")?:
            at += 1
            kind = .varargs
        case .word("{")?: kind = .table(table())
        case .word("function")?:
            at += 1
            kind = .function(functionBody())
        case .name?, .word?: return suffixed()
        case nil: kind = .unread
        }
        return LuaExpression(kind: kind, range: range(from: start))
    }

    private mutating func suffixed() -> LuaExpression {
        let start = start
        let base: LuaExpression
        if let name = takeName() {
            base = LuaExpression(kind: .name(name), range: name.range)
        } else if take("(") {
            let inner = expression()
            _ = take(")")
            base = LuaExpression(kind: .brackets(inner), range: range(from: start))
        } else {
            at = tokens.count
            return LuaExpression(kind: .unread, range: range(from: start))
        }
        var suffixes: [LuaSuffix] = []
        while let suffix = suffix() { suffixes.append(suffix) }
        if suffixes.isEmpty { return base }
        return LuaExpression(kind: .suffixed(base, suffixes), range: range(from: start))
    }

    private mutating func suffix() -> LuaSuffix? {
        let start = start
        switch token() {
        case .word(".")?:
            at += 1
            guard let name = takeName() else { return nil }
            return LuaSuffix(kind: .key(name.text), range: name.range)
        case .word(":")?:
            at += 1
            guard let name = takeName() else { return nil }
            return LuaSuffix(kind: .method(name.text, arguments() ?? []), range: name.range)
        case .word("[")?:
            at += 1
            let key = expression()
            _ = take("]")
            guard case .text(let text?) = key.kind else {
                return LuaSuffix(kind: .index(key), range: key.range)
            }
            return LuaSuffix(kind: .key(text), range: key.range)
        case .word("(")?, .word("{")?, .text?:
            guard let arguments = arguments() else { return nil }
            return LuaSuffix(kind: .call(arguments), range: range(from: start))
        case .name?, .number?, .word?, nil: return nil
        }
    }

    /// `(…)`, one table or one text; nil when none is here.
    private mutating func arguments() -> [LuaExpression]? {
        switch token() {
        case .word("(")?:
            at += 1
            if take(")") { return [] }
            let list = expressions()
            _ = take(")")
            return list
        case .word("{")?, .text?: return [operand()]
        case .name?, .number?, .word?, nil: return nil
        }
    }

    private mutating func table() -> [LuaEntry] {
        at += 1
        var entries: [LuaEntry] = []
        while token() != nil, !take("}") {
            let start = start
            var key = LuaEntry.Key.item
            var keyRange: Range<Int>?
            if take("[") {
                let computed = expression()
                _ = take("]")
                _ = take("=")
                keyRange = computed.range
                if case .text(let text?) = computed.kind {
                    key = .constant(text)
                } else {
                    key = .computed(computed)
                }
            } else if case .name(let name)? = token(), token(1) == .word("=") {
                at += 1
                keyRange = range(from: start)
                at += 1
                key = .constant(name)
            }
            let value = expression()
            entries.append(LuaEntry(key: key, value: value, range: keyRange ?? value.range))
            if !take(",") { _ = take(";") }
        }
        return entries
    }

    private mutating func functionBody(isMethod: Bool = false) -> LuaFunction {
        let start = start
        _ = take("(")
        let own = isMethod ? [LuaName(text: "self", range: start..<start)] : []
        let parameters = takeNames()
        _ = take("...")
        _ = take(")")
        let body = block()
        _ = take("end")
        return LuaFunction(parameters: own + parameters, body: body)
    }

    // MARK: Statements

    /// Statements up to the word that ends the block, which is left.
    private mutating func block() -> [LuaStatement] {
        var statements: [LuaStatement] = []
        while token() != nil, !isNext("end", "else", "elseif", "until") {
            let start = start
            let kind = statement()
            statements.append(LuaStatement(kind: kind, range: range(from: start)))
        }
        return statements
    }

    private mutating func closedBlock() -> [LuaStatement] {
        let statements = block()
        _ = take("end")
        return statements
    }

    private mutating func statement() -> LuaStatement.Kind {
        guard case .word(let word)? = token() else { return assignmentOrCall() }
        at += 1
        switch word {
        case ";": return .nothing
        case "break": return .jump
        case "::":
            at += 2
            return .nothing
        case "goto":
            at += 1
            return .jump
        case "do": return .block(closedBlock())
        case "while":
            let condition = expression()
            _ = take("do")
            return .whileLoop(condition, closedBlock())
        case "repeat":
            let statements = block()
            _ = take("until")
            return .repeatLoop(statements, until: expression())
        case "if": return conditional()
        case "for":
            let names = takeNames()
            if !take("=") { _ = take("in") }
            let values = expressions()
            _ = take("do")
            return .forLoop(names, values, closedBlock())
        case "function": return namedFunction()
        case "local": return localStatement()
        case "return": return returned()
        default:
            at -= 1
            return assignmentOrCall()
        }
    }

    private mutating func returned() -> LuaStatement.Kind {
        var values: [LuaExpression] = []
        if token() != nil, !isNext("end", "else", "elseif", "until", ";") { values = expressions() }
        _ = take(";")
        return .returned(values)
    }

    private mutating func conditional() -> LuaStatement.Kind {
        var branches: [(condition: LuaExpression, block: [LuaStatement])] = []
        repeat {
            let condition = expression()
            _ = take("then")
            branches.append((condition, block()))
        } while take("elseif")
        let otherwise = take("else") ? block() : []
        _ = take("end")
        return .branches(branches, otherwise: otherwise)
    }

    private mutating func namedFunction() -> LuaStatement.Kind {
        let start = start
        guard let name = takeName() else { return .nothing }
        var suffixes: [LuaSuffix] = []
        var isMethod = false
        while isNext(".", ":") {
            if isNext(":") { isMethod = true }
            at += 1
            if let key = takeName() {
                suffixes.append(LuaSuffix(kind: .key(key.text), range: key.range))
            }
        }
        let base = LuaExpression(kind: .name(name), range: name.range)
        let target =
            suffixes.isEmpty
            ? base : LuaExpression(kind: .suffixed(base, suffixes), range: range(from: start))
        return .function(target, functionBody(isMethod: isMethod))
    }

    private mutating func localStatement() -> LuaStatement.Kind {
        if take("function") {
            guard let name = takeName() else { return .nothing }
            return .localFunction(name, functionBody())
        }
        let names = takeNames()
        return .local(names, take("=") ? expressions() : [])
    }

    private mutating func assignmentOrCall() -> LuaStatement.Kind {
        var targets: [LuaExpression] = []
        repeat { targets.append(suffixed()) } while take(",")
        if take("=") { return .assignment(targets, expressions()) }
        return .call(targets[0])
    }
}
