import Foundation
import Journeys
import Plugins
import SQLiteStore
import Signalbox
import Store
import TestKit
import Testing
import Values

/// Stored values that cannot become what calls ask for: an incident when they are applied, never a store that
/// does not read back.
@Suite("R27: stored values that have no sum")
struct StoredValuesTests {
    private static let sums = """
        return { name = "sums", version = "1.2.0", api = 1, actions = {
          lead = { run = function(event) host.lead.store.add("n", event.lead.fields.amount) end },
          all = { run = function(event) host.store.add("n", event.lead.fields.amount) end },
          text = { run = function() host.store.set("n", "text") end },
          seen = { run = function(event)
            host.log.info(tostring(host.store.get("n"))) host.store.add("n", event.lead.fields.amount) end },
          show = { run = function()
            host.log.info(tostring(host.store.get("n")) .. " " .. tostring(host.lead.store.get("n"))) end },
        } }
        """

    private static func map(_ name: String, _ runs: String...) -> String {
        let triggers = runs.map { "{ run: sums.\($0) }" }.joined(separator: ", ")
        return """
            map: \(name)
            triggers: { open: [ \(triggers) ] }
            tracks: [ { track: t, steps: [ { step: s, triggers: { close: [ { run: sums.show } ] } } ] } ]
            """
    }

    private static func assign(_ lead: String, _ map: String, _ amount: String) -> String {
        #"{"do":"assign","lead":"\#(lead)","map":"\#(map)","fields":{"amount":\#(amount)}}"#
    }

    private func logs(_ scenario: Scenario) -> [String] {
        scenario.lines.flatMap { $0["log"]?.list ?? [] }.compactMap { $0.table?["message"]?.string }
    }

    private func incidents(_ scenario: Scenario) -> [Table] {
        scenario.lines.filter { $0["type"] == "incident" }
    }

    @Test(
        "R27: a lead's value that another call of the instant made too large is an incident, and what was there stays"
    )
    func leadValues() throws {
        let scenario = try Scenario(
            maps: [Self.map("m", "lead", "lead", "lead")], plugins: ["sums": Self.sums])
        try scenario.run(
            Self.assign("L", "m", "1.7e308") + "\n" + #"{"do":"complete","lead":"L","step":"t/s"}"#)
        let incidents = incidents(scenario)
        #expect(incidents.map { $0["reason"] } == ["invalid_value", "invalid_value"])
        #expect(incidents.map { $0["trigger"] } == ["m/open/2", "m/open/3"])
        #expect(
            incidents[0]["message"]
                == "host.lead.store.add: \"n\": the sum of 1.7e+308 and 1.7e+308 is not finite")
        #expect(logs(scenario) == ["nil 1.7e+308"])
    }

    @Test("R27: a call that sees that its own sum has no place fails")
    func seen() throws {
        let scenario = try Scenario(
            maps: [Self.map("m", "lead"), Self.map("n", "seen")], plugins: ["sums": Self.sums])
        let largest = "9223372036854775807"
        try scenario.run(
            [
                Self.assign("L", "m", largest), Self.assign("L", "n", largest),
                #"{"do":"assign","lead":"L","map":"m"}"#, #"{"do":"assign","lead":"L","map":"n"}"#,
            ].joined(separator: "\n"))
        let incidents = incidents(scenario)
        #expect(incidents.map { $0["reason"] } == ["error", "error"])
        #expect(incidents.map { $0["run"] } == ["sums.lead", "sums.seen"])
        for incident in incidents {
            let message = incident["message"]?.string ?? ""
            #expect(
                message.contains("the sum of \(largest) and \(largest) does not fit 64 bits"), "\(message)")
        }
    }

    @Test("R27: a value of all leads that has no sum is an incident of the moment, with its call")
    func pluginValues() throws {
        let store = MemoryStore()
        let scenario = try Scenario(
            maps: [Self.map("m", "all", "all"), Self.map("t", "text")], plugins: ["sums": Self.sums],
            store: store)
        try scenario.run(
            [
                Self.assign("L", "m", "1.7e308"), Self.assign("K", "m", "-1.7e308"),
                Self.assign("J", "t", "0"),
                Self.assign("I", "m", "1"), #"{"do":"complete","lead":"I","step":"t/s"}"#,
            ].joined(separator: "\n"))
        let lines = incidents(scenario)
        #expect(lines.map { $0["lead"] } == ["L", "I", "I"])
        #expect(lines.map { $0["incident"] } == [1, 2, 3])
        #expect(lines.map { $0["trigger"] } == ["m/open/2", "m/open/1", "m/open/2"])
        #expect(logs(scenario) == ["text nil"])
        let incident = try #require(store.incident(1))
        #expect(incident.reason == "invalid_value" && incident.run == "sums.all" && incident.plugin == "sums")
        #expect(incident.pluginVersion == "1.2.0" && incident.pluginHash?.count == 64)
        #expect(incident.event == "map.open" && incident.seq == 1 && incident.index == 1)
        #expect(incident.message == "host.store.add: \"n\": the sum of 1.7e+308 and 1.7e+308 is not finite")
        #expect(incident.details == .null)
        let moments = store.moments(of: LeadID("L")!, from: 1, limit: 1)
        #expect(moments[0].journal.last?.contains("invalid_value") == true)
    }

    @Test("R39: commands of one commit that have no sum are incidents of their own moments alone")
    func together() throws {
        let scenario = try Scenario(maps: [Self.map("m", "all")], plugins: ["sums": Self.sums])
        let answers = try scenario.runTogether(
            (1...4).map { Self.assign("L\($0)", "m", $0 == 4 ? "-1e308" : "1.7e308") }.joined(separator: "\n")
        )
        #expect(
            answers.map { lines in lines.contains { $0["reason"] == "invalid_value" } }
                == [false, true, true, false])
    }

    @Test("R39: a store with sums that failed is read, written and read again in a file")
    func file() throws {
        let folder = try TemporaryFolder()
        let path = folder("signalbox.db")
        let scenario = try Scenario(
            maps: [Self.map("m", "lead", "lead", "all", "all")], plugins: ["sums": Self.sums], file: path)
        try scenario.run(Self.assign("L", "m", "1.7e308"))
        #expect(incidents(scenario).count == 2)
        try scenario.restart(
            maps: [Self.map("m", "lead", "lead", "all", "all")], plugins: ["sums": Self.sums])
        try scenario.run(#"{"do":"complete","lead":"L","step":"t/s"}"#)
        #expect(logs(scenario) == ["1.7e+308 1.7e+308"])
        let store = try SQLiteStore(at: path, mode: .readOnly)
        #expect(try store.value("n", of: "sums") == 1.7e308)
        #expect(try store.incidents(of: nil, before: nil, limit: 9).count == 2)
        try StoreContents(of: store).requireWhole()
    }

    @Test("R39: the deepest value that leaves a call is read back from wherever it is written")
    func deepest() throws {
        let deep = """
            return { name = "deep", version = "1", api = 1,
              actions = {
                all = { run = function(event)
                  local value = 1
                  for _ = 1, 31 do value = { value } end
                  host.log.info("deep", value[1])
                  host.store.set("v", value)
                  host.lead.store.set("v", value)
                  host.bus.emit("deep.down", value)
                end },
                fail = { run = function() host.store.get("v") error("no") end },
              },
              on = { { event = "deep.down", run = function(event) host.store.get("v") error("down") end } } }
            """
        let folder = try TemporaryFolder()
        let path = folder("signalbox.db")
        let map = """
            map: m
            triggers: { open: [ { run: deep.all } ] }
            tracks: [ { track: t, steps: [ { step: s, triggers: { close: [ { run: deep.fail } ] } } ] } ]
            """
        let scenario = try Scenario(maps: [map], plugins: ["deep": deep], file: path)
        try scenario.run(#"{"do":"assign","lead":"L","map":"m"}"#)
        #expect(scenario.lines.filter { $0["outcome"] == "ok" }.count == 1, "\(scenario.messages)")
        #expect(incidents(scenario).map { $0["run"] } == ["deep/on/1"])
        try scenario.restart(maps: [map], plugins: ["deep": deep])
        try scenario.run(#"{"do":"complete","lead":"L","step":"t/s"}"#)
        #expect(incidents(scenario).map { $0["reason"] } == ["error"])
        let store = try SQLiteStore(at: path, mode: .readOnly)
        for moment in try store.moments(of: LeadID("L")!, from: 1, limit: 9) {
            for line in moment.journal { _ = try JSONReader.read(line) }
        }
        #expect(try store.incidents(of: nil, before: nil, limit: 9).count == 2)
    }
}
