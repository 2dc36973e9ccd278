import Values

/// Says of a text that is not YAML what its author can do, where the parser says only where it stopped.
struct YAMLHint {
    /// In place of what the parser says.
    let text: String
    let line: Int
    let column: Int

    /// Nil where nothing more is known than what the parser says.
    init?(for error: YAMLSyntaxError, in text: String) {
        guard let hint = HintFinder(error, text).hint else { return nil }
        self = hint
    }

    fileprivate init(_ text: String, _ line: Int, _ column: Int) {
        self.text = text.printable
        self.line = line
        self.column = column
    }
}

private struct HintFinder {
    private let error: YAMLSyntaxError
    private let lines: [Substring]

    init(_ error: YAMLSyntaxError, _ text: String) {
        self.error = error
        lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    }

    var hint: YAMLHint? {
        tab ?? quote ?? braces ?? bracket ?? sign ?? colon ?? blank ?? indentation
    }

    private func line(_ number: Int) -> Substring {
        lines.indices.contains(number - 1) ? lines[number - 1] : ""
    }

    private var written: Substring { line(error.line) }

    private func indentation(of line: Substring) -> Int { line.prefix { $0 == " " }.count }

    /// A tab where only blanks may be.
    private var tab: YAMLHint? {
        let blank = written.prefix { $0 == " " || $0 == "\t" }
        guard let tab = blank.firstIndex(of: "\t") else { return nil }
        return YAMLHint(
            "the line is indented with a tab; write blanks", error.line,
            written.distance(from: written.startIndex, to: tab) + 1)
    }

    private var quote: YAMLHint? {
        guard error.problem.contains("quoted scalar") else { return nil }
        let opening =
            line(error.contextLine).unicodeScalars.dropFirst(error.contextColumn - 1).first.map(String.init)
            ?? "quote"
        return YAMLHint(
            "the \(opening) that opens here is not closed", error.contextLine, error.contextColumn)
    }

    /// `{{name}}` that is not in quotes.
    private var braces: YAMLHint? {
        guard let column = Self.unquoted("{{", in: written) else { return nil }
        return YAMLHint(
            "a text with {{name}} needs quotes: \"{{name}}\"", error.line, column)
    }

    /// A `{` or `[` that is not closed.
    private var bracket: YAMLHint? {
        if error.problem.contains("flow node"), let open = unclosed {
            return YAMLHint("the \(open.sign) that opens here is not closed", open.line, open.column)
        }
        guard error.problem.contains("flow mapping") || error.problem.contains("flow sequence") else {
            return nil
        }
        let opening = error.problem.contains("flow mapping") ? "{" : "["
        if error.contextLine < error.line {
            return YAMLHint(
                "the \(opening) that opens here is not closed before line \(error.line)", error.contextLine,
                error.contextColumn)
        }
        guard Self.unquoted(": ", in: written.dropFirst(error.column - 1)) == 1 else { return nil }
        return YAMLHint("a text with a colon and a blank needs quotes", error.line, error.column)
    }

    /// The innermost bracket that is open where the mistake is.
    private var unclosed: (sign: Character, line: Int, column: Int)? {
        var open: [(sign: Character, line: Int, column: Int)] = []
        for number in 1...max(1, min(error.line, lines.count)) {
            var quote: Character?
            for (offset, character) in line(number).enumerated() {
                if let own = quote {
                    if character == own { quote = nil }
                } else if character == "\"" || character == "'" {
                    quote = character
                } else if character == "#" {
                    break
                } else if character == "[" || character == "{" {
                    open.append((character, number, offset + 1))
                } else if character == "]" || character == "}" {
                    _ = open.popLast()
                }
            }
        }
        return open.last
    }

    /// A text that begins with a sign of YAML, or a tab after a dash or another sign.
    private var sign: YAMLHint? {
        guard error.problem.contains("cannot start any token"),
            let first = written.unicodeScalars.dropFirst(error.column - 1).first
        else { return nil }
        if first == "\t" {
            return YAMLHint("there is a tab here; write blanks", error.line, error.column)
        }
        return YAMLHint("a text that begins with \(first) needs quotes", error.line, error.column)
    }

    /// `title: a: b`
    private var colon: YAMLHint? {
        guard error.problem.contains("mapping values are not allowed") else { return nil }
        let before = written.prefix(max(0, error.column - 1))
        if Self.unquoted(": ", in: before) != nil {
            return YAMLHint("a text with a colon and a blank needs quotes", error.line, error.column)
        }
        guard error.line > 1 else { return nil }
        if let hint = missingBlank(in: error.line - 1) { return hint }
        let above = line(error.line - 1).drop { $0 == " " || $0 == "-" }
        if !above.isEmpty, !above.contains(":"), !above.hasPrefix("#") {
            return YAMLHint(
                "expected `KEY: VALUE`, with a colon and a blank", error.line - 1,
                indentation(of: line(error.line - 1)) + 1)
        }
        return deeper
    }

    /// `run:x`
    private var blank: YAMLHint? {
        guard error.problem.contains("could not find expected ':'") else { return nil }
        let first = error.contextLine > 0 ? error.contextLine : error.line
        for number in [first, error.line] {
            if let hint = missingBlank(in: number) { return hint }
        }
        return YAMLHint(
            "expected `KEY: VALUE`, with a colon and a blank", first, indentation(of: line(first)) + 1)
    }

    private func missingBlank(in number: Int) -> YAMLHint? {
        let text = line(number)
        let word = text.drop { $0 == " " || $0 == "-" }
        let key = word.prefix { $0.isLetter || $0 == "_" }
        let rest = word.dropFirst(key.count)
        guard !key.isEmpty, rest.hasPrefix(":"), rest.count > 1, !rest.hasPrefix(": ") else { return nil }
        let column = text.distance(from: text.startIndex, to: rest.startIndex) + 1
        return YAMLHint("a blank is missing after the colon: \(key): \(rest.dropFirst())", number, column)
    }

    /// A line that begins in another column than those it belongs to.
    private var indentation: YAMLHint? {
        let isList = error.problem.contains("block collection")
        guard isList || error.problem.contains("block mapping"), error.contextLine > 0 else { return nil }
        let own = indentation(of: written) + 1
        guard own != error.contextColumn else { return nil }
        let what = isList ? "the items of the list" : "the keys of the table"
        return YAMLHint(
            "the line begins in column \(own), and \(what) that it is in, from line \(error.contextLine), begin in column \(error.contextColumn)",
            error.line, own)
    }

    private var deeper: YAMLHint? {
        guard let above = (1..<error.line).reversed().map(line).first(where: { !$0.allSatisfy { $0 == " " } })
        else { return nil }
        let own = indentation(of: written) + 1
        let other = above.prefix { $0 == " " || $0 == "-" }.count + 1
        guard own > other else { return nil }
        return YAMLHint(
            "the line begins in column \(own), deeper than the line above, which begins in column \(other) and has a value already",
            error.line, own)
    }

    /// The column of the text outside of quotes.
    private static func unquoted(_ text: String, in line: Substring) -> Int? {
        var quote: Character?
        for (offset, index) in line.indices.enumerated() {
            let character = line[index]
            if let open = quote {
                if character == open { quote = nil }
                continue
            }
            if line[index...].hasPrefix(text) { return offset + 1 }
            if character == "\"" || character == "'" { quote = character }
        }
        return nil
    }
}
