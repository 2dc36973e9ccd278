import Journeys
import Store
import TestKit
import Testing
import Values
import Workspace

@testable import Delivery

@Suite("letters, as a mail program reads them")
struct LetterTests {
    @Test("a text is read as it was written")
    func text() async throws {
        let text =
            "Dear Kim,\n\n=E9 är det så? \u{1F600}\ntrailing space \n.\n"
            + String(repeating: "long ", count: 60)
        let letter = try Letter.sample(["to": "kim@example.com", "subject": "Welcome", "text": .string(text)])
        let read = try await letter.read()
        #expect(read.defects == [])
        #expect(read.type == "text/plain")
        #expect(read.text("text/plain") == text + "\n")
        #expect(read.header("subject") == "Welcome")
        #expect(read.header("to") == "kim@example.com")
        #expect(read.header("from") == "signalbox@localhost")
        #expect(read.header("date") == "Sun, 29 Nov 2026 04:15:47 +0000")
        #expect(read.header("auto-submitted") == "auto-generated")
        #expect(letter.bytes.allSatisfy { $0 < 0x80 })
        let lines = String(decoding: letter.bytes, as: UTF8.self).split(
            separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.utf8.count <= 76 && !$0.contains("\n") && !$0.contains("\r") })
    }

    @Test("text and page are two forms of one letter")
    func alternatives() async throws {
        let read = try await Letter.sample([
            "to": "kim@example.com", "subject": "Hello", "text": "plain", "html": "<p>page</p>",
        ]).read()
        #expect(read.type == "multipart/alternative")
        #expect(read.text("text/plain") == "plain")
        #expect(read.text("text/html") == "<p>page</p>")
        #expect(read.defects == [])
    }

    @Test(
        "subjects come out as they went in",
        arguments: [
            "Grüße aus München und alles Gute für das neue Jahr, liebe Kundinnen und Kunden in aller Welt!",
            "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467} " + String(repeating: "家族", count: 40),
            "a text that is long enough to be divided into lines, of which each is at most as long as it may be",
            "=?UTF-8?B?bm90IGVuY29kZWQ=?=", "two  spaces", String(repeating: "x", count: 2000), "",
        ])
    func subjects(_ subject: String) async throws {
        let letter = try Letter.sample(["to": "kim@example.com", "subject": .string(subject)])
        let read = try await letter.read()
        #expect(read.header("subject") == subject)
        let header = String(decoding: letter.bytes, as: UTF8.self).split(separator: "\r\n\r\n")[0]
        #expect(header.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 998 })
    }

    @Test("those in copy are named, those in blind copy are not, and all get the same bytes")
    func recipients() async throws {
        let payload: Table = [
            "to": ["a@example.com", "b@example.com"], "cc": "c@example.com", "bcc": "d@example.com",
            "reply_to": "desk@example.com", "subject": "x",
        ]
        let letters = try (1...4).map { number in
            try Letter(
                .sample(to: "\(number)@example.com", number: number, payload: payload), template: nil,
                storeID: storeID, settings: .init())
        }
        #expect(Set(letters.map(\.bytes)).count == 1)
        #expect(letters.map(\.recipient) == (1...4).map { "\($0)@example.com" })
        let read = try await letters[0].read()
        #expect(read.header("to") == "a@example.com, b@example.com")
        #expect(read.header("cc") == "c@example.com")
        #expect(read.header("bcc") == nil)
        #expect(read.header("reply-to") == "desk@example.com")
    }

    @Test("the Message-ID is of the mail and the store, and says nothing of the lead (R54)")
    func messageID() async throws {
        func id(_ number: Int, _ first: Int, store: String = storeID) async throws -> String {
            let letter = try Letter(
                .sample(number: number, first: first, payload: ["to": "a@example.com", "subject": "x"]),
                template: nil, storeID: store, settings: .init())
            return try #require(try await letter.read().header("message-id"))
        }
        let first = try await id(1, 1)
        #expect(try await id(2, 1) == first)
        #expect(try await id(2, 2) != first)
        #expect(try await id(1, 1, store: "f" + storeID.dropFirst()) != first)
        #expect(!first.contains("L1"))
        #expect(first.wholeMatch(of: /<[0-9a-f]{32}@localhost>/) != nil)
    }

    @Test("further headers and the way to unsubscribe")
    func headers() async throws {
        var settings = DeliverySettings.Email()
        settings.from = "office@example.com"
        settings.unsubscribe = "https://example.com/unsubscribe?list=leads"
        let read = try await Letter.sample(
            ["to": "a@example.com", "subject": "x", "headers": ["X-Campaign": "Frühling"]],
            settings: settings
        ).read()
        #expect(read.header("from") == "office@example.com")
        #expect(read.header("x-campaign") == "Frühling")
        #expect(read.header("list-unsubscribe") == "<https://example.com/unsubscribe?list=leads>")
        #expect(read.header("list-unsubscribe-post") == "List-Unsubscribe=One-Click")
        settings.unsubscribe = "stop@example.com"
        let byMail = try await Letter.sample(["to": "a@example.com", "subject": "x"], settings: settings)
            .read()
        #expect(byMail.header("list-unsubscribe") == "<mailto:stop@example.com>")
        #expect(byMail.header("list-unsubscribe-post") == nil)
    }

    // MARK: Templates

    @Test("a template's subject, text and page are filled in, and the page is escaped")
    func template() async throws {
        let template = StoredSource.template([
            "welcome.html": "<p>{{name}}</p>{{#steps}}<i>{{.}}</i>{{/steps}}",
            "welcome.txt":
                "Subject: Hello {{name}}\r\n\r\nDear {{name}}, {{agent.name}} {{#paid}}thanks{{/paid}}{{^paid}}waits{{/paid}}\n",
        ])
        let read = try await Letter.sample(
            [
                "to": "a@example.com", "template": "welcome",
                "values": [
                    "name": "Kim & Co <x>", "agent": ["name": "Lu"], "paid": false, "steps": ["a", "b"],
                ],
            ], template: template
        ).read()
        #expect(read.header("subject") == "Hello Kim & Co <x>")
        #expect(read.text("text/plain") == "Dear Kim & Co <x>, Lu waits")
        #expect(read.text("text/html") == "<p>Kim &amp; Co &lt;x&gt;</p><i>a</i><i>b</i>")
    }

    @Test(
        "a name without a value is an error",
        arguments: [
            ("{{nobody}}", "nobody"), ("{{person.age}}", "age"), ("{{#nobody}}x{{/nobody}}", "nobody"),
            ("{{^nobody}}x{{/nobody}}", "nobody"), ("{{#person}}{{city}}{{/person}}", "city"),
            ("{{person.age}} {{person.name}}", "age"), ("{{person.name.first}}", "first"),
            ("{{#person}}{{name}} {{greeting}}{{/person}}", nil),
            ("{{person.name}} {{#greeting}}{{.}}{{/greeting}}", nil),
            ("{{#greeting}}{{person.name}} {{greeting}}{{/greeting}}", nil),
        ] as [(String, String?)])
    func missing(_ text: String, _ name: String?) throws {
        let template = LetterTemplate(.template(["welcome.txt": "Subject: x\n\n" + text]))
        let values: Table = ["person": ["name": "Kim"], "greeting": "Hello"]
        guard let name else {
            #expect(try template.filled(with: values).text == "Kim Hello")
            return
        }
        let fault = #expect(throws: LetterFault.self) { try template.filled(with: values) }
        #expect(fault?.message == "templates/welcome.txt: there is no value for {{\(name)}}")
    }

    @Test("a template that cannot be read, a missing subject, and a line break in one are told")
    func faults() throws {
        func fault(_ template: String?, _ payload: Table = ["to": "a@example.com"]) -> String? {
            #expect(throws: LetterFault.self) {
                try Letter.sample(payload, template: template.map { .template(["welcome.txt": $0]) })
            }?.message
        }
        #expect(
            fault("Subject: x\n\n{{#open}}")?.hasPrefix("templates/welcome.txt is not a template") == true)
        #expect(fault("Subject: x\n\n{{> other}}")?.contains("a template is in one file") == true)
        #expect(fault("just a text")?.contains("the mail has no subject") == true)
        let payload: Table = ["to": "a@example.com", "values": ["name": "Kim\r\nBcc: all@example.com"]]
        #expect(fault("Subject: {{name}}\n\nx", payload)?.contains("line break") == true)
    }
}
