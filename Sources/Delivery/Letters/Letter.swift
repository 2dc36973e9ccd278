import Journeys
import Store
import Values
import Workspace

/// A mail of one delivery as it leaves. Its bytes are the same in each attempt, and but for the recipient those of the
/// mail's other deliveries (R53).
struct Letter {
    /// Where the server reports to that it could not be delivered.
    let sender: String
    let recipient: String
    /// With CR LF at the end of each line.
    let bytes: [UInt8]

    /// The address of a letter that is written to a file where the settings name none.
    static let nobody = "signalbox@localhost"

    /// - Parameters:
    ///   - template: the version that the delivery names; nil where it names none.
    ///   - storeID: see ``OutboxStore/storeID()``.
    init(
        _ delivery: StoredDelivery, template: StoredSource?, storeID: String,
        settings: DeliverySettings.Email
    ) throws(LetterFault) {
        let payload = delivery.payload
        var content = LetterContent()
        if let template {
            content = try LetterTemplate(template).filled(with: payload["values"]?.table ?? Table())
        }
        content.subject = payload["subject"]?.string ?? content.subject
        content.text = payload["text"]?.string ?? content.text
        content.html = payload["html"]?.string ?? content.html
        guard let subject = content.subject else {
            throw LetterFault(
                message: "the mail has no subject: give one, or begin the template with a line `Subject: ...`"
            )
        }
        if subject.hasControlCharacters {
            throw LetterFault(message: "the subject has a line break or another control character")
        }
        sender = settings.from ?? Self.nobody
        recipient = delivery.to
        // What belongs to the mail and not to one of its recipients has the name of its first delivery.
        let name = OutsideID(delivery.first, storeID: storeID).text
        let domain = sender.split(separator: "@").last.map(String.init) ?? "localhost"
        var header = HeaderText.addresses("From", [sender])
        for (field, key) in [("Reply-To", "reply_to"), ("To", "to"), ("Cc", "cc")] {
            let addresses = payload[key].map { $0.list ?? [$0] } ?? []
            if !addresses.isEmpty { header += HeaderText.addresses(field, addresses.compactMap(\.string)) }
        }
        header += HeaderText.text("Subject", subject)
        header += HeaderText.exact("Date", delivery.at.letterDate)
        header += HeaderText.exact("Message-ID", "<\(name)@\(domain)>")
        header += Self.furtherFields(payload["headers"]?.table ?? Table(), settings)
        header += HeaderText.exact("MIME-Version", "1.0")
        bytes = Array(header.utf8) + Self.body(content, boundary: "=_\(name)")
    }

    private static func furtherFields(_ given: Table, _ settings: DeliverySettings.Email) -> String {
        var fields = ""
        let names = Set(given.map { $0.key.lowercased() })
        if !names.contains("auto-submitted") {
            fields += HeaderText.exact("Auto-Submitted", "auto-generated")
        }
        if let unsubscribe = settings.unsubscribe, !names.contains("list-unsubscribe") {
            let isWeb = unsubscribe.hasPrefix("https://") || unsubscribe.hasPrefix("http://")
            fields += HeaderText.exact("List-Unsubscribe", "<\(isWeb ? "" : "mailto:")\(unsubscribe)>")
            // A request is one click (RFC 8058); a letter is not.
            if unsubscribe.hasPrefix("https://"), !names.contains("list-unsubscribe-post") {
                fields += HeaderText.exact("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
            }
        }
        for entry in given { fields += HeaderText.text(entry.key, entry.value.string ?? "") }
        return fields
    }

    /// The parts, with the header of each.
    private static func body(_ content: LetterContent, boundary: String) -> [UInt8] {
        switch (content.text, content.html) {
        case (let text?, let html?):
            let start = "Content-Type: multipart/alternative; boundary=\"\(boundary)\"\r\n\r\n"
            return Array(start.utf8)
                + Array("--\(boundary)\r\n".utf8) + part("plain", text)
                + Array("--\(boundary)\r\n".utf8) + part("html", html)
                + Array("--\(boundary)--\r\n".utf8)
        case (nil, let html?): return part("html", html)
        case (let text, nil): return part("plain", text ?? "")
        }
    }

    private static func part(_ form: String, _ text: String) -> [UInt8] {
        let header =
            "Content-Type: text/\(form); charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        return Array(header.utf8) + QuotedPrintable.encode(text)
    }
}
