/// Where a request belongs in a trace, as a `traceparent` header of W3C Trace Context says it. Whoever is asked passes it on.
public struct TraceParent: ExactlyCompared {
    /// `VERSION-TRACE-PARENT-FLAGS`, in small hexadecimal digits.
    public let text: String

    /// Nil when the text is not one of version 0, or names no trace: such a header is passed over.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [2, 32, 16, 2], parts[0] == "00",
            parts.allSatisfy({ $0.utf8.allSatisfy(Self.isDigit) }),
            parts[1...2].allSatisfy({ $0.contains { $0 != "0" } })
        else { return nil }
        self.text = text
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
