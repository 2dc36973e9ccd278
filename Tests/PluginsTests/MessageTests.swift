import Foundation
import Journeys
import TestKit
import Testing
import Values

@testable import Plugins
@testable import Workspace

/// A mistake of an author with what is told about it.
struct MistakeExample: Sendable, CustomTestStringConvertible {
    let source: String
    /// Where it is told: `line:column`, or `line` alone.
    let place: String
    /// What the page and the message have in common.
    let says: String

    init(_ source: String, _ place: String, _ says: String) {
        (self.source, self.place, self.says) = (source, place, says)
    }

    var testDescription: String { says }
}

/// What authors are told about the mistakes that they make most; `docs/when-something-is-wrong.md` has each with its
/// cause and its cure.
@Suite("Messages for mistakes")
struct MessageTests {
    private static let steps = "tracks: [ { track: t, steps: [ { step: s } ] } ]"

    static let yamlExamples: [MistakeExample] = [
        MistakeExample(
            "map: m\ntracks:\n\t- track: t", "3:1", "the line is indented with a tab; write blanks"),
        MistakeExample(
            "map: m\ntracks:\n  - \ttrack: t", "3:5", "there is a tab here; write blanks"),
        MistakeExample(
            "map: m\ntracks:\n  - track: t\n   steps: []", "4:4",
            "the line begins in column 4, and the items of the list that it is in, from line 3, begin in column 3"
        ),
        MistakeExample(
            "map: m\ntracks:\n  - track: t\n     title: x", "4:6",
            "the line begins in column 6, deeper than the line above, which begins in column 5 and has a value already"
        ),
        MistakeExample(
            "map: m\ntriggers:\n  open:\n    - run:note.add\n\(steps)", "4:7",
            "a blank is missing after the colon: \"run: note.add\""),
        MistakeExample(
            "map: m\ntriggers:\n  open:\n    - run:note.add\n      with: { text: x }\n\(steps)", "4:10",
            "a blank is missing after the colon: run: note.add"),
        MistakeExample(
            "map: m\ntitle: {{name}}\n\(steps)", "2:9",
            "a key must be a text; a text with {{name}} needs quotes"),
        MistakeExample(
            "map: m\ntitle: Called: {{name}}\n\(steps)", "2:16",
            "a text with {{name}} needs quotes: \"{{name}}\""),
        MistakeExample(
            "map: m\ntitle: One: two\n\(steps)", "2:11", "a text with a colon and a blank needs quotes"),
        MistakeExample(
            "map: m\ntracks: [ { track: t, steps: [ { step: s } ] }\ntitle: x", "2:9",
            "the [ that opens here is not closed before line 3"),
        MistakeExample("map: m\ntitle: \"open\n\(steps)", "2:8", "the \" that opens here is not closed"),
        MistakeExample("map: m\ntitle: @home\n\(steps)", "2:8", "a text that begins with @ needs quotes"),
        MistakeExample("map m\n\(steps)", "1:1", "expected `KEY: VALUE`, with a colon and a blank"),
    ]

    @Test("of YAML", arguments: yamlExamples)
    func yaml(_ example: MistakeExample) throws {
        let found = MapFile(Array(example.source.utf8), file: "maps/m.yaml").mistakes
        #expect(
            found.contains {
                "\($0.place)" == "maps/m.yaml:\(example.place)" && $0.message.contains(example.says)
            }, "\(found)")
        try expectOnPage(example)
    }

    private static func plugin(_ body: String) -> String {
        """
        return {
          name = "p",
          api = 1, settings = { sender = { type = "string" } },
          actions = {
            act = { params = { text = { type = "string" } },
              run = function(event, params)
                \(body)
              end,
            },
          },
        }
        """
    }

    static let luaExamples: [MistakeExample] = [
        MistakeExample(
            plugin("host.lead.set {\n          score = 1\n          stage = 2\n        }"), "8",
            "is a comma missing after the entry of the table in line 8?"),
        MistakeExample(
            plugin("if event.step then\n          host.note.add('x')"), "7", "the `if` of line 7 has no `end`"
        ),
        MistakeExample(
            "return {\n  run = function()\n    local f = function()\n      g()\n  end,\n}", "3",
            "the `function` of line 3 has no `end`"),
        MistakeExample("return { name = 'p', api = 1, actions = {\n", "1", "the `{` of line 1 is not closed"),
        MistakeExample(plugin("host.note.add(“x”)"), "7", "“ is not a quote of Lua: write \" or '"),
        MistakeExample(plugin("if event.step != 'x' then end"), "7", "Lua writes `~=` for not equal"),
        MistakeExample(plugin("if event.step = 'x' then end"), "7", "`=` assigns; `==` compares"),
        MistakeExample(
            plugin("host.note.add 'a' .. 'b'"), "7", "a call without brackets takes one text alone"),
        MistakeExample(plugin("if event.step && event.track then end"), "7", "Lua writes `and` for `&&`"),
        MistakeExample(plugin("count += 1"), "7", "Lua does not have `+=`"),
        MistakeExample(plugin("host.note.add('x)"), "7", "the quote is not closed in this line"),
        MistakeExample(plugin("host.lead.set { 'a' = 1 }"), "7", "a key that is a text has brackets"),
        MistakeExample(
            "{ name = 'p', api = 1 }", "1", "a plugin's file returns its table: write return { … }"),
        MistakeExample("local p = { name = 'p', api = 1 }", "0", "a plugin returns one table, not null"),
        MistakeExample("retrun { name = 'p', api = 1 }", "1", "did you mean \"return\"?"),
    ]

    @Test("of Lua that does not load", arguments: luaExamples)
    func lua(_ example: MistakeExample) throws {
        let check = WorkspaceCheck(
            reading: MemoryTree(["signalbox.yaml": "", "plugins/p.lua": example.source]))
        #expect(check.mistakes.count == 1)
        let found = try #require(check.mistakes.first)
        #expect("\(found.place.line)" == example.place && found.message.contains(example.says), "\(found)")
        try expectOnPage(example)
    }

    static let callExamples: [MistakeExample] = [
        MistakeExample("host.lead:set { a = 1 }", "error", "called with a colon; write host.lead.set { … }"),
        MistakeExample(
            "host.lead.set('a', 1)", "error",
            "got one argument too many; write host.lead.set { name = value }"),
        MistakeExample("host.note.add('a', 'b')", "error", "got one argument too many; join texts with `..`"),
        MistakeExample(
            "host.emial.send {}", "error", "host does not have \"emial\"; did you mean \"email\"?"),
        MistakeExample(
            "host.lead.complet('t/s')", "error",
            "host.lead does not have \"complet\"; did you mean \"complete\"?"),
        MistakeExample("host.http.get('https://example.com')", "error", "host does not have \"http\""),
        MistakeExample(
            "local x = params.txet", "error",
            "p.act does not declare a parameter \"txet\"; did you mean \"text\"?"),
        MistakeExample(
            "local x = host.settings.sendr", "error",
            "the plugin does not declare a setting \"sendr\"; did you mean \"sender\"?"),
        MistakeExample(
            "if event.outcom == 'finished' then end", "error",
            "event does not have a key \"outcom\"; did you mean \"outcome\"?"),
        MistakeExample("host.store.seen = true", "error", "host.store.seen cannot be set"),
        MistakeExample(
            "io.open('x')", "error",
            "the sandbox does not have it: a plugin reaches no files and no processes"),
        MistakeExample(
            "os.execute('ls')", "error", "(field 'execute'); a plugin reaches no files and no processes"),
        MistakeExample(
            "host.note.add('x' .. event.lead.fields.Name)", "error",
            "Name is nil here: nothing set it, or its name is written otherwise"),
        MistakeExample(
            "if event.lead.fields.score > 50 then end", "error",
            "attempt to compare the number 50 with the string \"80\"; tonumber makes a number of a text"),
        MistakeExample("local x = 'a' + event.lead.fields.name", "error", "texts are joined with `..`"),
        MistakeExample(
            "local x = null.x", "error", "write nil, or host.null for a value that clears a field"),
        MistakeExample("('x'):uper()", "error", "(method 'uper'); did you mean \"upper\"?"),
        MistakeExample(
            "host.email.send { to = 'a@example.com', subject = 'x' }", "refused",
            "needs the capability \"email\", which p does not declare in `needs` or was not granted"),
    ]

    @Test("of calls that fail", arguments: callExamples)
    func calls(_ example: MistakeExample) throws {
        let generation = try Generation(
            reading: MemoryTree([
                "plugins/p.lua": Self.plugin(example.source), "maps/m.yaml": "map: m\n\(Self.steps)\n",
            ]))
        let definition = try MapDefinition(kept: Array("map: m\n\(Self.steps)\n".utf8), file: "maps/m.yaml")
        let event = Event(
            seq: 1, name: .mapOpen, at: Timestamp("2026-11-22T09:00:00Z")!, by: "operator",
            map: definition.id,
            journey: 1, place: .map, payload: nil, ending: nil)
        let request = CallRequest(
            trigger: "m/open/1", run: FunctionName(plugin: "p", name: "act"), parameters: .none,
            condition: nil,
            definition: definition, event: event, role: .action)
        let lead = Lead(
            id: LeadID("L")!, status: .open, agent: nil, channel: nil,
            fields: ["name": "Ana", "score": "80"], store: [:], journey: nil, lastSeq: 0, lastMoment: 0)
        let snapshot = Snapshot(lead: lead, journey: Journey(number: 1, on: definition))
        let result = PluginRunner(generation.catalogue, for: generation.rulebook).run(
            request, seeing: snapshot
        ) {
            _, _ in nil
        }.result
        guard case .failed(let failure) = result.outcome else {
            Issue.record("\(result)")
            return
        }
        #expect(
            failure.reason.rawValue == example.place && failure.message.contains(example.says), "\(failure)")
        #expect(failure.message.hasPrefix("p.lua:7: "), "\(failure)")
        try expectOnPage(example)
    }

    @Test("what is there is read and called as before, and while loading Lua's own rules hold")
    func unguarded() throws {
        let source = """
            local has = host.nothing == nil
            host.own = { add = function(text) host.note.add(text) end }
            return { name = "p", api = 1, actions = { act = { run = function()
              if has and rawget(host, "nothing") == nil and getmetatable(host) == false then host.own.add("x") end
              for name in pairs(host.note) do host.note.add(name) end
            end } } }
            """
        let generation = try Generation(reading: MemoryTree(["plugins/p.lua": source]))
        #expect(generation.mistakes == [])
    }

    private func expectOnPage(_ example: MistakeExample) throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/when-something-is-wrong.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        #expect(text.contains(example.says.replacing("|", with: "\\|")), "not on the page")
    }
}
