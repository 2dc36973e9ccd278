import Foundation
import Journeys
import Plugins
import TestKit
import Testing
import Values
import Workspace

/// Mail goes to somebody, and names what is there.
@Suite("Mail")
struct MailTests {
    private static let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized

    /// The result of an action of the standard plugins, for a lead of the agent Kim.
    private func run(_ function: String, fields: Table = [:], _ parameters: Table) throws
        -> CallResult.Outcome
    {
        let name = FunctionName(function)!
        let file = "plugins/\(name.plugin).lua"
        let text = try String(contentsOf: Self.root.appendingPathComponent(file), encoding: .utf8)
        let generation = try Generation(
            reading: MemoryTree([file: text, "templates/welcome.txt": "Welcome"]))
        #expect(generation.mistakes == [])
        let lead: Value = [
            "id": "L1", "status": "open", "agent": "kim", "channel": "form", "fields": .table(fields),
        ]
        return PluginRunner(generation.catalogue, for: generation.rulebook).call(
            name, event: ["lead": lead], parameters: GivenParameters(parameters),
            at: Timestamp("2026-11-22T09:00:00Z")!, seed: 1
        ).result.outcome
    }

    private func effects(_ outcome: CallResult.Outcome) -> [Value]? {
        if case .effects(let effects) = outcome { effects.map(\.value) } else { nil }
    }

    private func failure(_ outcome: CallResult.Outcome) -> CallFailure? {
        if case .failed(let failure) = outcome { failure } else { nil }
    }

    @Test("the address is filled in like subject and text, with fields and the lead's id, agent and channel")
    func filled() throws {
        let sent = try run(
            "email.send", fields: ["team": "north"],
            [
                "to": "{{agent}}@{{team}}.example.com", "subject": "{{id}} by {{channel}}",
                "text": "Dear {{agent}}",
            ]
        )
        #expect(
            effects(sent) == [
                [
                    "do": "email", "to": "kim@north.example.com", "subject": "L1 by form", "text": "Dear kim",
                ]
            ])
        let own = try run(
            "email.send", fields: ["email": "a@x", "agent": "Lee"], ["subject": "From {{agent}}"])
        #expect(effects(own) == [["do": "email", "to": "a@x", "subject": "From Lee"]])
        let chosen = try run(
            "choose.by_field",
            [
                "field": "city", "cases": [:],
                "otherwise": [
                    "email": ["to": "{{agent}}@example.com", "subject": "{{id}}"], "note": "{{channel}}",
                ],
            ])
        #expect(
            effects(chosen) == [
                ["do": "note", "text": "form"], ["do": "email", "to": "kim@example.com", "subject": "L1"],
            ])
        #expect(effects(try run("note.add", ["text": "{{agent}}"])) == [["do": "note", "text": "kim"]])
        #expect(
            effects(try run("todo.add", ["title": "{{id}}"]))
                == [["do": "todo", "title": "L1", "agent": "kim"]])
    }

    @Test(
        "mail to nobody fails the call",
        arguments: [
            ("{{team}}@example.com", "there is no text for \"team\""),
            ("{{name}}@example.com", "is not an email address"),
        ])
    func nobody(to: String, message: String) throws {
        let failed = try run("email.send", fields: ["name": "Kim Lee"], ["to": .string(to), "subject": "x"])
        #expect(failure(failed)?.message.contains(message) == true, "\(failed)")
    }

    @Test("mail that names a template that is not there fails the call")
    func template() throws {
        // What the template can name: the fields, which go before the rest.
        let sent = try run(
            "email.send", fields: ["name": "Kim", "id": "7"], ["to": "a@x", "template": "welcome"])
        let values: Value = ["name": "Kim", "id": "7", "agent": "kim", "channel": "form"]
        #expect(
            effects(sent) == [["do": "email", "to": "a@x", "template": "welcome", "values": values]])
        let failed = try #require(failure(try run("email.send", ["to": "a@x", "template": "welcom"])))
        #expect(failed.reason == .value)
        #expect(
            failed.message
                == #"host.email.send: template: there is no template "welcom"; did you mean "welcome"?"#)
    }
}
