/// The form of an address that mail can go to, `kim@example.com`: without a name, a comment or quotes.
/// Whether mail arrives there is not known here.
public enum EmailAddress {
    public static let limitBytes = 254

    /// Bytes that divide or quote addresses in the headers of a mail.
    private static let special = Set(#",;:<>()[]"\"#.utf8)

    public static func isValid(_ text: String) -> Bool {
        guard text.utf8.count <= limitBytes, !text.hasControlCharacters,
            !text.unicodeScalars.contains(where: \.properties.isWhitespace)
        else { return false }
        let bytes = Array(text.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !bytes.contains(where: special.contains) else {
            return false
        }
        return parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty }
    }
}

extension String {
    /// Whether the text holds one of the control characters of ASCII or of Latin-1, line breaks among them.
    package var hasControlCharacters: Bool {
        unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
    }
}
