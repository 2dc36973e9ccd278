import Journeys
import TestKit
import Testing
import Values

@testable import Plugins
@testable import Workspace

/// A function whose first parameter is named `_` says that it does not look at the event. Nobody can tell that the event
/// is made for it only when it looks all the same.
@Suite("Events that functions say they do not look at") struct IgnoredEventTests {
    private static let time = Timestamp("2026-11-22T09:00:00Z")!
    private static let map = """
        map: m
        tracks: [ { track: a, steps: [ { step: x }, { step: y } ] } ]
        """

    /// What two calls of one instant come to, of a function with this name for its first parameter.
    private func results(_ name: String, _ body: String, fields: Int) throws -> [String] {
        let plugin = """
            return { name = "p", api = 1, actions = { act = { run = function(\(name)) local e = \(name); \(body) end } } }
            """
        let generation = try Generation(
            reading: MemoryTree(["plugins/p.lua": plugin, "maps/m.yaml": Self.map]))
        try #require(generation.pluginMistakes == [])
        guard case .available(let definition)? = generation.rulebook.maps[MapID("m")] else {
            return ["no map"]
        }
        let event = Event(
            seq: 5, name: .stepClose, at: Self.time, by: "operator", map: definition.id, journey: 1,
            place: .step(StepPath(TrackID("a"), StepID("x"))), payload: nil, ending: nil)
        let request = CallRequest(
            trigger: "m/a/x/close/1", run: FunctionName(plugin: "p", name: "act"), parameters: .none,
            condition: nil, definition: definition, event: event, role: .action)
        var table: Table = ["name": "Ada"]
        for number in 0..<fields { table["f\(number)"] = .integer(Int64(number)) }
        let lead = Lead(
            id: LeadID("L")!, status: .open, agent: "kim", channel: nil, fields: table,
            store: ["p": ["n": 4]], journey: nil, lastSeq: 5, lastMoment: 2)
        let snapshot = Snapshot(lead: lead, journey: Journey(number: 1, on: definition))
        let runner = PluginRunner(generation.catalogue, for: generation.rulebook)
        return (1...2).map { _ in
            let result = runner.run(request, seeing: snapshot) { _, key in .string("value of \(key)") }.result
            let outcome =
                switch result.outcome {
                case .effects(let effects): Value.list(effects.map(\.value)).json
                case .answer(let answer): answer.json
                case .skipped: "skipped"
                case .failed(let failure):
                    "\(failure.reason): \(failure.message) \(failure.traceback ?? "")"
                }
            return "\(outcome), read \(Value.table(result.reads).json)"
        }
    }

    @Test(
        "a call that looks at its event all the same sees what every other call sees",
        arguments: [
            "host.note('n')", "host.note(e.name)", "host.note(e.lead.fields.name)",
            "host.note(tostring(e.lead.agent) .. tostring(e.lead.channel))",
            "host.note(e.journey.steps['a/y'] .. e.journey.tracks.a)",
            "host.note(e.step .. e.track .. e.map .. e.by .. e.id .. e.seq .. e.at)",
            "local k = {}; for key in pairs(e) do k[#k + 1] = key end; table.sort(k); host.note(table.concat(k, ','))",
            "e.x = 1; host.note(tostring(e.x) .. e.name)", "host.note(host.json.encode(e))",
            "host.lead.set { copy = e.lead }", "host.note(tostring(rawget(e, 'outcome')))",
            "host.note(tostring(e.outcome) .. tostring(e.payload))", "host.note(e.outcom)",
            "host.note(e.lead.agnet)",
            "local t = setmetatable({}, { __index = e }); host.note(t.name)",
            "host.note(tostring(getmetatable(e)))", "setmetatable(e, nil); host.note(tostring(e.outcom))",
            "local ok, why = pcall(function() return e.outcom end); host.note(tostring(ok) .. why)",
            "for _ = 1, 9 do local x = e.name, e.step end; host.note(tostring(pcall(function() return e.nmae end)))",
            "host.note(tostring(pcall(next, e)))", "error(e)",
            "host.note(e[1] == nil and e[true] == nil and 'none')",
            "host.note(tostring(host.store.get('k')) .. tostring(host.lead.store.get('n')) .. e.seq)",
            "host.note(tostring(e == e) .. type(e) .. #e)", "local x <close> = e",
            "return e.lead.fields.name.x",
        ], [0, 30, 100])
    func sameForAll(body: String, fields: Int) throws {
        let looking = try results("event", body, fields: fields)
        let ignoring = try results("_", body, fields: fields)
        #expect(ignoring == looking)
    }
}
