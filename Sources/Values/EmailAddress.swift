/// The form of an address that mail can go to, `kim@example.com`: without a name, a comment or quotes.
/// Whether mail arrives there is not known here.
public enum EmailAddress {
    public static let limitBytes = 254

    /// Bytes that divide or quote addresses in the headers of a mail, and braces: they are a place that nobody filled in.
    private static let special = Set(#",;:<>(){}[]"\"#.utf8)

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
