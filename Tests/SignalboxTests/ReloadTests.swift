import Foundation
import Journeys
import Plugins
import Signalbox
import Store
import Synchronization
import TestKit
import Testing
import Values
import Workspace

/// Plugins are rewritten in every way that there is while leads run.
@Suite("Hot reload", .serialized, .timeLimit(.minutes(20)))
struct ReloadTests {
    @Test(
        "plugins are rewritten under load: each call is of one version, each moment of one generation, and the newest answers soon"
    )
    func underLoad() async throws { try await rewrite(times: 150) }

    @Test(
        "the same a thousand times",
        .enabled(if: ProcessInfo.processInfo.environment["SIGNALBOX_LONG_TESTS"] != nil))
    func underLoadForLong() async throws { try await rewrite(times: 1_000) }

    // MARK: Rewriting

    /// A plugin in one file and one in a folder behind a link. What the moment's calls note says which
    /// version they are of: the beginning of the code and its end, or its two files.
    private static func filed(_ version: Int) -> String {
        """
        local first = "\(version)"
        --\(String(repeating: " padding", count: 2_000))
        local function mark() host.note.add("mark:filed:" .. first .. ":\(version)") end
        return { name = "filed", version = "\(version)", api = 1, actions = { mark = { run = mark } },
          on = { { event = "map.open", run = function() host.bus.emit("filed.more", {}) end },
                 { event = "filed.more", run = mark } } }
        """
    }

    private static func release(_ version: Int, isBroken: Bool = false) -> [String: String] {
        [
            "init.lua": """
            local function mark() host.note.add("mark:linked:\(version):" .. require "part") end
            return { name = "linked", version = "\(version)", api = 1, actions = { mark = { run = mark } },
              on = { { event = "filed.more", run = mark } } }
            """, "part.lua": isBroken ? "return return" : "return \"\(version)\"",
        ]
    }

    private static let map = """
        map: m
        triggers: { open: [ { run: filed.mark }, { run: linked.mark } ] }
        tracks:
          - track: t
            triggers: { open: [ { run: linked.mark }, { run: filed.mark } ] }
            steps: [ { step: s, triggers: { open: [ { run: filed.mark } ], close: [ { run: filed.mark } ] } } ]
        """

    private enum Way: Int, CaseIterable {
        case inPlace, aside, truncatedFirst, deletedAndPutBack, linkSwapped, removed, twoWithOneName
    }

    private func rewrite(times: Int) async throws {
        // On a machine that is at its limit a call may be slow, and a plugin that is quarantined for it would not answer.
        var files = [
            "maps/m.yaml": Self.map, "plugins/filed.lua": Self.filed(0),
            "signalbox.yaml": "plugins: { limits: { deadline: 10s } }\n",
        ]
        for (name, text) in Self.release(0) { files["releases/0/\(name)"] = text }
        let running = try RunningEngine(files, links: ["plugins/linked": "../releases/0"])
        let marks = Marks()
        let isOver = Flag()
        let load = Task {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for driver in 1...2 {
                    group.addTask {
                        var accepted = 0
                        // Few leads with many journeys: a lead's moments show the order of generations.
                        while !isOver.isUp {
                            let lead = "D\(driver)-\(accepted / 300 % 4)"
                            for order in [
                                Order.assign(MapID("m"), LeadChanges()), .complete("t/s"), .status(.lost),
                            ] {
                                marks.take(try await running.accept(lead, order))
                                accepted += 1
                            }
                        }
                        return accepted
                    }
                }
                return try await group.reduce(0, +)
            }
        }
        let outcome = await Result { try await Self.rewrite(times, running, marks) }
        isOver.raise()
        let accepted = try await load.value
        try await running.stop()
        let waits = try outcome.get()

        #expect(try running.store.counts().moments == marks.count)
        for lead in try running.store.leads(matching: .all, after: nil, limit: .max) {
            #expect(try running.store.moments(of: lead.id, from: lead.lastMoment, limit: 2).count == 1)
        }
        #expect(marks.wrong == [])
        let sorted = waits.sorted()
        let longest = try #require(sorted.last)
        print(
            "\(times) rewrites, \(accepted) commands beside them: \(waits.count) new versions answered after \(sorted[sorted.count / 2]) in the middle, \(sorted[sorted.count * 99 / 100]) at 99 of 100, \(longest) at most"
        )
    }

    /// Answers how long it took from each last write to the first answer of the new version.
    private static func rewrite(_ times: Int, _ running: RunningEngine, _ marks: Marks) async throws
        -> [Duration]
    {
        let workspace = running.workspace
        var waits: [Duration] = []
        var live = [Way.inPlace: 0, .linkSwapped: 0]
        for version in 1...times {
            let way = Way.allCases[version % Way.allCases.count]
            let isBroken = version % 3 == 0
            let plugin = way == .linkSwapped ? "linked" : "filed"
            let place = way == .linkSwapped ? Way.linkSwapped : .inPlace
            let good = live[place, default: 0]
            try await write(version, way, isBroken: isBroken, of: times, running, marks)
            let written = ContinuousClock.now
            if isBroken {
                // A module is not run before it is required, so a broken one is not a mistake of loading.
                if way == .linkSwapped {
                    try await running.until("the broken release is live") {
                        running.engine.generation.version(of: plugin) == "\(version)"
                    }
                    try workspace.link("plugins/linked", to: "../releases/\(good)")
                } else {
                    try await running.until("the mistake is known") {
                        if running.isFailing(plugin) { return true }
                        guard case .failed? = running.engine.generation.plugins[plugin] else { return false }
                        // It was seen to be gone before it was back, so that there was no last good version.
                        try workspace.write("plugins/filed.lua", filed(good))
                        return true
                    }
                }
            }
            let expected = isBroken ? good : version
            try await running.until("version \(expected) of \(plugin) answers") {
                let opened = try await running.accept("probe", .assign(MapID("m"), LeadChanges()))
                marks.take(opened)
                marks.take(try await running.accept("probe", .status(.lost)))
                return Marks.versions(in: opened)[plugin] == ["\(expected):\(expected)"]
            }
            if !isBroken {
                waits.append(ContinuousClock.now - written)
                live[place] = version
            }
            if way == .twoWithOneName {
                try workspace.remove("plugins/filed")
                try await running.until("the other is gone") { !Self.hasOther(running) }
            }
        }
        return waits
    }

    /// Writes the version in this way.
    private static func write(
        _ version: Int, _ way: Way, isBroken: Bool, of times: Int, _ running: RunningEngine, _ marks: Marks
    ) async throws {
        let workspace = running.workspace
        let text = isBroken ? Self.filed(version) + "}" : Self.filed(version)
        let file = "plugins/filed.lua"
        switch way {
        case .inPlace:
            try workspace.write(file, text)
        case .aside:
            try workspace.write("plugins/.filed.lua.swp", text)
            try workspace.move("plugins/.filed.lua.swp", to: file)
        case .truncatedFirst:
            let handle = try #require(FileHandle(forWritingAtPath: workspace.path(file)))
            try handle.truncate(atOffset: 0)
            marks.take(try await running.accept("probe", .set(LeadChanges())))
            let bytes = Data(text.utf8)
            try handle.write(contentsOf: bytes.prefix(bytes.count / 2))
            marks.take(try await running.accept("probe", .set(LeadChanges())))
            try handle.write(contentsOf: bytes.dropFirst(bytes.count / 2))
            try handle.close()
        case .deletedAndPutBack:
            try workspace.remove(file)
            // Half of the time it is noticed to be gone before it is back.
            if version % 2 == 0, !isBroken {
                try await running.until("gone") { running.engine.generation.plugins["filed"] == nil }
            }
            try workspace.write(file, text)
        case .removed:
            try workspace.remove(file)
            try await running.until("gone") { running.engine.generation.plugins["filed"] == nil }
            // The map that uses it stays, and says what is missing.
            let without = try await running.accept("probe", .assign(MapID("m"), LeadChanges()))
            #expect(without.journal.contains { $0.contains("there is no plugin filed") })
            marks.take(without)
            marks.take(try await running.accept("probe", .status(.lost)))
            try workspace.write(file, text)
        case .twoWithOneName:
            // Were it ever called, every version after it would be one that goes back.
            try workspace.write("plugins/filed/init.lua", Self.filed(times + version))
            try await running.until("the other is told of") { Self.hasOther(running) }
            try workspace.write(file, text)
        case .linkSwapped:
            for (name, text) in release(version, isBroken: isBroken) {
                try workspace.write("releases/\(version)/\(name)", text)
            }
            try workspace.link("plugins/linked", to: "../releases/\(version)")
        }
    }

    /// Whether there is a second plugin with the name of one.
    private static func hasOther(_ running: RunningEngine) -> Bool {
        running.engine.generation.mistakes.contains { $0.message.contains("already, in plugins/filed.lua") }
    }

    /// What moments say of the versions that their calls were of.
    private final class Marks: Sendable {
        private struct State {
            var count = 0
            var wrong: [String] = []
            /// By lead and plugin.
            var last: [String: Int] = [:]
        }

        private let state = Mutex(State())

        var count: Int { state.withLock { $0.count } }
        var wrong: [String] { state.withLock { $0.wrong } }

        /// By plugin, `first:second` of each of its calls.
        static func versions(in moment: Answer.Accepted) -> [String: Set<String>] {
            var versions: [String: Set<String>] = [:]
            for line in moment.journal {
                for part in line.components(separatedBy: "mark:").dropFirst() {
                    let fields = part.prefix { $0 != "\"" }.split(separator: ":", maxSplits: 1)
                    guard fields.count == 2 else { continue }
                    versions[String(fields[0]), default: []].insert(String(fields[1]))
                }
            }
            return versions
        }

        func take(_ moment: Answer.Accepted) {
            let versions = Self.versions(in: moment)
            state.withLock { state in
                state.count += 1
                for (plugin, calls) in versions {
                    let halves = Set(calls.flatMap { $0.split(separator: ":") })
                    guard let version = halves.first.flatMap({ Int($0) }), halves.count == 1 else {
                        state.wrong.append("\(moment.lead)/\(moment.moment): \(plugin) is \(calls.sorted())")
                        continue
                    }
                    // A broken release of the linked plugin is taken back, so it alone may become older.
                    let key = "\(moment.lead) \(plugin)"
                    if plugin == "filed", version < state.last[key] ?? 0 {
                        state.wrong.append(
                            "\(moment.lead)/\(moment.moment): \(plugin) goes back to \(version)")
                    }
                    state.last[key] = version
                }
            }
        }
    }

    private final class Flag: Sendable {
        private let flag = Atomic(false)
        var isUp: Bool { flag.load(ordering: .relaxed) }
        func raise() { flag.store(true, ordering: .relaxed) }
    }

    // MARK: Going, coming, standing in each other's way

    private static let chooser = """
        return { name = "chooser", api = 1,
          actions = { greet = { run = function() host.lead.set { greeted = true } end } },
          deciders = { pick = { decide = function() return { keep = { "a" } } end } } }
        """
    private static let flexMap = """
        map: flex
        triggers: { open: [ { run: chooser.greet } ] }
        tracks:
          - { track: one, steps: [ { step: s } ] }
          - track: two
            kind: flex
            flex: { decide: chooser.pick }
            steps: [ { step: a }, { step: b } ]
        """

    @Test(
        "a plugin that is removed while maps use it: its triggers are incidents, its tracks are held, and open by themselves when it is back (R34)"
    )
    func removedAndBack() async throws {
        let running = try RunningEngine(["maps/flex.yaml": Self.flexMap, "plugins/chooser.lua": Self.chooser])
        let before = try await running.accept("before", .assign(MapID("flex"), LeadChanges()))
        #expect(!before.hasIncidents)
        try running.workspace.remove("plugins/chooser.lua")
        try await running.until("gone") { running.engine.generation.plugins.isEmpty }
        #expect(running.engine.generation.mistakes.count == 2)

        let opened = try await running.accept("after", .assign(MapID("flex"), LeadChanges()))
        #expect(opened.hasIncidents)
        #expect(
            opened.journal.contains {
                $0.contains(#""reason":"unavailable""#) && $0.contains("there is no plugin chooser")
            })
        for lead in ["before", "after"] {
            let held = try await running.accept(lead, .complete("one/s"))
            #expect(held.journal.contains { $0.contains("track two is held") })
            #expect(try running.store.lead(LeadID(lead)!)?.isHeld == true)
        }
        // Held for another reason: it stays so.
        try running.workspace.write("plugins/other.lua", Self.chooser.replacing("chooser", with: "other"))
        try await running.until("another plugin") { running.engine.generation.plugins.count == 1 }
        #expect(try running.store.heldLeads(after: nil, limit: 9).count == 2)

        try running.workspace.write("plugins/chooser.lua", Self.chooser)
        try await running.until("nothing is held") {
            try running.store.heldLeads(after: nil, limit: 1).isEmpty
        }
        for lead in ["before", "after"] {
            let last = try #require(try running.store.moments(of: LeadID(lead)!, from: 3, limit: 1).first)
            #expect(last.by == "engine" && last.command.table?["do"] == "retry")
            #expect(
                try await running.accept(lead, .complete("two/a")).journal.contains {
                    $0.contains("track.close")
                })
        }
        try await running.stop()
    }

    @Test("a decider that still fails is asked once for each version, and the track stays held")
    func heldOn() async throws {
        let failing = Self.chooser.replacing("return { keep = { \"a\" } }", with: "error(\"not yet\")")
        let running = try RunningEngine(["maps/flex.yaml": Self.flexMap, "plugins/chooser.lua": failing])
        for lead in 1...150 {
            try await running.accept("L\(lead)", .assign(MapID("flex"), LeadChanges()))
            try await running.accept("L\(lead)", .complete("one/s"))
        }
        #expect(try running.store.counts().incidents == 150)
        try running.workspace.write("plugins/chooser.lua", failing + " -- 2")
        try await running.until("all were asked again") { try running.store.counts().incidents == 300 }
        #expect(try running.store.heldLeads(after: nil, limit: .max).count == 150)
        try running.workspace.write("plugins/chooser.lua", Self.chooser)
        try await running.until("nothing is held") {
            try running.store.heldLeads(after: nil, limit: 1).isEmpty
        }
        #expect(try running.store.counts().incidents == 300)
        #expect(try running.store.counts().moments == 150 * 4)
        try await running.stop()
    }

    @Test("of two files with one name the one that was there answers, until it goes")
    func twoWithOneName() async throws {
        func plugin(_ says: String) -> String {
            Self.chooser.replacing("greeted = true", with: "greeted = \"\(says)\"")
        }
        let running = try RunningEngine([
            "maps/flex.yaml": Self.flexMap, "plugins/chooser/init.lua": plugin("folder"),
        ])
        try running.workspace.write("plugins/chooser.lua", plugin("file"))
        try await running.until("it is said") { !running.engine.generation.mistakes.isEmpty }
        try await running.accept("L1", .assign(MapID("flex"), LeadChanges()))
        #expect(try running.store.lead(LeadID("L1")!)?.fields["greeted"] == "folder")
        try running.workspace.remove("plugins/chooser")
        try await running.until("nothing is wrong") { running.engine.generation.mistakes.isEmpty }
        try await running.accept("L2", .assign(MapID("flex"), LeadChanges()))
        #expect(try running.store.lead(LeadID("L2")!)?.fields["greeted"] == "file")
        try await running.stop()
    }

    @Test("a map that changes serves the journeys that begin after it; one that is removed none (R19)")
    func maps() async throws {
        func map(_ steps: String) -> String { "map: m\ntracks: [ { track: t, steps: [ \(steps) ] } ]\n" }
        let running = try RunningEngine(["maps/m.yaml": map("{ step: a }")])
        try await running.accept("old", .assign(MapID("m"), LeadChanges()))
        try running.workspace.write("maps/m.yaml", map("{ step: b }, { step: c }"))
        try await running.until("new journeys have other steps") {
            try await running.accept("new", .assign(MapID("m"), LeadChanges()))
            try await running.accept("new", .status(.lost))
            return try running.store.lead(LeadID("new")!)?.journey?.steps.count == 2
        }
        try running.workspace.write("maps/m.yaml", "map: m")
        try await running.until("the mistake is said") { !running.engine.generation.fileMistakes.isEmpty }
        try await running.accept("during", .assign(MapID("m"), LeadChanges()))
        try running.workspace.remove("maps/m.yaml")
        try await running.until("no new journeys") { running.engine.generation.rulebook.maps.isEmpty }
        let answer = try await running.engine.handle(
            Command(lead: LeadID("none")!, order: .assign(MapID("m"), LeadChanges())))
        guard case .refused(let refusal) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(refusal.reason == .unknownMap)
        try await running.accept("old", .complete("t/a"))
        try await running.accept("during", .complete("t/b"))
        try await running.accept("during", .complete("t/c"))
        try await running.stop()
    }
}

extension Result where Failure == any Error {
    /// What an asynchronous piece of work came to.
    fileprivate init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
