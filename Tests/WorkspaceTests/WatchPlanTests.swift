import Testing
import Values

@testable import Workspace

@Suite("What is watched")
struct WatchPlanTests {
    /// A disk in memory: folders end with a slash, links are `path -> target`, all else are files.
    private struct Disk: FolderLooker {
        var kinds: [String: FoundKind] = [:]

        init(_ lines: String...) {
            for line in lines {
                let parts = line.split(separator: " ")
                let path = String(parts[0])
                if parts.count == 3 {
                    put(path, .link(String(parts[2])))
                } else if path.hasSuffix("/") {
                    put(String(path.dropLast()), .folder)
                } else {
                    put(path, .other)
                }
            }
        }

        private mutating func put(_ path: String, _ kind: FoundKind) {
            var folder = path
            while let slash = folder.lastIndex(of: "/"), slash != folder.startIndex {
                folder = String(folder[..<slash])
                if kinds[folder] == nil { kinds[folder] = .folder }
            }
            kinds[path] = kind
        }

        func look(at path: String) -> FoundKind { kinds[path] ?? .missing }

        func list(_ folder: String) -> [(name: String, kind: FoundKind)] {
            kinds.compactMap { path, kind in
                guard path.hasPrefix(folder + "/") else { return nil }
                let name = path.dropFirst(folder.utf8.count + 1)
                return name.contains("/") ? nil : (String(name), kind)
            }
        }
    }

    /// `path: names`, with `*` for everything.
    private func plan(_ disk: Disk, root: String = "/w", plugins: String = "plugins") -> [String] {
        WatchPlan(root: root, pluginFolder: plugins, looking: disk).folders.map { path, interest in
            "\(path): \((interest.names.sorted().map(\.text) + (interest.isWhole ? ["*"] : [])).joined(separator: " "))"
        }.sorted()
    }

    @Test("the workspace's files, maps, templates and every plugin's folders")
    func plain() {
        let disk = Disk(
            "/w/signalbox.yaml", "/w/data/signalbox.db", "/w/maps/m.yaml", "/w/maps/old/x.yaml",
            "/w/templates/welcome.txt", "/w/templates/old/x.txt",
            "/w/plugins/a.lua", "/w/plugins/b/init.lua", "/w/plugins/b/deep/er/x.lua", "/w/plugins/.git/x",
            "/w/plugins/b/no.module/x.lua")
        #expect(
            plan(disk)
                == [
                    "/: w", "/w/maps: *", "/w/plugins/b/deep/er: *", "/w/plugins/b/deep: *",
                    "/w/plugins/b: *",
                    "/w/plugins: *", "/w/templates: *", "/w: maps plugins signalbox.yaml templates",
                ].sorted())
    }

    @Test("what is missing is watched for where it would be")
    func missing() {
        #expect(plan(Disk("/w/")) == ["/: w", "/w: maps plugins signalbox.yaml templates"])
        #expect(plan(Disk("/x/"), root: "/x/y/w") == ["/x: y"])
        #expect(
            plan(Disk("/w/"), plugins: "../lib/plugins") == ["/: lib w", "/w: maps signalbox.yaml templates"])
    }

    @Test("the parent of each link on the way is watched for it")
    func links() {
        let disk = Disk(
            "/srv/now -> releases/7", "/srv/releases/7/maps/m.yaml", "/srv/releases/7/plugins -> /lib/p",
            "/lib/p -> ../store/p2", "/store/p2/a -> ../shared/a", "/store/shared/a/init.lua",
            "/store/p2/b.lua -> inner/b.lua", "/store/p2/inner/b.lua")
        #expect(
            plan(disk, root: "/srv/now")
                == [
                    "/lib: p", "/srv/releases/7/maps: *",
                    "/srv/releases/7: maps plugins signalbox.yaml templates",
                    "/srv/releases: 7", "/srv: now", "/store/p2/inner: b.lua *", "/store/p2: a b.lua inner *",
                    "/store/shared: a", "/store: p2",
                ].sorted().map { $0.replacing("a b.lua inner *", with: "a b.lua *") })
    }

    @Test("links in a circle and links to everything come to an end")
    func circles() {
        let disk = Disk(
            "/w/maps/", "/w/plugins/self -> .", "/w/plugins/a -> b", "/w/plugins/b -> a",
            "/w/plugins/all -> /",
            "/w/plugins/up -> ..", "/other/thing/")
        let plan = plan(disk)
        #expect(!plan.contains { $0.hasPrefix("/other") })
        #expect(plan.contains { $0.hasPrefix("/w/plugins: ") && $0.hasSuffix(" *") })
    }

    @Test("what editors and systems leave lying about does not matter, but for what is named")
    func interest() {
        let whole = WatchPlan.Interest(names: ["..data"], isWhole: true)
        for name in ["a.lua", "4913", "x", "..data"] { #expect(whole.contains(name), "\(name)") }
        for name in [".a.lua.swp", ".#a.lua", "a.lua~"] { #expect(!whole.contains(name), "\(name)") }
        let named = WatchPlan.Interest(names: ["maps"])
        #expect(named.contains("maps") && !named.contains("data"))
    }
}
