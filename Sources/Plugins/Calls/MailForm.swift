import Journeys
import Values

/// What `host.email.send` may record. The host's library has looked at the same already, but for whether a template is
/// there, with the plugin's line in its messages.
package enum MailForm {
    private static let function = "host.email.send"
    static let headerNameLimitBytes = 76

    /// The keys, in the order in which messages name them.
    private static let keys = [
        "to", "cc", "bcc", "reply_to", "subject", "text", "html", "template", "values", "headers",
    ]

    /// What the mail itself sets, in lower case; every name that begins with `content-` too.
    private static let reservedHeaders: Set = [
        "from", "sender", "reply-to", "to", "cc", "bcc", "subject", "date", "message-id", "mime-version",
        "return-path", "received",
    ]

    /// - Parameter templates: the names of those that there are; nil where they are not known.
    static func check(_ message: Table, _ templates: Set<String>?) throws(Journeys.CallFailure) {
        for entry in message { try check(entry.key, entry.value) }
        if let templates, let name = message["template"]?.string, !templates.contains(name) {
            throw failure("template: \(missingTemplate(name, among: templates))")
        }
        guard ["to", "cc", "bcc"].contains(where: { message[$0] != nil }) else {
            throw failure("to: expected an address or a list of addresses, got nil")
        }
        guard message["template"] != nil || message["subject"] != nil else {
            throw failure("a subject or a template is required")
        }
    }

    private static func check(_ key: String, _ value: Value) throws(Journeys.CallFailure) {
        switch key {
        case "to", "cc", "bcc", "reply_to": try checkAddresses(value, key)
        case "subject": try checkLine(value, key)
        case "template":
            guard let name = value.string, NameForm.isValid(name) else {
                throw failure("template: expected a template's name, got \(value.phrase)")
            }
        case "text", "html":
            guard value.string != nil else { throw failure("\(key): expected a string, got \(value.phrase)") }
        case "values":
            guard value.table != nil else { throw failure("values: expected a table, got \(value.phrase)") }
        case "headers": try checkHeaders(value)
        default:
            let known = "expected " + keys.dropLast().joined(separator: ", ") + " or \(keys.last ?? "")"
            throw failure("unknown key \(key.quotedForMessage); \(known)")
        }
    }

    private static func checkAddresses(_ value: Value, _ key: String) throws(Journeys.CallFailure) {
        let addresses = value.list ?? [value]
        guard !addresses.isEmpty else { throw failure("\(key): the list of addresses is empty") }
        for address in addresses {
            guard let text = address.string, EmailAddress.isValid(text) else {
                throw failure("\(key): \(address.phrase) is not an email address")
            }
        }
    }

    private static func checkLine(_ value: Value, _ name: String) throws(Journeys.CallFailure) {
        guard let text = value.string else {
            throw failure("\(name): expected a string, got \(value.phrase)")
        }
        guard !text.hasControlCharacters else {
            throw failure("\(name): control characters and line breaks are not allowed")
        }
    }

    private static func checkHeaders(_ value: Value) throws(Journeys.CallFailure) {
        guard let headers = value.table else {
            throw failure("headers: expected a table, got \(value.phrase)")
        }
        var seen: Set<String> = []
        for entry in headers {
            guard isFieldName(entry.key) else {
                throw failure("headers: \(entry.key.quotedForMessage) is not a header's name")
            }
            let name = entry.key.lowercased()
            guard !reservedHeaders.contains(name), !name.hasPrefix("content-") else {
                throw failure("headers: the header \(entry.key) is set by the mail itself")
            }
            guard seen.insert(name).inserted else {
                throw failure("headers: the header \(entry.key) appears twice")
            }
            try checkLine(entry.value, "headers: \(entry.key)")
        }
    }

    /// A field name as in RFC 5322: printable ASCII without the colon.
    private static func isFieldName(_ text: String) -> Bool {
        (1...headerNameLimitBytes).contains(text.utf8.count)
            && text.utf8.allSatisfy { (33...126).contains($0) && $0 != UInt8(ascii: ":") }
    }

    /// `there is no template "welcom"; did you mean "welcome"?`
    package static func missingTemplate(_ name: String, among known: Set<String>) -> String {
        "there is no template \(name.quotedForMessage)\(suggestion(for: name, among: known.sorted()))"
    }

    private static func failure(_ problem: String) -> Journeys.CallFailure {
        Journeys.CallFailure(.value, "\(function): \(problem)")
    }
}

/// The form of every text of an effect that becomes a name, a key or an id: 1 to 256 bytes without control
/// characters.
enum NameForm {
    static let limitBytes = 256

    static func isValid(_ text: String) -> Bool {
        (1...limitBytes).contains(text.utf8.count) && !text.hasControlCharacters
    }
}
