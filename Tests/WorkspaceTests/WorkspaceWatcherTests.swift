import Foundation
import Journeys
import Plugins
import Synchronization
import TestKit
import Testing
import Workspace

/// The watcher on real files. One after the other, for one of them counts the process's descriptors.
@Suite("The watcher", .serialized, .timeLimit(.minutes(20)))
struct WorkspaceWatcherTests {
    private static func plugin(_ version: String, _ name: String = "p") -> String {
        """
        return { name = "\(name)", version = "\(version)", api = 1, actions = { a = { run = function() end } } }
        """
    }
    private static let map = "map: m\ntracks: [ { track: t, steps: [ { step: s } ] } ]\n"

    /// What a watcher last read.
    private final class Watched: Sendable {
        let watcher: WorkspaceWatcher
        private let latest: Latest

        private final class Latest: Sendable {
            let state: Mutex<(generation: Generation, count: Int)>
            init(_ generation: Generation) { state = Mutex((generation, 0)) }
        }

        init(_ root: String, by method: WorkspaceWatcher.Method = .notices) throws {
            let first = try Generation(reading: DiskTree(root: root))
            let latest = Latest(first)
            self.latest = latest
            watcher = try #require(
                WorkspaceWatcher(root, after: first, by: method) { generation, _ in
                    latest.state.withLock { $0 = (generation, $0.count + 1) }
                })
        }

        deinit { watcher.stop() }

        var generation: Generation { latest.state.withLock { $0.generation } }
        /// How many generations were told of.
        var count: Int { latest.state.withLock { $0.count } }

        /// Waits until it holds, for at most 10 s; then the test fails.
        func until(
            _ what: String, sourceLocation: SourceLocation = #_sourceLocation,
            _ holds: (Generation) -> Bool
        ) {
            let end = ContinuousClock.now + .seconds(10)
            while !holds(generation) {
                guard ContinuousClock.now < end else {
                    Issue.record("never: \(what); \(generation.mistakes)", sourceLocation: sourceLocation)
                    return
                }
                usleep(500)
            }
        }

        func until(
            version: String?, of plugin: String = "p", sourceLocation: SourceLocation = #_sourceLocation
        ) {
            until("\(plugin) is \(version ?? "gone")", sourceLocation: sourceLocation) {
                $0.version(of: plugin) == version
            }
        }
    }

    private let workspace: TemporaryWorkspace

    init() throws {
        workspace = try TemporaryWorkspace(["maps/m.yaml": Self.map, "plugins/p.lua": Self.plugin("1")])
    }

    @Test(
        "files are noticed however they are written",
        arguments: [WorkspaceWatcher.Method.notices, .polling(.milliseconds(20))])
    func waysOfWriting(method: WorkspaceWatcher.Method) throws {
        let watched = try Watched(workspace.root, by: method)
        try workspace.write("plugins/p.lua", Self.plugin("2"))
        watched.until(version: "2")
        try workspace.write("plugins/.p.lua.swp", Self.plugin("3"))
        try workspace.move("plugins/.p.lua.swp", to: "plugins/p.lua")
        watched.until(version: "3")
        try workspace.remove("plugins/p.lua")
        watched.until(version: nil)
        try workspace.write("plugins/p.lua", Self.plugin("4"))
        watched.until(version: "4")
        try workspace.move("plugins/p.lua", to: "plugins/p.lua~")
        try workspace.write("plugins/p/init.lua", Self.plugin("5"))
        watched.until(version: "5")
        try workspace.write("plugins/p/part/x.lua", "return 1")
        try workspace.write("plugins/p/part/x.lua", "return 2")
        watched.until("a module of a new folder") {
            $0.plugins["p"].map { _ in true } ?? false && $0.mistakes.isEmpty
        }
        try workspace.write("plugins/p/part/x.lua", "return 3")
        try workspace.write(
            "plugins/p/init.lua",
            "local x = require 'part.x'; " + Self.plugin("6").replacing("\"6\"", with: "x .. ''"))
        watched.until(version: "3")
    }

    @Test("settings and maps are noticed, and folders and files that come later")
    func mapsAndSettings() throws {
        try workspace.remove("maps")
        try workspace.remove("plugins")
        let watched = try Watched(workspace.root)
        try workspace.write("maps/m.yaml", Self.map)
        watched.until("a map") { $0.rulebook.maps.count == 1 }
        try workspace.write("maps/m.yaml", "map: [")
        watched.until("a mistake") { !$0.fileMistakes.isEmpty }
        #expect(watched.generation.rulebook.maps.count == 1)
        try workspace.write("maps/m.yaml", Self.map)
        watched.until("no mistake") { $0.mistakes.isEmpty }
        try workspace.write("lib/p.lua", Self.plugin("1"))
        try workspace.write("signalbox.yaml", "plugins: { folder: lib }")
        watched.until(version: "1")
        try workspace.write("lib/p.lua", Self.plugin("2"))
        watched.until(version: "2")
        try workspace.write("plugins/p.lua", Self.plugin("other"))
        try workspace.remove("signalbox.yaml")
        watched.until(version: "other")
    }

    @Test("links are followed, and swaps of what they lead over are noticed")
    func links() throws {
        try workspace.remove("plugins")
        for number in 1...4 {
            try workspace.write("releases/\(number)/p/init.lua", "return require 'body'")
            try workspace.write("releases/\(number)/p/body.lua", Self.plugin("\(number)"))
        }
        try workspace.link("now", to: "releases/1")
        try workspace.link("plugins", to: "now")
        let watched = try Watched(workspace.root)
        #expect(watched.generation.version(of: "p") == "1")
        try workspace.link("now", to: "releases/2")
        watched.until(version: "2")
        try workspace.link("plugins", to: "releases/3")
        watched.until(version: "3")
        try workspace.write("releases/3/p/body.lua", Self.plugin("3b"))
        watched.until(version: "3b")
        try workspace.remove("releases/3/p")
        try workspace.link("releases/3/p", to: "../4/p")
        watched.until(version: "4")
        try workspace.write("releases/4/p/body.lua", Self.plugin("4b"))
        watched.until(version: "4b")
        try workspace.remove("maps/m.yaml")
        try workspace.write("shared/m.yaml", Self.map)
        try workspace.link("maps/m.yaml", to: "../shared/m.yaml")
        watched.until("the linked map") { $0.rulebook.maps.count == 1 && $0.mistakes.isEmpty }
        let version = watched.generation.rulebook.maps
        try workspace.write("shared/m.yaml", Self.map + "title: T\n")
        watched.until("the map behind the link") { generation in
            if case .available(let old)? = version[MapID("m")],
                case .available(let new)? = generation.rulebook.maps[MapID("m")]
            {
                old.version != new.version
            } else {
                false
            }
        }
    }

    @Test("folders are deleted, moved away and put back, the workspace's own too")
    func putBack() throws {
        let watched = try Watched(workspace.root)
        try workspace.move("plugins", to: "away")
        watched.until(version: nil)
        try workspace.write("away/p.lua", Self.plugin("2"))
        try workspace.move("away", to: "plugins")
        watched.until(version: "2")
        try workspace.write("plugins/p.lua", Self.plugin("3"))
        watched.until(version: "3")
        try workspace.remove("")
        watched.until("the workspace is missed") { $0.fileMistakes.map(\.place.file) == ["."] }
        #expect(watched.generation.version(of: "p") == "3")
        try workspace.write("plugins/p.lua", Self.plugin("4"))
        watched.until(version: "4")
        try workspace.write("plugins/p.lua", Self.plugin("5"))
        watched.until(version: "5")
    }

    @Test("pipes, devices and files that nobody may read do not stop it")
    func strangeFiles() throws {
        let watched = try Watched(workspace.root)
        #expect(mkfifo(workspace.path("plugins/pipe.lua"), 0o600) == 0)
        #expect(mkfifo(workspace.path("maps/pipe.yaml"), 0o600) == 0)
        try workspace.link("plugins/zero.lua", to: "/dev/zero")
        try workspace.link("plugins/self", to: ".")
        try workspace.link("plugins/all", to: "/")
        watched.until("all that is said") { $0.plugins["zero"] != nil && $0.plugins["pipe"] != nil }
        try workspace.write("plugins/p.lua", Self.plugin("2"))
        watched.until(version: "2")
        #expect(watched.generation.rulebook.maps.count == 1)
        #expect(unlink(workspace.path("plugins/p.lua")) == 0)
        #expect(mkfifo(workspace.path("plugins/p.lua"), 0o600) == 0)
        watched.until("a pipe in its place") {
            if case .loaded(let plugin, let failing)? = $0.plugins["p"] {
                plugin.version == "2" && !failing.isEmpty
            } else {
                false
            }
        }
    }

    @Test("what makes no difference is not told, and what was missed before it began is")
    func quiet() async throws {
        let watched = try Watched(workspace.root)
        for name in ["plugins/notes.txt", "plugins/.hidden.lua", "plugins/p.lua~", "maps/x.yaml~", "data/x"] {
            try workspace.write(name, "?")
        }
        try workspace.write("plugins/p.lua", Self.plugin("1"))
        let asked = try #require(await watched.watcher.reload())
        #expect(asked.changes.isEmpty && asked.mistakes.isEmpty)
        try workspace.write("plugins/q.lua", Self.plugin("1", "q"))
        watched.until(version: "1", of: "q")
        #expect(watched.count == 1)

        let first = watched.generation
        try workspace.write("plugins/q.lua", Self.plugin("2", "q"))
        let late = DispatchSemaphore(value: 0)
        let watcher = try #require(WorkspaceWatcher(workspace.root, after: first) { _, _ in late.signal() })
        defer { watcher.stop() }
        #expect(late.wait(timeout: .now() + 10) == .success)
    }

    @Test("a reading on request finds what nobody told of, and answers once the handler has had it")
    func asked() async throws {
        // An hour passes before it would look by itself.
        let watched = try Watched(workspace.root, by: .polling(.seconds(3600)))
        _ = await watched.watcher.reload()
        try workspace.write("plugins/p.lua", Self.plugin("2"))
        let changed = try #require(await watched.watcher.reload())
        #expect(changed.changes.loaded == ["p"] && changed.mistakes.isEmpty)
        #expect(watched.generation.version(of: "p") == "2" && watched.count == 1)

        try workspace.write("plugins/p.lua", Self.plugin("3") + "}")
        let broken = try #require(await watched.watcher.reload())
        #expect(broken.changes.loaded.isEmpty && broken.changes.mistakes.count == 1)
        // What was wrong before is told too.
        let again = try #require(await watched.watcher.reload())
        #expect(again.changes.isEmpty && again.mistakes == broken.changes.mistakes)

        try workspace.write("plugins/p.lua", Self.plugin("4"))
        let all = await withTaskGroup(of: [String].self) { group in
            for _ in 1...20 {
                group.addTask {
                    // Every one of them comes after the write, so none may be answered by what was before.
                    guard await watched.watcher.reload() != nil else { return ["stopped"] }
                    return [watched.generation.version(of: "p") ?? "gone"]
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(all) == ["4"])
        watched.watcher.stop()
        #expect(await watched.watcher.reload() == nil)
    }

    @Test("it leaves no descriptor and no thread behind")
    func descriptors() throws {
        func count() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        }
        func watch() throws {
            let watched = try Watched(workspace.root)
            try workspace.write("plugins/p.lua", Self.plugin("\(UUID())"))
            watched.until("a change") { _ in watched.count > 0 }
            watched.watcher.stop()
            watched.watcher.stop()
        }
        try watch()
        let before = try count()
        for _ in 1...20 { try watch() }
        // Other suites open files too.
        #expect(try count() < before + 20)
    }

    @Test("more changes than the system remembers are not lost")
    func overflow() throws {
        let watched = try Watched(workspace.root)
        // A queue holds 16,384 notices unless the system is told otherwise; two each.
        for number in 0..<3_000 {
            for path in ["plugins/x\(number % 7).txt", "plugins/y.txt", "plugins/z.txt"] {
                _ = FileManager.default.createFile(atPath: workspace.path(path), contents: nil)
                unlink(workspace.path(path))
            }
        }
        try workspace.write("plugins/p.lua", Self.plugin("2"))
        watched.until(version: "2")
    }

    @Test("where saves are told, one of a spec, of the same bytes, or of a file elsewhere is")
    func saves() throws {
        let workspace = try TemporaryFolder()
        let elsewhere = try TemporaryFolder()
        func write(_ folder: TemporaryFolder, _ name: String, _ text: String) throws {
            let path = folder(name)
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        }
        try write(workspace, "plugins/p.lua", Self.plugin("1"))
        try write(workspace, "plugins/p.spec.lua", "")
        try write(elsewhere, "event.json", "{}")
        let first = try Generation(reading: DiskTree(root: workspace.path))
        let told = DispatchSemaphore(value: 0)
        let watcher = try #require(
            WorkspaceWatcher(
                workspace.path, after: first, telling: .saves(of: [elsewhere("event.json")])
            ) { _, _ in told.signal() })
        defer { watcher.stop() }
        for (folder, name, text) in [
            (workspace, "plugins/p.spec.lua", "-- a test"), (workspace, "plugins/p.lua", Self.plugin("1")),
            (elsewhere, "event.json", "{}"), (workspace, "plugins/p.lua", Self.plugin("2")),
        ] {
            try write(folder, name, text)
            #expect(told.wait(timeout: .now() + 10) == .success, "\(name)")
            // What was told late of the same save is taken here.
            while told.wait(timeout: .now() + 0.3) == .success {}
        }
        try write(workspace, "notes.txt", "nobody reads this")
        #expect(told.wait(timeout: .now() + 0.5) == .timedOut)
    }
}
