// Text for people: how messages quote, clean, shorten and list what they name.

extension String {
    /// Whether the text holds one of the control characters of ASCII or of Latin-1, line breaks among them.
    package var hasControlCharacters: Bool { unicodeScalars.contains(where: \.isControl) }

    /// Whether there is nothing but white space of Lua in the text.
    package var isBlank: Bool { utf8.allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) } }

    /// The text with a space for each tab, and with `?` for each other control character and for each that breaks
    /// lines or turns the direction of what is read.
    package var printable: String {
        isPlain || !unicodeScalars.contains(where: \.isDeceptive)
            ? self : String(String.UnicodeScalarView(unicodeScalars.map(\.printable)))
    }

    /// The same of lines that are ready to be printed: their ends stay, and so do the sequences by which a style sets
    /// text off, where `styles` are allowed.
    package func printableLines(styles: Bool) -> String {
        if isPlain { return self }
        var clean = String.UnicodeScalarView()
        var rest = unicodeScalars[...]
        while let scalar = rest.first {
            if styles, scalar == "\u{1B}", let length = rest.styleLength {
                clean.append(contentsOf: rest.prefix(length))
                rest = rest.dropFirst(length)
                continue
            }
            clean.append(scalar == "\n" ? scalar : scalar.printable)
            rest = rest.dropFirst()
        }
        return String(clean)
    }

    /// Whether there is nothing but printable ASCII in it.
    private var isPlain: Bool { utf8.allSatisfy { (0x20..<0x7F).contains($0) } }

    /// The text in quotes, without control characters and cut to a length that a message bears. Every text that comes
    /// from outside is in messages like this, so that a message is one line and says nothing to a terminal.
    package var quotedForMessage: String { "\"\(withoutQuotes)\"" }

    /// The same for a message that has its own quotes.
    package var withoutQuotes: String {
        let limit = 80
        let clean = unicodeScalars.prefix(limit).map { $0.isDeceptive ? " " : $0 }
        return String(String.UnicodeScalarView(clean)) + (unicodeScalars.count > limit ? "..." : "")
    }

    /// The beginning of a long text; the whole is in the JSON.
    package var shortened: String {
        let limit = 120
        guard utf8.count > limit, let end = index(startIndex, offsetBy: limit, limitedBy: endIndex),
            end < endIndex
        else { return self }
        return self[..<end] + "..."
    }
}

extension Value {
    /// The beginning of the value as people read it: a text as it is, everything else as JSON. A text that would read
    /// as something else, or as nothing, is in quotes, as JSON has it.
    package var forPeople: String { forPeople(asWord: false) }

    /// The same in a line of words, where a text with white space is in quotes too.
    package var wordForPeople: String { forPeople(asWord: true) }

    private func forPeople(asWord isWord: Bool) -> String {
        guard case .string(let text) = self else { return json.shortened }
        return text.readsAsText(asWord: isWord) ? text.shortened : Value.string(text.shortened).json
    }
}

extension String {
    /// Whether the text without quotes can only be read as this text.
    fileprivate func readsAsText(asWord isWord: Bool) -> Bool {
        guard let first = unicodeScalars.first, let last = unicodeScalars.last else { return false }
        if first.properties.isWhitespace || last.properties.isWhitespace
            || "\"[{".unicodeScalars.contains(first)
        {
            return false
        }
        if unicodeScalars.contains(where: { $0.isDeceptive || isWord && $0.properties.isWhitespace }) {
            return false
        }
        // All that is written like a number, with a zero before it too.
        return !["true", "false", "null"].contains(self) && Double(self) == nil
    }
}

extension Unicode.Scalar {
    /// Whether it is one of the control characters of ASCII or of Latin-1, line breaks among them.
    package var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }

    /// What is printed in its place.
    fileprivate var printable: Unicode.Scalar { self == "\t" ? " " : isDeceptive ? "?" : self }

    /// Whether printing it would do something to a terminal or to how what is around it reads: a control character, one
    /// that ends a line or a paragraph, or one that turns the direction of text.
    package var isDeceptive: Bool {
        isControl || (0x2028...0x202E).contains(value) || (0x2066...0x2069).contains(value)
    }
}

extension Character {
    /// How many columns of a terminal it takes: two for the wide characters of East Asia and for pictures.
    package var columns: Int {
        guard let scalar = unicodeScalars.first, scalar.value >= 0x1100 else { return 1 }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        default:
            return 1
        }
    }
}

extension String {
    /// See ``Swift/Character/columns``.
    package var columns: Int { reduce(0) { $0 + $1.columns } }
}

extension Substring.UnicodeScalarView {
    /// How long the sequence is that sets text off and begins here: `ESC [ digits m`; nil when there is none.
    fileprivate var styleLength: Int? {
        let digits = dropFirst(2).prefix { ("0"..."9").contains($0) }.count
        guard dropFirst().first == "[", (1...2).contains(digits), dropFirst(2 + digits).first == "m" else {
            return nil
        }
        return 3 + digits
    }
}

extension [String] {
    /// `a, b and c`.
    package func listed(with conjunction: String) -> String {
        guard count > 1, let last else { return first ?? "" }
        return "\(dropLast().joined(separator: ", ")) \(conjunction) \(last)"
    }
}

extension Timestamp {
    /// `2026-11-22 09:00:00Z`: to the second, which is enough to read.
    package var forPeople: String {
        let second = Timestamp(milliseconds: milliseconds - (milliseconds % 1000 + 1000) % 1000)
        return String(second.description.map { $0 == "T" ? " " : $0 })
    }
}

/// `1 map`, `2 maps`.
package func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

/// `; did you mean "x"?` where one of the known names is close to what was written, else nothing.
package func suggestion(for text: String, among known: some Sequence<String>) -> String {
    let limitBytes = 64
    guard text.utf8.count <= limitBytes else { return "" }
    let written = Array(text.utf8)
    var best: (name: String, distance: Int)?
    for name in known where name.utf8.count <= limitBytes && !sameBytes(name, text) {
        let distance = editDistance(written, Array(name.utf8))
        let allowed = max(1, min(3, name.utf8.count / 3))
        if distance <= allowed, distance < (best?.distance ?? .max) { best = (name, distance) }
    }
    return best.map { "; did you mean \($0.name.quotedForMessage)?" } ?? ""
}

/// How many bytes must be inserted, removed or changed to make one text of the other; neighbours that changed
/// places count once.
package func editDistance(_ left: String, _ right: String) -> Int {
    editDistance(Array(left.utf8), Array(right.utf8))
}

private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in 0..<left.count {
        var next = [row + 1]
        for column in 0..<right.count {
            var distance = min(
                last[column] + (left[row] == right[column] ? 0 : 1), last[column + 1] + 1, next[column] + 1)
            if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                distance = min(distance, beforeLast[column - 1] + 1)
            }
            next.append(distance)
        }
        beforeLast = last
        last = next
    }
    return last[right.count]
}
