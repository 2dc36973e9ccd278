import Foundation
import TestKit
import Testing

/// Workspaces that are made to hurt the host: the program has 3 GiB for all that it does, and a lead that has nothing
/// to do with the attack is served.
@Suite(
    "what an attack may cost the host", .enabled(if: !Sanitizers.hasThread, "signals are held back"))
struct HostCostTests {
    struct Attack: Sendable, CustomTestStringConvertible {
        let name: String
        var files: [String: String] = [:]
        var links: [String: String] = [:]
        /// The command that sets it off; nil where reading the workspace does.
        var command: [String]?
        /// What the output of that command says.
        var message = ""

        var testDescription: String { name }
    }

    private static let memory = Sanitizers.needSpace ? nil : "ulimit -v 3145728"

    private static let harmless = [
        "maps/quiet.yaml": """
        map: quiet
        triggers: { open: [ { run: quiet.greet } ] }
        tracks: [ { track: a, steps: [ { step: x } ] } ]
        """,
        "maps/loud.yaml": "map: loud\ntracks: [ { track: a, steps: [ { step: x } ] } ]\n",
        "plugins/quiet.lua": """
        return { name = "quiet", api = 1, actions = {
          greet = { run = function() host.lead.set { greeted = true } end } } }
        """,
    ]

    /// A plugin that does this so many times when the map `loud` opens.
    private static func loud(_ times: Int, _ body: String) -> [String: String] {
        [
            "plugins/loud.lua": """
            local on = {}
            for number = 1, \(times) do
              on[number] = { event = "map.open", map = "loud", run = function(event) \(body) end }
            end
            return { name = "loud", api = 1, needs = { "email" }, on = on }
            """
        ]
    }

    private static let attack = ["do", "assign", "A", "loud"]

    private static let attacks: [Attack] = [
        Attack(
            name: "notes of a megabyte, five thousand times",
            files: loud(5_000, #"host.note.add(("x"):rep(1000000))"#), command: attack),
        Attack(
            name: "logs, five thousand times", files: loud(5_000, #"print(("x"):rep(60000))"#),
            command: attack),
        Attack(
            name: "failures with a long message", files: loud(5_000, #"error(("x"):rep(1000000))"#),
            command: attack),
        Attack(name: "loops, three hundred times", files: loud(300, "while true do end"), command: attack),
        Attack(
            name: "events that multiply",
            files: [
                "plugins/loud.lua": """
                local payload = ("x"):rep(100000)
                return { name = "loud", api = 1, on = {
                  { event = "map.open", map = "loud", run = function() host.bus.emit("loud.x", { p = payload }) end },
                  { event = "loud.x", run = function()
                    for i = 1, 8 do host.bus.emit("loud.x", { p = payload }) end
                  end },
                  { event = "loud.x", run = function() error("no") end },
                } }
                """
            ], command: attack),
        Attack(
            name: "thousands of instants that all see a lead with thousands of fields",
            files: [
                "plugins/loud.lua": """
                local function again(event) host.bus.emit("loud.x", {}) end
                return { name = "loud", api = 1, on = {
                  { event = "map.open", map = "loud", run = function()
                    local fields = {}
                    for i = 1, 8000 do fields["n" .. i] = i end
                    host.lead.set(fields)
                    again()
                  end },
                  { event = "loud.x", run = again }, { event = "loud.x", run = again },
                } }
                """
            ], command: attack, message: "processor time"),
        Attack(
            name: "parameters of a megabyte for thousands of triggers",
            files: [
                "plugins/loud.lua": """
                local t = {}
                for i = 1, 100 do t["p" .. i] = { type = "string", default = ("x"):rep(9000) } end
                return { name = "loud", api = 1, actions = { a = { params = t, run = print } } }
                """,
                "maps/wide.yaml": "map: wide\ntracks:\n"
                    + (1...40).map { track in
                        "- track: t\(track)\n  steps:\n"
                            + (1...100).map {
                                "  - { step: s\($0), triggers: { close: [ { run: loud.a } ] } }\n"
                            }
                            .joined()
                    }.joined(),
            ], command: ["do", "assign", "A", "wide"]),
        Attack(
            name: "links around in a circle",
            files: ["plugins/loud/init.lua": "return { name = 'loud', api = 1 }"],
            links: Dictionary(uniqueKeysWithValues: (1...20).map { ("plugins/loud/l\($0)", ".") })),
        Attack(
            name: "plugins that are slow to load",
            files: Dictionary(
                uniqueKeysWithValues: (10..<70).map {
                    ("plugins/slow\($0).lua", "for i = 1, 5e7 do end return { name = 'slow\($0)', api = 1 }")
                })),
        Attack(
            name: "plugins that keep all their memory",
            files: Dictionary(
                uniqueKeysWithValues: (10..<90).map {
                    (
                        "plugins/big\($0).lua",
                        """
                        local kept = {} for i = 1, 3 do kept[i] = (i .. "x"):rep(1000000) end
                        return { name = "big\($0)", api = 1, on = {
                          { event = "map.open", map = "loud", run = function() return kept end } } }
                        """
                    )
                }), command: attack),
    ]

    @Test("none of them ends the program, and others are served beside them", arguments: attacks)
    func beside(_ attack: Attack) async throws {
        let workspace = try TemporaryWorkspace(Self.harmless.merging(attack.files) { $1 })
        for (path, target) in attack.links { try workspace.link(path, to: target) }
        if let command = attack.command {
            let ran = try Program.run(command + ["-w", workspace.root], shell: Self.memory)
            #expect((0...1).contains(ran.status), "\(ran.status): \(ran.errors.suffix(500))")
            #expect(attack.message.isEmpty || ran.lines.contains { $0.contains(attack.message) })
        }
        let served = try Program.run(
            ["do", "assign", "H", "quiet", "--format", "jsonl", "-w", workspace.root], shell: Self.memory)
        #expect((0...1).contains(served.status), "\(served.errors.suffix(500))")
        #expect(served.lines.contains { $0.contains(#""event":"map.open""#) })
        #expect(served.lines.contains { $0.contains(#""outcome":"ok""#) && $0.contains("quiet.greet") })
        let kept = try FileManager.default.attributesOfItem(atPath: workspace.path("data/signalbox.db"))
        let bytes = try #require(kept[.size] as? Int)
        #expect(bytes < 200 << 20, "the store has \(bytes) bytes")
    }
}
