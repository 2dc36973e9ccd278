import TestKit
import Testing
import Values
import Workspace

@Suite("Bad input")
struct BadInputTests {
    // MARK: Files

    @Test(
        "a file without an end is read up to its limit and no further",
        arguments: [
            ["try", "probe.log", "--event", "/dev/zero"],
            ["import", "/dev/zero", "--map", "buyer", "--id", "Id"], ["do", "--commands", "/dev/zero"],
        ])
    func endless(_ arguments: [String]) async throws {
        let workspace = try TemporaryWorkspace()
        let ran = try await RunningProgram(
            arguments, environment: ["SIGNALBOX_WORKSPACE": workspace.folder],
            shell: Sanitizers.needSpace ? nil : #"ulimit -v 3145728; exec "$0" "$@""#
        ).end()
        #expect(ran.status == 65)
        #expect(ran.errors.contains("/dev/zero"))
        #expect(ran.output == "")
    }

    @Test("closed standard descriptors are nobody's: no file of the program takes their place")
    func closedDescriptors() async throws {
        let workspace = try TemporaryWorkspace()
        for closed in ["<&-", "<&- >&-", "<&- >&- 2>&-"] {
            let ran = try await RunningProgram(
                ["do", "--commands", "-"], environment: ["SIGNALBOX_WORKSPACE": workspace.folder],
                shell: #"exec "$0" "$@" "# + closed
            ).end()
            #expect(ran.status == 0, "\(closed): \(ran.errors)")
            let assigned = try await RunningProgram(
                ["do", "assign", "L1", "buyer", "--id", "\(closed)"],
                environment: ["SIGNALBOX_WORKSPACE": workspace.folder],
                shell: #"exec "$0" "$@" "# + closed
            ).end()
            #expect(assigned.status < 2, "\(closed): \(assigned.errors)")
            #expect(try await workspace.run("leads", "--format", "jsonl").objects.count == 1)
        }
    }

    // MARK: Settings and maps

    @Test("a condition that is not one expression, or names what is not there, is a mistake at its place")
    func conditions() async throws {
        let workspace = try TemporaryWorkspace(maps: [
            "one": """
            map: one
            triggers:
              open:
                - { run: probe.log, when: led.channel == "form" }
                - { run: probe.log, when: lead.chanel == "form" }
                - { run: probe.log, when: "true) or (true" }
                - { run: probe.log, when: "" }
                - { run: probe.log, when: lead.fields.anything and event.journey.tracks.a }
            tracks: [ { track: a, steps: [ { step: b } ] } ]
            """
        ])
        let checked = try await workspace.run("check")
        #expect(checked.status == 65)
        // Under each is the line that it is about.
        let told = checked.output.split(separator: "\n").map(String.init).filter { !$0.hasPrefix(" ") }
        let expected = [
            #"maps/one.yaml:4:31: there is no "led" in `when`"#,
            #"maps/one.yaml:5:31: lead does not have a key "chanel""#,
            "maps/one.yaml:6:31: `when` is not a Lua expression",
            "maps/one.yaml:7:31: `when` is a Lua expression",
        ]
        #expect(told.count == expected.count, "\(checked.output)")
        for (line, start) in zip(told, expected) { #expect(line.hasPrefix(start), "\(line)") }
        #expect(told[0].hasSuffix(#"did you mean "lead"?"#) && told[1].hasSuffix(#"did you mean "channel"?"#))
        let ran = try await RunningProgram(["do", "assign", "L1", "one", "-w", workspace.folder]).end()
        #expect(ran.status == 65 && ran.output == "")
    }

    @Test("mistakes in settings and maps are told all together with their places, and nothing runs")
    func mistakes() async throws {
        let workspace = try TemporaryWorkspace(maps: [
            "one": """
            map: one
            colour: red
            tracks:
              - track: a
                steps:
                  - step: b
                  - step: b
                    triggers: { close: [ { run: probe.sett, when: "lead." } ] }
            """,
            "two": """
            map: two
            tracks:
              - track: a
                kind: flex
                flex: { decide: probe.keep, with: { steps: [ x ] }, fallback: [ nowhere ] }
                steps:
                  - step: b
                    triggers: { close: [ { run: probe.count, with: { most: 10 } } ] }
                  - step: c
                    triggers: { close: [ { run: probe.count, with: { most: 99999999999999999999 } } ] }
            """,
            "three": "map: three\ntracks: [",
        ])
        try workspace.write("signalbox.yaml", "plugin:\n  folder: plugins\nlimits: { field: 3 apples }\n")
        let expected = [
            "maps/one.yaml:2:1: ", "maps/one.yaml:7:15: ", "maps/one.yaml:8:37: ", "maps/one.yaml:8:55: ",
            "maps/three.yaml:2:9: ", "maps/two.yaml:5:69: ", "maps/two.yaml:8:64: ", "maps/two.yaml:10:64: ",
            "signalbox.yaml:1:1: ", "signalbox.yaml:3:18: ",
        ]
        let checked = try await workspace.run("check")
        #expect(checked.status == 65)
        // Under each is the line that it is about.
        let told = checked.output.split(separator: "\n").map(String.init).filter { !$0.hasPrefix(" ") }
        for place in expected {
            #expect(told.contains { $0.hasPrefix(place) }, "\(place)\n\(checked.output)")
        }
        #expect(told.count == expected.count, "\(checked.output)")
        let listed = try await workspace.run("check", "--format", "jsonl")
        #expect(listed.objects.count == told.count)
        #expect(
            listed.objects.allSatisfy { $0["type"] == "mistake" && $0["file"] != nil && $0["line"] != nil })

        for command in [["do", "assign", "L1", "one"], ["simulate", "--commands", "-"], ["plugins"]] {
            let ran = try await RunningProgram(command + ["-w", workspace.folder]).end()
            #expect(ran.status == 65)
            #expect(ran.output == "")
            for place in expected { #expect(ran.errors.contains(place)) }
        }
        #expect(!workspace.exists("data"))
    }

    @Test("YAML that no program should read is a mistake with its file")
    func hostileYAML() async throws {
        let aliases = (1...9).map {
            "a\($0): &a\($0) [\(Array(repeating: "*a\($0 - 1)", count: 9).joined(separator: ", "))]"
        }
        let cases: [(name: String, bytes: [UInt8])] = [
            ("deep", Array(("map: deep\ntracks: " + String(repeating: "[", count: 100_000)).utf8)),
            (
                "nested",
                Array(
                    ("map: nested\n" + (0..<2000).map { String(repeating: " ", count: $0) + "a:\n" }.joined())
                        .utf8)
            ),
            ("bytes", Array("map: bytes\ntitle: ".utf8) + [0xFF, 0xFE, 0x0A]),
            ("large", Array("map: large\ntitle: ".utf8) + [UInt8](repeating: 0x61, count: 10 << 20)),
            ("laughs", Array((["a0: &a0 x"] + aliases).joined(separator: "\n").utf8)),
            ("empty", []),
            ("null", [0]),
        ]
        for (name, bytes) in cases {
            let workspace = try TemporaryWorkspace()
            try workspace.write("maps/\(name).yaml", bytes)
            let ran = try await workspace.run("do", "assign", "L1", "buyer")
            #expect(ran.status == 65, "\(name): \(ran.status)")
            #expect(ran.errors.contains("maps/\(name).yaml"), "\(name): \(ran.errors)")
            #expect(ran.errors.utf8.count < 4000)
        }
    }

    // MARK: Plugins

    @Test("a plugin that does not load is named with its mistake; maps that do not need it work")
    func brokenPlugin() async throws {
        let workspace = try TemporaryWorkspace(
            plugins: [
                "probe": TemporaryWorkspace.probe,
                "broken": "return {\n  name = \"broken\"\n  version = 1\n}",
            ],
            maps: [
                "buyer": TemporaryWorkspace.buyer,
                "needy": TemporaryWorkspace.map("needy", running: "{ run: broken.mend }"),
            ])
        let refused = try await workspace.run("do", "assign", "L1", "needy", "--format", "jsonl")
        #expect(refused.status == 1)
        #expect(refused.objects.first?["reason"] == "map_unavailable")
        #expect(refused.objects.first?["message"]?.string?.contains("broken") == true)
        #expect(refused.errors.contains("plugins/broken.lua:2"))
        let accepted = try await workspace.run("do", "assign", "L1", "buyer", "--format", "jsonl")
        #expect(accepted.status == 1)
        #expect(accepted.objects.events.count == 4)
        #expect(accepted.errors.contains("plugins/broken.lua"))
        let listed = try await workspace.run("plugins", "--format", "jsonl")
        #expect(listed.status == 1)
        #expect(listed.objects.map { $0["plugin"] } == ["broken", "probe"])
        #expect(listed.objects.map { $0["state"] } == ["failed", "loaded"])
        #expect(try await workspace.run("plugins", "show", "broken").status == 1)
        #expect(try await workspace.run("plugins", "show", "probe").output.contains("probe.set"))
        #expect(try await workspace.run("check").status == 1)
    }

    @Test(
        "plugins that no program should load are named, and the others work",
        .enabled(if: !Sanitizers.hasThread, "signals are held back"))
    func hostilePlugins() async throws {
        let workspace = try TemporaryWorkspace()
        let cases: [(name: String, bytes: [UInt8])] = [
            ("loops", Array("while true do end".utf8)),
            ("eats", Array("local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1e5) .. i end".utf8)),
            ("binary", Array("\u{1B}Lua".utf8) + [0x54, 0, 0x19, 0x93]),
            ("bytes", Array("return { name = 'bytes', summary = '".utf8) + [0xFF] + Array("' }".utf8)),
            ("other", Array("return { name = 'else', version = '1', api = 1 }".utf8)),
            ("deep", Array(("return " + String(repeating: "{", count: 10_000)).utf8)),
            ("nothing", []),
        ]
        for (name, bytes) in cases { try workspace.write("plugins/\(name).lua", bytes) }
        let ran = try await workspace.run("do", "assign", "L1", "buyer", "--format", "jsonl")
        #expect(ran.status == 1)
        #expect(ran.objects.events.count == 4)
        for (name, _) in cases {
            #expect(ran.errors.contains("plugins/\(name).lua"), "\(name): \(ran.errors)")
        }
    }

    // MARK: Calls

    @Test(
        "a call that loops or eats memory is cut off, an incident, and the rest goes on",
        arguments: [
            ("loop", "budget", "{ instructions: 1000000, deadline: 1m }"),
            ("loop", "deadline", "{ deadline: 50ms }"),
            ("eat", "memory", "{ memory: 8MiB, deadline: 1m }"), ("fail", "error", "{}"),
        ].filter { $0.1 != "deadline" || !Sanitizers.hasThread })
    func cutOff(_ action: String, _ reason: String, _ limits: String) async throws {
        let workspace = try TemporaryWorkspace(maps: [
            "buyer": TemporaryWorkspace.map(
                "buyer",
                running: "{ run: probe.\(action) }, { run: probe.set, with: { fields: { after: true } } }")
        ])
        try workspace.write("signalbox.yaml", "plugins: { limits: \(limits) }\n")
        let ran = try await workspace.give(
            #"{"do":"assign","lead":"L1","map":"buyer"}"#,
            #"{"do":"complete","lead":"L1","step":"qualify/call"}"#,
            #"{"do":"complete","lead":"L1","step":"qualify/mail"}"#)
        #expect(ran.status == 1)
        #expect(ran.errors.contains("3 accepted, 0 refused, 1 with incidents"))
        let failed = ran.objects.lines("call").filter { $0["outcome"] == "failed" }
        #expect(failed.map { $0["reason"] } == [.string(reason)])
        #expect(ran.objects.lines("incident").map { $0["reason"] } == [.string(reason)])
        #expect(ran.objects.events.suffix(2) == ["step.close qualify/mail", "track.close qualify"])
        let shown = try await workspace.run("lead", "L1")
        #expect(shown.output.contains("probe.\(action) failed: \(reason): "))
        #expect(shown.output.contains("incident 1"))
        #expect(shown.output.contains("  after  true\n"))

        let listed = try await workspace.run("incidents", "--format", "jsonl")
        #expect(listed.objects.map { $0["reason"] } == [.string(reason)])
        #expect(listed.objects.map { $0["lead"] } == ["L1"])
        let detailed = try await workspace.run("incidents", "show", "1")
        #expect(
            detailed.output.contains("trigger buyer/qualify/call/close/1 ran probe.\(action) on step.close"))
        #expect(try await workspace.run("incidents", "show", "2").status == 1)
    }

    @Test("a failed call runs again with the code of today, as a moment of its own (R36)")
    func retried() async throws {
        let workspace = try TemporaryWorkspace(maps: [
            "buyer": TemporaryWorkspace.map("buyer", running: "{ run: probe.fail }")
        ])
        _ = try await workspace.give(
            #"{"do":"assign","lead":"L1","map":"buyer"}"#,
            #"{"do":"complete","lead":"L1","step":"qualify/call"}"#)
        #expect(try await workspace.run("incidents", "retry", "1").status == 1)
        try workspace.write(
            "plugins/probe.lua",
            TemporaryWorkspace.probe.replacing(
                #"error("the probe fails")"#, with: "host.lead.set { mended = true }"))
        let mended = try await workspace.run("incidents", "retry", "2", "--format", "jsonl")
        #expect(mended.status == 0)
        #expect(
            mended.objects.lines("call").map { $0["effects"] } == [
                [["do": "set", "fields": ["mended": true]]]
            ])
        #expect(try await workspace.run("lead", "L1").output.contains("  mended  true\n"))
        #expect(try await workspace.run("incidents", "retry", "7").status == 1)
    }
}
