/// A name of an expression that is not one of its own local variables, and the constant keys behind it: for
/// `lead.fields.score` the name `lead` with `fields` and `score`.
struct LuaNameUse: Equatable {
    var name: String
    var keys: [String]
}

/// Finds the names in a Lua expression that come from outside of it, by walking its syntax: also those in
/// branches that no call takes.
///
/// The expression is one that the interpreter has compiled. What this reader does not understand ends the walk,
/// and names behind it are not found.
struct LuaNames {
    private let tokens: [LuaToken]
    private var at = 0
    private var scopes: [Set<String>] = [[]]
    private var uses: [LuaNameUse] = []

    /// In the order of the expression.
    static func of(expression: String) -> [LuaNameUse] {
        var reader = LuaNames(tokens: LuaTokens.of(expression))
        reader.expression()
        return reader.uses
    }

    private init(tokens: [LuaToken]) { self.tokens = tokens }

    // MARK: Tokens

    private func token(_ offset: Int = 0) -> LuaToken? {
        tokens.indices.contains(at + offset) ? tokens[at + offset] : nil
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

    private mutating func takeName() -> String? {
        guard case .name(let name)? = token() else { return nil }
        at += 1
        return name
    }

    private mutating func takeNames() -> [String] {
        var names: [String] = []
        repeat {
            guard let name = takeName() else { break }
            names.append(name)
            // `<const>` or `<close>`.
            if take("<") { at += 2 }
        } while take(",")
        return names
    }

    // MARK: Scopes

    private mutating func inScope(with names: [String] = [], _ body: (inout LuaNames) -> Void) {
        scopes.append(Set(names))
        body(&self)
        scopes.removeLast()
    }

    private mutating func declare(_ names: [String]) { scopes[scopes.count - 1].formUnion(names) }

    private func isLocal(_ name: String) -> Bool { scopes.contains { $0.contains(name) } }

    /// Notes a use before those that came after `place`, where its name is. Behind a local `_ENV` nobody knows
    /// what a name is.
    private mutating func note(_ use: LuaNameUse, at place: Int) {
        guard !isLocal(use.name), !isLocal("_ENV") else { return }
        if use.name == "_ENV" || use.name == "_G" {
            guard let first = use.keys.first else { return }
            uses.insert(LuaNameUse(name: first, keys: Array(use.keys.dropFirst())), at: place)
        } else {
            uses.insert(use, at: place)
        }
    }

    // MARK: Expressions

    private mutating func expressions() {
        repeat { expression() } while take(",")
    }

    /// Operands and operators in turn; which binds first does not matter to names.
    private mutating func expression() {
        repeat {
            while isNext("not", "-", "#", "~") { at += 1 }
            operand()
        } while takeBinaryOperator()
    }

    private mutating func takeBinaryOperator() -> Bool {
        let isOperator = isNext(
            "+", "-", "*", "/", "//", "%", "^", "..", "&", "|", "~", "<<", ">>", "<", ">", "<=", ">=", "==",
            "~=",
            "and", "or")
        if isOperator { at += 1 }
        return isOperator
    }

    private mutating func operand() {
        switch token() {
        case .number?, .word("nil")?, .word("true")?, .word("false")?, .word("...")?: at += 1
        case .text?:
            at += 1
        case .word("{")?: table()
        case .word("function")?:
            at += 1
            functionBody()
        case .name?, .word?: suffixed()
        case nil: break
        }
    }

    /// A name or an expression in brackets, with what is behind it: keys, calls, methods.
    private mutating func suffixed() {
        let place = uses.count
        var use: LuaNameUse?
        if let name = takeName() {
            use = LuaNameUse(name: name, keys: [])
        } else if take("(") {
            expression()
            _ = take(")")
        } else {
            at = tokens.count
            return
        }
        while let key = suffix() {
            if case .constant(let text) = key {
                use?.keys.append(text)
            } else {
                if let use { note(use, at: place) }
                use = nil
            }
        }
        if let use { note(use, at: place) }
    }

    private enum Suffix {
        case constant(String), other
    }

    private mutating func suffix() -> Suffix? {
        switch token() {
        case .word(".")?:
            at += 1
            return takeName().map(Suffix.constant)
        case .word(":")?:
            at += 1
            return takeName().map(Suffix.constant)
        case .word("[")?:
            at += 1
            if case .text(let text?)? = token(), token(1) == .word("]") {
                at += 2
                return .constant(text)
            }
            expression()
            _ = take("]")
            return .other
        case .word("(")?:
            at += 1
            if !take(")") {
                expressions()
                _ = take(")")
            }
            return .other
        case .word("{")?:
            table()
            return .other
        case .text?:
            at += 1
            return .other
        case .name?, .number?, .word?, nil: return nil
        }
    }

    private mutating func table() {
        at += 1
        while token() != nil, !take("}") {
            if take("[") {
                expression()
                _ = take("]")
                _ = take("=")
            } else if case .name? = token(), token(1) == .word("=") {
                at += 2
            }
            expression()
            if !take(",") { _ = take(";") }
        }
    }

    private mutating func functionBody(_ own: [String] = []) {
        _ = take("(")
        let parameters = takeNames()
        _ = take("...")
        _ = take(")")
        inScope(with: own + parameters) { $0.block() }
        _ = take("end")
    }

    // MARK: Statements

    /// Statements up to the word that ends the block, which is left.
    private mutating func block() {
        while token() != nil, !isNext("end", "else", "elseif", "until") {
            if take("return") {
                if token() != nil, !isNext("end", "else", "elseif", "until", ";") { expressions() }
                _ = take(";")
            } else {
                statement()
            }
        }
    }

    private mutating func statement() {
        guard case .word(let word)? = token() else { return assignmentOrCall() }
        at += 1
        switch word {
        case ";", "break": break
        case "::":
            at += 2
        case "goto": at += 1
        case "do": closedBlock()
        case "while":
            expression()
            _ = take("do")
            closedBlock()
        case "repeat":
            inScope { reader in
                reader.block()
                _ = reader.take("until")
                reader.expression()
            }
        case "if": conditional()
        case "for": loop()
        case "function": namedFunction()
        case "local": localStatement()
        default:
            at -= 1
            assignmentOrCall()
        }
    }

    private mutating func closedBlock(with names: [String] = []) {
        inScope(with: names) { $0.block() }
        _ = take("end")
    }

    private mutating func conditional() {
        repeat {
            expression()
            _ = take("then")
            inScope { $0.block() }
        } while take("elseif")
        if take("else") { inScope { $0.block() } }
        _ = take("end")
    }

    private mutating func loop() {
        let names = takeNames()
        if !take("=") { _ = take("in") }
        expressions()
        _ = take("do")
        closedBlock(with: names)
    }

    private mutating func namedFunction() {
        guard let name = takeName() else { return }
        var use = LuaNameUse(name: name, keys: [])
        var own: [String] = []
        while isNext(".", ":") {
            if isNext(":") { own = ["self"] }
            at += 1
            if let key = takeName() { use.keys.append(key) }
        }
        note(use, at: uses.count)
        functionBody(own)
    }

    private mutating func localStatement() {
        if take("function") {
            if let name = takeName() { declare([name]) }
            return functionBody()
        }
        let names = takeNames()
        if take("=") { expressions() }
        declare(names)
    }

    private mutating func assignmentOrCall() {
        repeat { suffixed() } while take(",")
        if take("=") { expressions() }
    }
}
