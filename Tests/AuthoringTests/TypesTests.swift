import Foundation
import Journeys
import Plugins
import TestKit
import Testing
import Values
import Workspace

@testable import Authoring

@Suite("The description of what plugins reach")
struct APIDescriptionTests {
    private static let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized

    private func page(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
    }

    /// What a plugin's call answers that notes a text.
    private func noted(by body: String) throws -> [String] {
        let generation = try Generation(
            reading: MemoryTree([
                "plugins/p.lua": """
                return { name = "p", api = 1, actions = { act = { run = function()
                local names = {}
                \(body)
                table.sort(names)
                host.note.add(table.concat(names, " "))
                end } } }
                """
            ]))
        #expect(generation.mistakes == [])
        let outcome = PluginRunner(generation.catalogue, for: generation.rulebook).call(
            FunctionName(plugin: "p", name: "act"), event: [:], parameters: .none,
            at: Timestamp("2026-11-22T09:00:00Z")!, seed: 1
        ).result.outcome
        guard case .effects(let effects) = outcome, case .note(let text)? = effects.first else {
            throw BrokenExpectation("\(outcome)")
        }
        return text.split(separator: " ").map(String.init)
    }

    @Test("it names everything of the host, and nothing else")
    func host() throws {
        let found = try noted(
            by: """
                local function walk(inner, path)
                  for name, value in pairs(inner) do
                    names[#names + 1] = path .. "." .. name
                    if type(value) == "table" then walk(value, path .. "." .. name) end
                  end
                end
                walk(host, "host")
                """)
        #expect(Set(found) == Set(APIDescription.hostNames))
        #expect(APIDescription.hostNames.count == Set(APIDescription.hostNames).count)
    }

    @Test("it names everything of Lua's library, and nothing else")
    func library() throws {
        let found = try noted(
            by: """
                for name, value in pairs(_G) do
                  names[#names + 1] = name
                  if type(value) == "table" and name ~= "_G" and name ~= "host" then
                    for member in pairs(value) do names[#names + 1] = name .. "." .. member end
                  end
                end
                """)
        let described =
            APIDescription.globals + ["host"] + APIDescription.libraries.map(\.name)
            + APIDescription.libraries.flatMap { library in library.members.map { "\(library.name).\($0)" } }
        #expect(Set(found) == Set(described))
        #expect(Set(found).isDisjoint(with: APIDescription.missing))
    }

    @Test("the guide has everything of the host that can be called")
    func guide() throws {
        let guide = try page("docs/writing-plugins.md")
        for name in APIDescription.hostNames
        where !APIDescription.hostNames.contains(where: { $0.hasPrefix(name + ".") }) {
            let member = name.split(separator: ".").last.map(String.init) ?? name
            let isThere =
                guide.contains("`\(name)") || guide.contains("`.\(member)(")
                // `host.log.debug/info/warn/error`
                || name.hasPrefix("host.log.") && guide.contains("host.log.debug/info/warn/error")
            #expect(isThere, "\(name)")
        }
    }

    @Test("the page on the sandbox has Lua's library as it is")
    func sandboxPage() throws {
        let sandbox = try page("docs/sandbox.md")
        for library in APIDescription.libraries {
            #expect(
                sandbox.contains("| `\(library.name)` | `\(library.members.joined(separator: " "))` |"),
                "\(library.name)")
        }
        let base = APIDescription.globals.filter { !$0.hasPrefix("_") } + ["_G", "_VERSION"]
        #expect(sandbox.contains("| base | `\(base.joined(separator: " "))` |"))
    }

    @Test("it names what specs see")
    func specs() throws {
        func list(_ names: [String]) -> String { names.map { "\"\($0)\"" }.joined(separator: ", ") }
        let ran = try RanSpecs(
            """
            it("these names", function()
              local names = {}
              for name in pairs(test) do names[#names + 1] = name end
              table.sort(names)
              expect(names):equals { \(list(APIDescription.testMembers)) }
              for _, name in ipairs { \(list(APIDescription.specGlobals)) } do
                expect(rawget(_G, name)):differs(nil)
              end
            end)
            """, on: [:])
        #expect(ran.tests.count == 1 && ran.tests.allSatisfy { $0.failure == nil }, "\(ran)")
    }

    @Test("the settings of luacheck are made of it")
    func luacheck() throws {
        #expect(try page(".luacheckrc") == LuacheckSettings.text)
    }
}

@Suite("What editors read of a workspace")
struct WorkspaceTypesTests {
    private let files = [
        "maps/buyer.yaml": """
        map: buyer
        title: A buyer
        tracks:
          - track: first-track
            steps:
              - { step: call, title: Call, mirror: phone number }
              - { step: visit, triggers: { close: [ { run: p.act, with: { level: high }, when: lead.fields.score > 1 } ] } }

        """,
        "plugins/p.lua": """
        return { name = "p", api = 1, emits = { "p.done" },
          settings = { sender = { type = "string", required = true, summary = "Who\\nwrites" } },
          actions = { act = { summary = "Acts", params = {
              level = { type = "string", enum = { "high", "low" }, default = "low" },
              after = { type = "duration" }, ["end"] = { type = "list" },
              target = { type = "table", keys = { field = { type = "string", required = true }, value = { type = "integer" } } },
              to = { type = "list", items = { type = "string" } },
              other = { type = "map" }, place = { type = "step" },
            }, run = function(event) host.lead.set { seen = event.lead.fields.budget } end } } }
        """,
        "plugins/q.lua": "return 1",
        "templates/welcome.txt": "Welcome",
        "signalbox.yaml": "plugins: { each: { p: { settings: { sender: me } } } }",
    ]

    private func generation() throws -> Generation { try Generation(reading: MemoryTree(files)) }

    @Test("its maps, steps, fields, functions, events and templates are named")
    func names() throws {
        let text = WorkspaceTypes(of: try generation(), fields: ["from outside"]).text
        for line in [
            #"---| "buyer" # A buyer"#, #"---| "first-track/call" # Call, of buyer"#,
            #"---| "first-track/visit" # of buyer"#, #"---| "p.act" # Acts"#, #"---| "p.done""#,
            #"---| "step.close""#,
            #"---| "welcome""#, "---@field score any", "---@field seen any", "---@field budget any",
            #"---@field ["phone number"] any"#, #"---@field ["from outside"] any"#,
            #"---@field ["first-track"] signalbox.TrackState"#,
            #"---@field ["first-track/call"] signalbox.StepState"#,
        ] { #expect(text.contains(line + "\n"), "\(line)\n\(text)") }
    }

    @Test("parameters and settings have their types, and say whether they are always there")
    func parameters() throws {
        let text = WorkspaceTypes(of: try generation()).text
        #expect(
            text.contains(
                """
                ---The parameters of p.act.
                ---@class p.act.Params
                ---@field after? signalbox.Duration
                ---@field ["end"]? any[]
                ---@field level "high"|"low"
                ---@field other? signalbox.MapID
                ---@field place? signalbox.StepPath
                ---@field target? { field: string, value?: integer }
                ---@field to? (string)[]
                """))
        // What would end the comment is not in it.
        #expect(text.contains("---@class p.Settings\n---@field sender string Who?writes\n"))
    }

    @Test("every name is one that Lua takes", arguments: ["a", "_a1", "end", "1a", "a-b", "", "ä"])
    func luaNames(_ name: String) { #expect(LuaName.isName(name) == ["a", "_a1"].contains(name)) }

    @Test("the folder of an example gives schemas that take its files", arguments: examples)
    func examplesFit(_ example: String) async throws {
        let folder = Self.root.appendingPathComponent("examples/\(example)").path
        let generation = try Generation(reading: DiskTree(root: folder))
        let maps = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/maps")
        #expect(!maps.isEmpty)
        for map in maps where map.hasSuffix(".yaml") {
            let text = try String(contentsOfFile: "\(folder)/maps/\(map)", encoding: .utf8)
            #expect(try await faults(in: text, by: MapSchema.schema(of: generation)) == [], "\(map)")
        }
        let settings = (try? String(contentsOfFile: "\(folder)/signalbox.yaml", encoding: .utf8)) ?? ""
        #expect(try await faults(in: settings, by: SettingsSchema.schema(of: generation)) == [])
    }

    @Test(
        "a mistake in a map is one by its schema",
        arguments: [
            "map: m", "map: m\ntracks: []", "map: M\ntracks: [ { track: t, steps: [ { step: s } ] } ]",
            "map: m\nname: x\ntracks: [ { track: t, steps: [ { step: s } ] } ]",
            "map: m\ntracks: [ { track: t, kind: tasks, steps: [ { step: s } ] } ]",
            "map: m\ntriggers: { skip: [] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]",
            "map: m\ntriggers: { open: [ { run: p.none } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]",
            "map: m\ntriggers: { open: [ { run: p.act, with: { level: middle } } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]",
            "map: m\ntriggers: { open: [ { run: p.act, with: { depth: 1 } } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]",
            "map: m\ntriggers: { open: [ { run: p.act, with: { target: { filed: x } } } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]",
            "map: m\ntriggers: { open: [ { run: p.act, with: { target: { value: 1 } } } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]",
            "map: m\ntriggers: { open: [ { run: p.act, with: { to: [ [ x ] ] } } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]",
        ])
    func mapMistakes(_ text: String) async throws {
        let schema = MapSchema.schema(of: try generation())
        #expect(try await faults(in: text, by: schema) != [])
        #expect(try await faults(in: files["maps/buyer.yaml"] ?? "", by: schema) == [])
    }

    @Test("maps and steps complete what is written, and the schema allows new ones")
    func newNames() async throws {
        let schema = MapSchema.schema(of: try generation())
        for names in [#"{"enum":["buyer"]}"#, #"{"enum":["first-track/call","first-track/visit"]}"#] {
            #expect(schema.json.contains(names))
        }
        func faults(with values: String) async throws -> [String] {
            try await self.faults(
                in:
                    "map: m\ntriggers: { open: [ { run: p.act, with: { \(values) } } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]",
                by: schema)
        }
        #expect(try await faults(with: "other: m, place: t/s") == [])
        #expect(try await faults(with: "other: buyer, place: first-track/call") == [])
        #expect(try await faults(with: "other: [ buyer ]") != [])
    }

    @Test("what does not load may be named in a map all the same")
    func unloaded() async throws {
        let text =
            "map: m\ntriggers: { open: [ { run: q.act } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]"
        #expect(try await faults(in: text, by: MapSchema.schema(of: try generation())) == [])
    }

    @Test(
        "a mistake in the settings is one by their schema",
        arguments: [
            "lanes: 0", "lanes: many", "limits: { field: large }", "deliver: { email: { by: pigeon } }",
            "stores: x",
            "plugins: { limits: { speed: 1 } }", "plugins: { grant: all }", "secrets: { slack: { env: A } }",
            "deliver: { webhooks: { crm: { url: \"https://a.example\" } } }",
            "deliver: { email: { smtp: { host: a, password: { env: A, file: B } } } }",
            "plugins: { each: { p: { limit: {} } } }",
        ])
    func settingsMistakes(_ text: String) async throws {
        #expect(try await faults(in: text, by: SettingsSchema.schema(of: try generation())) != [])
    }

    @Test("settings of every kind fit their schema")
    func wholeSettings() async throws {
        let text = """
            plugins:
              folder: plugins
              grant: { p: [ email ] }
              limits: { deadline: 50ms, memory: 8MiB, instructions: none }
              each: { p: { settings: { sender: me }, limits: { instructions: 1000000 } } }
            deliver:
              email: { by: smtp, from: a@example.com, smtp: { host: m.example.com, user: u, password: { env: A } } }
              webhooks: { crm: { url: "https://a.example/hook", secret: [ { env: A }, { file: b } ], events: [ step.close ] } }
              http: { private: [ crm.internal ] }
              retry: { first: 30s, longest: 6h, deadline: 3d }
            serve: { listen: "127.0.0.1:8484", hosts: [ a.example ], plain: false, stop_within: 10s, rate: 1000, mask: [ email ] }
            secrets: { slack: { env: S, hosts: [ hooks.example.com ], plugins: [ p ] } }
            zone: UTC
            retention: { history: 3y }
            store: data/signalbox.db
            lanes: auto
            limits: { field: 64KiB, queue: 10000, moment: { calls: 10000, bytes: 16MiB } }
            """
        #expect(try await faults(in: text, by: SettingsSchema.schema(of: try generation())) == [])
        // They are settings, indeed.
        _ = try Settings(reading: MemoryTree(["signalbox.yaml": text]), environment: [:])
    }

    private func faults(in yaml: String, by schema: Value) async throws -> [String] {
        let question: Value = ["schema": schema, "yaml": .string(yaml)]
        let answer = try await PythonProgram.answer(of: "check_schema.py", to: Array(question.json.utf8))
        return answer["faults"]?.list?.compactMap(\.string) ?? ["no answer"]
    }

    private static let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized
    private static let examples: [String] = {
        let folder = root.appendingPathComponent("examples").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)/maps") }.sorted()
    }()
}
