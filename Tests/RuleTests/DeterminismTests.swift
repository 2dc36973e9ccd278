import Store
import TestKit
import Testing
import Values
import Workspace

@Suite("Determinism")
struct DeterminismTests {
    private static let map = """
        map: m
        triggers: { open: [ { run: dice.throw }, { run: dice.throw } ] }
        tracks:
          - track: a
            kind: flex
            flex: { decide: dice.choose }
            steps:
              - { step: x, triggers: { open: [ { run: dice.throw } ], remove: [ { run: dice.throw } ] } }
              - { step: y, triggers: { open: [ { run: dice.throw } ], remove: [ { run: dice.throw } ] } }
        """

    /// Uses all that differs from run to run elsewhere.
    private static let dice = """
        local keys = { true, true }
        for index = 1, 50 do keys["key" .. index * 7919] = index end
        keys[2.5], keys[true] = 1, 1

        local function throw(event)
          local order = {}
          for key in pairs(keys) do order[#order + 1] = tostring(key) end
          for key in pairs(event.lead.fields) do order[#order + 1] = key end
          host.log.info(table.concat(order, " "))
          host.log.info(math.random(1, 1 << 40) .. " " .. math.random() .. " " .. host.random(1, 1 << 40))
          host.log.info(host.time.format(host.time.now()) .. " " .. event.at .. " " .. os.time())
          host.log.info(("%s %s %s %s %p"):format({}, throw, print, coroutine.create(throw), {}))
        end

        return { name = "dice", api = 1,
          actions = { throw = { run = function(event)
            throw(event)
            host.lead.set { number = math.random(1, 1 << 40) }
          end } },
          deciders = { choose = { decide = function(event)
            throw(event)
            return { keep = { math.random(2) == 1 and "x" or "y" } }
          end } },
        }
        """

    private static let commands = """
        {"do":"assign","lead":"L","map":"m","fields":{"b":1,"a":2,"é":3},"at":"2026-03-02T09:00:00Z"}
        {"do":"status","lead":"L","to":"lost"}
        {"do":"assign","lead":"L","map":"m","at":"2026-03-02T10:00:00Z"}
        """

    @Test("R37: the same input has the same effects, byte for byte, in another engine and after other calls")
    func twice() throws {
        let first = try Scenario(maps: [Self.map], plugins: ["dice": Self.dice])
        try first.run(Self.commands)
        let second = try Scenario(maps: [Self.map], plugins: ["dice": Self.dice])
        try second.run(
            (1...20).map { #"{"do":"assign","lead":"other \#($0)","map":"m"}"# }.joined(separator: "\n"))
        try second.run(Self.commands)
        #expect(first.lines.contains { $0["log"] != nil })
        #expect(first.lines == second.lines)
    }

    private static func logs(_ scenario: Scenario, _ index: Int) -> [String] {
        scenario.lines.compactMap { $0["log"]?.list }.compactMap { $0[index].table?["message"]?.string }
    }

    @Test(
        "R37: random numbers are seeded by lead, seq and trigger, the time is the moment's, pairs has a fixed order, and no address is visible"
    )
    func seeds() throws {
        let scenario = try Scenario(maps: [Self.map], plugins: ["dice": Self.dice])
        try scenario.run(Self.commands)
        let keys = (1...50).map { "key\($0 * 7919)" }.sorted()
        let order = ["1", "2", "2.5"] + keys + ["true", "a", "b", "é"]
        #expect(Self.logs(scenario, 0).first == order.joined(separator: " "))
        let random = Self.logs(scenario, 1)
        // A decider's and four calls' in each of two journeys.
        #expect(random.count == 10)
        #expect(Set(random).count == 10)
        let nine = "2026-03-02T09:00:00Z 1772442000000 1772442000"
        let ten = "2026-03-02T10:00:00Z 1772445600000 1772445600"
        #expect(Self.logs(scenario, 2) == Array(repeating: nine, count: 5) + Array(repeating: ten, count: 5))
        #expect(
            Self.logs(scenario, 3)
                == Array(repeating: "table function function thread table", count: 10))
        try scenario.run(Self.commands.replacing("\"L\"", with: "\"K\""))
        #expect(Set(random).isDisjoint(with: Self.logs(scenario, 1)))
    }

    @Test("R38: nothing that one call writes to a variable is seen by the next")
    func nothingSurvives() throws {
        let scenario = try Scenario(
            maps: [
                """
                map: m
                triggers:
                  open:
                    - { run: sly.count }
                    - { run: sly.count }
                    - { run: sly.fails }
                    - { run: sly.count }
                tracks: [ { track: a, steps: [ { step: x, triggers: { close: [ { run: sly.count } ] } } ] } ]
                """
            ],
            plugins: [
                "sly": """
                local upvalue, list = 0, { 0 }
                local shared = setmetatable({}, { __index = function() return 0 end })
                counter = 0
                local function count()
                  counter = counter + 1
                  upvalue = upvalue + 1
                  list[#list + 1] = 1
                  shared.count = shared.count + 1
                  local seen = counter .. " " .. upvalue .. " " .. #list .. " " .. shared.count
                  host.log.info(seen .. " " .. tostring(rawget(host, "mine")) .. " " .. ("x"):upper())
                  rawset(host, "mine", 1)
                  string.upper = function() return "changed" end
                end
                return { name = "sly", api = 1, actions = {
                  count = { run = count },
                  fails = { run = function() count() error("no", 0) end },
                } }
                """
            ])
        let seen = "[1 1 2 1 nil X]"
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"complete","lead":"L","step":"a/x"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x
                call m/open/1 ok \(seen)
                call m/open/2 ok \(seen)
                call m/open/3 failed error \(seen)
                call m/open/4 ok \(seen)
                incident error m/open/3

                1 4 step.close a/x
                1 5 track.close a
                call m/a/x/close/1 ok \(seen)
                """)
    }

    @Test("R38: what must last goes through the plugin's store: for the lead, and for all leads")
    func storeLasts() throws {
        let scenario = try Scenario(
            maps: [
                """
                map: m
                triggers: { open: [ { run: counter.count } ] }
                tracks: [ { track: a, steps: [ { step: x } ] } ]
                """
            ],
            plugins: [
                "counter": """
                return { name = "counter", api = 1, actions = { count = { run = function()
                  host.lead.store.add("mine", 1)
                  host.store.add("all", 1)
                  host.log.info(host.lead.store.get("mine") .. " " .. host.store.get("all"))
                end } } }
                """
            ])
        let effects = #"store.add amount=1 key="mine" lead=true; store.add amount=1 key="all""#
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"assign","lead":"K","map":"m"}
            {"do":"status","lead":"L","to":"closed"}
            {"do":"assign","lead":"L","map":"m"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x
                call m/open/1 ok \(effects) [1 1] reads={"all":null}

                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x
                call m/open/1 ok \(effects) [1 2] reads={"all":1}

                1 4 map.close m closed cancelled a/x

                1 5 map.open m
                1 6 track.open a
                1 7 step.open a/x
                call m/open/1 ok \(effects) [2 3] reads={"all":2}
                """)
    }

    @Test("R41: a moment uses one generation of plugins from its first instant to its last")
    func oneGeneration() throws {
        func files(_ word: String) -> [String: String] {
            [
                "ear": "return { name = 'ear', api = 1, on = { { event = 'probe.go', run = function()"
                    + " host.note.add('\(word)') end } } }"
            ]
        }
        let map = """
            map: m
            triggers: { open: [ { run: probe.act, with: { saw_store: word, emit: [ go ] } } ] }
            tracks:
              - track: a
                steps: [ { step: x, triggers: { close: [ { run: probe.act, with: { emit: [ go ] } } ] } } ]
            """
        // The first moment's first call reads a value: that is when the files change.
        let reading = Hook()
        let store = FailingStore(MemoryStore()) { (operation, _) throws(StoreError) in
            if operation == .value("probe") { reading.run() }
        }
        let scenario = try Scenario(maps: [map], plugins: files("old"), store: store)
        let changed = try Scenario.generation(maps: [map], plugins: files("new"))
        reading.action = { #expect(throws: Never.self) { try scenario.install(changed) } }
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m"}
            {"do":"complete","lead":"L","step":"a/x"}
            """,
            gives: """
                1 1 map.open m
                1 2 track.open a
                1 3 step.open a/x
                call m/open/1 ok emit probe.go [word is nil] reads={"word":null}
                2 4 probe.go by plugin:probe
                call ear/on/1 #4 ok note text="old"

                1 5 step.close a/x
                1 6 track.close a
                call m/a/x/close/1 ok emit probe.go
                2 7 probe.go by plugin:probe
                call ear/on/1 #7 ok note text="new"
                """)
        #expect(reading.count == 1)
    }
}

/// Lets a test act while the engine reads from its store.
// Owner: the test's thread, because the engine of these tests runs on it.
private final class Hook: @unchecked Sendable {
    var action = {}
    private(set) var count = 0

    func run() {
        count += 1
        action()
    }
}
