extension Unicode.Scalar {
    /// Whether it is one of the control characters of ASCII or of Latin-1, line breaks among them.
    package var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}

extension String {
    package var hasControlCharacters: Bool { unicodeScalars.contains(where: \.isControl) }

    /// The text with `?` for each control character.
    package var printable: String {
        hasControlCharacters
            ? String(String.UnicodeScalarView(unicodeScalars.map { $0.isControl ? "?" : $0 })) : self
    }

    /// The text in quotes, without control characters and cut to a length that a message bears. Every text that comes
    /// from outside stands in messages like this, so that a message is one line and says nothing to a terminal.
    package var quotedForMessage: String { "\"\(withoutQuotes)\"" }

    /// The same for a message that has its own quotes.
    package var withoutQuotes: String {
        let limit = 80
        let clean = unicodeScalars.prefix(limit).map { $0.isControl ? " " : $0 }
        return String(String.UnicodeScalarView(clean)) + (unicodeScalars.count > limit ? "..." : "")
    }
}
