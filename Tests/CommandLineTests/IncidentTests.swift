import Foundation
import TestKit
import Testing
import Values

@Suite("Incidents on the command line")
struct IncidentTests {
    private static let plugin = """
        return { name = "probe", api = 1, actions = {
          look = { run = function(event) host.note.add(event.lead.fields.name .. " looked at") end },
          call = { run = function(event) host.todo.add { title = "Call " .. event.lead.fields.name } end } } }
        """

    /// Two incidents of each of so many leads, and one that keeps no call.
    private func workspace(leads: Int) async throws -> TemporaryWorkspace {
        let workspace = try TemporaryWorkspace(
            plugins: [
                "probe": Self.plugin,
                "lost": """
                return { name = "lost", api = 1, on = { { event = "map.open",
                  run = function(event) if event.lead.id == "L1" then host.lead.complete("no/where") end end } } }
                """,
            ],
            maps: [
                "buyer":
                    "map: buyer\ntriggers: { open: [ { run: probe.look }, { run: probe.call } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]\n"
            ])
        let lines = (1...leads).map { "{\"do\":\"assign\",\"lead\":\"L\($0)\",\"map\":\"buyer\"}\n" }
        #expect(
            try await workspace.run("do", "--commands", "-", input: Array(lines.joined().utf8)).status == 1)
        return workspace
    }

    @Test("incidents are listed by lead, plugin, action, reason and time")
    func filters() async throws {
        let workspace = try await workspace(leads: 3)
        func count(_ filter: String...) async throws -> Int {
            let ran = try await RunningProgram(
                ["incidents"] + filter + ["--format", "jsonl", "-w", workspace.folder], input: .bytes([])
            ).end()
            #expect(ran.status == 0, "\(ran.errors)")
            return ran.objects.count
        }
        #expect(try await count() == 7)
        #expect(try await count("--lead", "L1") == 3)
        #expect(try await count("--plugin", "probe") == 6)
        #expect(try await count("--run", "probe.call") == 3)
        #expect(try await count("--run", "probe.call", "--lead", "L2") == 1)
        #expect(try await count("--reason", "unknown_step") == 1)
        #expect(try await count("--since", "1h") == 7)
        #expect(try await count("--since", "2100-01-01T00:00:00Z") == 0)
        #expect(try await count("--limit", "2") == 2)
        let wrong = try await workspace.run("incidents", "--since", "yesterday")
        #expect(wrong.status == 64 && wrong.errors.contains("2026-11-22T09:00:00Z"))
    }

    @Test("over HTTP each filter gives exactly those that it means, the newest first, a page at a time")
    func overHTTP() async throws {
        let service = try await RunningService(workspace(leads: 3))
        func page(_ query: String) throws -> Table {
            let answer = try service.ask("GET /v1/incidents\(query)")
            try #require(answer.status == 200, "\(query): \(answer)")
            return try #require(try JSONReader.read(answer.body).table)
        }
        func list(_ query: String) throws -> [Table] {
            let page = try page(query)
            #expect(page["next"] == nil, "\(query)")
            return (page["incidents"]?.list ?? []).compactMap(\.table)
        }
        let former = try list("")
        #expect(former.map { $0["incident"] } == [7, 6, 5, 4, 3, 2, 1])
        // In a later process, and so of a later time.
        _ = try service.ask("POST /v1/leads/L4/commands", [:], #"{"do":"assign","map":"buyer"}"#)
        let all = try list("")
        #expect(Array(all.dropFirst(2)) == former && all.prefix(2).allSatisfy { $0["lead"] == "L4" })
        func have(_ pairs: [String: Value]) -> [Table] {
            all.filter { incident in pairs.allSatisfy { incident[$0.key] == $0.value } }
        }
        let cases: [(String, [String: Value], Int)] = [
            ("?lead=L1", ["lead": "L1"], 3), ("?lead=L4", ["lead": "L4"], 2),
            ("?plugin=probe", ["plugin": "probe"], 8), ("?plugin=lost", ["plugin": "lost"], 1),
            ("?run=probe.call", ["run": "probe.call"], 4), ("?reason=error", ["reason": "error"], 8),
            ("?reason=unknown_step", ["reason": "unknown_step"], 1),
            ("?run=probe.look&lead=L2", ["run": "probe.look", "lead": "L2"], 1),
            ("?plugin=lost&reason=error", ["plugin": "lost", "reason": "error"], 0),
            ("?lead=none", ["lead": "none"], 0), ("?run=probe", ["run": "probe"], 0),
        ]
        for (query, pairs, count) in cases {
            let found = try list(query)
            #expect(found == have(pairs) && found.count == count, "\(query): \(found)")
        }
        let time = try #require(all[1]["at"]?.string)
        #expect(try list("?since=\(time)") == Array(all.prefix(2)))
        #expect(try list("?since=\(time)&run=probe.look").count == 1)
        #expect(try list("?since=\(try #require(all.last?["at"]?.string))") == all)
        #expect(try list("?since=2100-01-01T00:00:00Z").isEmpty)
        #expect(try service.ask("GET /v1/incidents?since=yesterday").status == 400)

        for filter in ["", "&plugin=probe", "&lead=L1"] {
            var (query, found, sizes) = ("?limit=2\(filter)", [Table](), [Int]())
            while true {
                let page = try page(query)
                let part = (page["incidents"]?.list ?? []).compactMap(\.table)
                found += part
                sizes.append(part.count)
                guard let next = page["next"]?.integer else { break }
                query = "?limit=2&before=\(next)\(filter)"
            }
            #expect(try found == list("?limit=500\(filter)"))
            #expect(sizes.dropLast().allSatisfy { $0 == 2 } && (1...2).contains(sizes.last ?? 0), "\(sizes)")
        }
        _ = try await service.end()
    }

    @Test("incidents are counted by what ran and the message")
    func summary() async throws {
        let workspace = try await workspace(leads: 3)
        let ran = try await workspace.run("incidents", "summary", "--format", "jsonl")
        #expect(ran.objects.map { $0["count"] } == [3, 3, 1])
        #expect(Set(ran.objects.prefix(2).compactMap { $0["run"]?.string }) == ["probe.look", "probe.call"])
        #expect(ran.objects.last?["message"]?.string?.hasPrefix("unknown_step: ") == true)
        let text = try await workspace.run("incidents", "summary", "--plugin", "probe").output
        #expect(text.split(separator: "\n").count == 3 && text.contains("probe.look"))
        let none = try await workspace.run("incidents", "summary", "--plugin", "none").output
        #expect(none == "No open incidents.\n")
    }

    @Test("many are run again: by their numbers, or all that a filter means once that is wished")
    func many() async throws {
        let workspace = try await workspace(leads: 30)
        for name in 1...30 {
            _ = try await workspace.give(#"{"do":"set","lead":"L\#(name)","fields":{"name":"N"}}"#)
        }
        let asked = try await workspace.run("incidents", "retry", "--plugin", "probe", "--now")
        #expect(asked.status == 1)
        #expect(asked.errors.contains("60 incidents found.\nNothing was done; add --yes"))
        let both = try await workspace.run("incidents", "retry", "1", "--plugin", "probe")
        #expect(both.status == 64)
        #expect(try await workspace.run("incidents", "retry").status == 64)

        let numbers = try await workspace.run("incidents", "retry", "1", "2", "--now", "--format", "jsonl")
        #expect(numbers.objects.lines("call").count == 2)
        let all = try await workspace.run("incidents", "retry", "--run", "probe.call", "--now", "--yes")
        #expect(all.status == 0, "\(all.output)\(all.errors)")
        // One of them was retried by its number.
        #expect(all.errors.contains("29 incidents found.") && all.errors.contains("29 accepted"))
        let open = try await workspace.run("incidents", "--format", "jsonl").objects
        #expect(open.count == 30 && open.allSatisfy { $0["state"] == "open" })
        let retried = try await workspace.run("incidents", "--state", "retried", "--format", "jsonl").objects
        #expect(retried.count == 31 && retried.allSatisfy { $0["retried_in"]?.integer ?? 0 > 1 })
        #expect(try await workspace.run("incidents", "retry", "1").status == 1)
        let shown = try await workspace.run("incidents", "show", "1").output
        #expect(shown.contains("retried in moment ") && shown.contains("incidents retry 1 --again"))
        #expect(try await workspace.run("incidents", "--state", "open").output.contains("  state  "))
        #expect(try await workspace.run("incidents", "--state", "closed").status == 64)
        let kept = try await workspace.run("incidents", "retry", "--reason", "unknown_step", "--yes")
        #expect(kept.status == 1)
        #expect(kept.errors == "0 incidents found, and 1 without a call to run again.\n")
        let number = try #require(
            try await workspace.run("incidents", "--reason", "unknown_step", "--format", "jsonl").objects
                .first?["incident"])
        let advice = try await workspace.run("incidents", "show", number.json).output
        #expect(
            advice.hasSuffix(
                "  It keeps no call to run again.\n  Set it aside with: signalbox incidents dismiss \(number.json)\n"
            ))

        let dismissed = try await workspace.run("incidents", "dismiss", "--reason", "unknown_step", "--yes")
        #expect(dismissed.status == 0 && dismissed.errors.hasSuffix("1 incident dismissed.\n"))
        let other = try await workspace.run("incidents", "dismiss", "1", "4")
        #expect(other.status == 1 && other.errors == "1 incident dismissed.\nThe others were not open.\n")
        #expect(
            try await workspace.run("incidents", "dismiss", "1000").errors == "There is no incident 1000.\n")
        #expect(try await workspace.run("incidents", "dismiss", "--plugin", "probe", "--yes").status == 0)
        #expect(try await workspace.run("incidents").output == "No open incidents.\n")
        #expect(
            try await workspace.run("incidents", "--state", "dismissed", "--format", "jsonl").objects.count
                == 30)
    }
}
