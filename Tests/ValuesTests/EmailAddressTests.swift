import Testing
import Values

@Suite("Email addresses")
struct EmailAddressTests {
    @Test(
        "an address is a name and a domain, and nothing else",
        arguments: [
            "kim@example.com", "k@x", "kim.lee+tag@mail.example.com", "müller@exämple.de", "a'b@example.com",
            "\(String(repeating: "x", count: 242))@example.com",
        ])
    func valid(text: String) {
        #expect(EmailAddress.isValid(text))
    }

    @Test(
        "line breaks, control characters, white space and what divides addresses are refused",
        arguments: [
            "", "kim", "@", "kim@", "@example.com", "a@b@c", "kim@example..com", "kim@.com", "kim@example.",
            "kim@example.com\n", "kim@example.com\r\nBcc: all@example.com", "kim\u{0}@example.com",
            "kim\u{85}@example.com", "kim\u{7f}@example.com", "kim @example.com", "kim\u{a0}@example.com",
            "kim\u{2003}@example.com", "kim\u{2028}@example.com", "kim\u{3000}@example.com",
            "Kim <kim@example.com>", "kim@example.com,lee@example.com", "kim@example.com;lee@example.com",
            "\"kim\"@example.com", "kim(x)@example.com", "kim@[127.0.0.1]", "kim:x@example.com",
            "kim\\@example.com",
            "{{agent}}@example.com", "kim@{{domain}}", "{kim@example.com", "kim}@example.com",
            "kim,\u{301}lee@example.com", "kim\r\u{301}@example.com",
            "\(String(repeating: "x", count: 243))@example.com",
        ])
    func invalid(text: String) {
        #expect(!EmailAddress.isValid(text))
    }
}
