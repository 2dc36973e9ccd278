import Values

/// What an author can do about a syntax error of Lua, where its message says only where the reading stopped.
struct SyntaxHint {
    /// Behind the message.
    let text: String
    /// The line to look at, where it is another one.
    let line: Int?

    /// - Parameters:
    ///   - message: Lua's own, without the place.
    ///   - line: where it says that the mistake is, from 1.
    init?(for message: String, at line: Int, in source: [UInt8]) {
        guard let hint = HintFinder(message, line, source).hint else { return nil }
        self = hint
    }

    fileprivate init(_ text: String, line: Int? = nil) {
        self.text = text
        self.line = line
    }
}

private struct HintFinder {
    private let message: String
    private let line: Int
    private let text: String
    private let lines: [Substring]
    private let tokens: [PlacedLuaToken]
    /// The line of each token, from 1.
    private let tokenLines: [Int]
    /// What the message says after `near`.
    private let near: String

    init(_ message: String, _ line: Int, _ source: [UInt8]) {
        self.message = message
        self.line = line
        text = String(decoding: source, as: UTF8.self)
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var reader = LuaTokens(bytes: source)
        tokens = reader.readAll()
        var current = 1
        var at = 0
        tokenLines = tokens.map { token in
            let start = min(token.range.lowerBound, source.count)
            while at < start {
                if source[at] == 0x0A { current += 1 }
                at += 1
            }
            return current
        }
        let behind = message.components(behind: " near ")
        near = behind.hasPrefix("'") && behind.hasSuffix("'") ? String(behind.dropFirst().dropLast()) : behind
    }

    var hint: SyntaxHint? {
        character ?? unclosedBlock ?? missingComma ?? comparison ?? foreign ?? call ?? misspelled
    }

    private var written: Substring { lines.indices.contains(line - 1) ? lines[line - 1] : "" }

    /// The token that the message names: the first of that text on its line.
    private var tokenIndex: Int? {
        tokens.indices.first { tokenLines[$0] >= line && text(tokens[$0]) == near }
    }

    private func text(_ token: PlacedLuaToken) -> String {
        switch token.token {
        case .name(let name), .word(let name), .number(let name): name
        case .text:
            String(decoding: Array(text.utf8)[token.range.clamped(to: 0..<text.utf8.count)], as: UTF8.self)
        }
    }

    // MARK: Kinds

    /// A character that looks like one of Lua's.
    private var character: SyntaxHint? {
        guard near.hasPrefix("<\\") else { return nil }
        guard let found = written.unicodeScalars.first(where: { Self.quotes.contains($0) }) else {
            return written.unicodeScalars.contains("\u{A0}")
                ? SyntaxHint("the line has a blank that does not break (U+00A0): write a plain one") : nil
        }
        return SyntaxHint("\(found) is not a quote of Lua: write \" or '")
    }

    private static let quotes: Set<Unicode.Scalar> = ["“", "”", "„", "‟", "‘", "’", "‚", "«", "»", "‹", "›"]

    /// A block that a bracket, or the end of the file, closes too early.
    private var unclosedBlock: SyntaxHint? {
        guard ["}", ")", "]", ",", "<eof>"].contains(near) || message.hasPrefix("'end' expected") else {
            return nil
        }
        var open: [(word: String, line: Int)] = []
        for (index, token) in tokens.enumerated() {
            guard case .word(let word) = token.token else { continue }
            switch word {
            case "function", "if", "do", "repeat", "{", "(", "[": open.append((word, tokenLines[index]))
            case "while", "for": break
            case "end", "until":
                // The innermost block whose line is not deeper than that of its end.
                if let last = open.last, !Self.brackets.contains(last.word) {
                    if isFirst(index), indentation(tokenLines[index]) < indentation(last.line) {
                        return unclosed(last)
                    }
                    open.removeLast()
                }
            case "}", ")", "]":
                guard let last = open.last else { return nil }
                if !Self.brackets.contains(last.word) { return unclosed(last) }
                open.removeLast()
            case _: break
            }
        }
        return open.last.flatMap(unclosed)
    }

    private static let brackets = ["{", "(", "["]

    private func unclosed(_ opener: (word: String, line: Int)) -> SyntaxHint? {
        if Self.brackets.contains(opener.word) {
            return SyntaxHint("the `\(opener.word)` of line \(opener.line) is not closed", line: opener.line)
        }
        let end = opener.word == "repeat" ? "until" : "end"
        return SyntaxHint(
            "the `\(opener.word)` of line \(opener.line) has no `\(end)`", line: opener.line)
    }

    private func isFirst(_ index: Int) -> Bool { index == 0 || tokenLines[index - 1] < tokenLines[index] }

    private func indentation(_ line: Int) -> Int {
        lines.indices.contains(line - 1) ? lines[line - 1].prefix { $0 == " " || $0 == "\t" }.count : 0
    }

    /// Two entries of a table, or two arguments, with nothing between them.
    private var missingComma: SyntaxHint? {
        guard message.hasPrefix("'}' expected") || message.hasPrefix("')' expected"), let index = tokenIndex,
            index > 0
        else { return nil }
        if near == "=" {
            guard case .text = tokens[index - 1].token else { return nil }
            return SyntaxHint("a key that is a text has brackets: [\(text(tokens[index - 1]))] =")
        }
        switch tokens[index].token {
        case .word("and"), .word("or"), .word("then"), .word("do"), .word("end"), .word("return"),
            .word("local"):
            return nil
        case .name, .text, .number, .word:
            let before = tokenLines[index - 1]
            let what = message.hasPrefix("'}'") ? "entry of the table" : "argument"
            return SyntaxHint(
                "is a comma missing after the \(what) in line \(before)?", line: before == line ? nil : before
            )
        }
    }

    private var comparison: SyntaxHint? {
        if near == "!" {
            return SyntaxHint(
                written.contains("!=") ? "Lua writes `~=` for not equal" : "Lua writes `not` for `!`")
        }
        if near == "=",
            message.hasPrefix("'then' expected") || message.hasPrefix("'do' expected")
                || message.hasPrefix("<eof> expected") || message.hasPrefix("')' expected")
        {
            return SyntaxHint("`=` assigns; `==` compares")
        }
        return near == "==" ? SyntaxHint("`==` compares; `=` assigns") : nil
    }

    /// What other languages write.
    private var foreign: SyntaxHint? {
        if written.contains("+=") || written.contains("-="), "+-=".contains(near) {
            return SyntaxHint("Lua does not have `+=`: write x = x + 1")
        }
        if written.contains("++"), near == "+" {
            return SyntaxHint("Lua does not have `++`: write x = x + 1")
        }
        if near == "&" { return SyntaxHint("Lua writes `and` for `&&`") }
        if near == "|" { return SyntaxHint("Lua writes `or` for `||`") }
        if near == "//" || near == "/" { return SyntaxHint("a comment of Lua begins with --") }
        if message.hasPrefix("unfinished string") {
            return SyntaxHint("the quote is not closed in this line")
        }
        return nil
    }

    /// `f "x" .. "y"`, and a file that begins with a table.
    private var call: SyntaxHint? {
        if near == ".." {
            return SyntaxHint("a call without brackets takes one text alone: put all of it in brackets")
        }
        guard near == "{", tokenIndex == 0 else { return nil }
        return SyntaxHint("a plugin's file returns its table: write return { … }")
    }

    /// A word before the mistake that is nearly one of Lua's.
    private var misspelled: SyntaxHint? {
        guard message.hasPrefix("syntax error") || message.contains("expected near"), let index = tokenIndex,
            index > 0,
            case .name(let name) = tokens[index - 1].token
        else { return nil }
        let hint = suggestion(for: name, among: LuaToken.reserved.filter { $0.utf8.count > 2 }.sorted())
        return hint.isEmpty ? nil : SyntaxHint(String(hint.dropFirst(2)))
    }
}

extension String {
    /// What is behind the last of these texts; empty without it.
    fileprivate func components(behind separator: String) -> String {
        guard let range = self.ranges(of: separator).last else { return "" }
        return String(self[range.upperBound...])
    }
}
