import Authoring
import Journeys
import Plugins
import TestKit
import Testing
import Values
import Workspace

@Suite("What check finds surprising")
struct SurpriseTests {
    private func surprises(_ files: [String: String]) throws -> [Surprise] {
        let check = WorkspaceCheck(reading: MemoryTree(["signalbox.yaml": ""] + files))
        try #require(check.mistakes.isEmpty, "\(check.mistakes)")
        return Survey(of: check.readable).surprises
    }

    @Test(
        "each kind is found at its place, and not where something near it is", arguments: SurpriseExample.all)
    func example(_ example: SurpriseExample) throws {
        let found = try surprises(example.files)
        let own = found.filter { $0.kind == example.kind }
        #expect(own.map { "\($0.place)" } == example.places, "\(found)")
        #expect(own.contains { $0.message.contains(example.says) }, "\(own)")
        let near = try surprises(example.near)
        #expect(!near.contains { $0.kind == example.kind }, "\(near)")
    }

    @Test("every kind has an example")
    func complete() {
        #expect(Set(SurpriseExample.all.map(\.kind)) == Set(SurpriseKind.allCases))
    }

    @Test("a name that nothing says is told once for each file, and a helper is followed to what it reads")
    func helpers() throws {
        let files = [
            "plugins/p/init.lua": """
            local text = require "text"
            local function score(lead) return lead.fields.scoer end
            return { name = "p", api = 1, actions = { act = { run = function(event)
              host.lead.set { score = 1 }
              if score(event.lead) then text.note(event) end
            end } } }
            """,
            "plugins/p/text.lua": """
            local unused = nonsense
            return { note = function(event) host.note.add(event.lead.fields.scroe .. nonsense .. nonsense) end }
            """,
        ]
        let found = try surprises(files)
        #expect(
            found.map { "\($0.place) \($0.kind.rawValue)" } == [
                "plugins/p/init.lua:2:47 unset-field", "plugins/p/text.lua:1:16 unknown-global",
                "plugins/p/text.lua:2:65 unset-field",
            ])
    }
}
