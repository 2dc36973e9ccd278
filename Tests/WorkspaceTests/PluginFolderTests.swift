import Foundation
import Journeys
import LuaSandbox
import Plugins
import Synchronization
import TestKit
import Testing
import Values
import Workspace

@Suite("The plugins folder")
struct PluginFolderTests {
    @Test("files and folders are plugins, with their modules by name")
    func whole() throws {
        let listing = PluginListing(
            reading: "plugins",
            of: MemoryTree([
                "plugins/note.lua": "return 1", "plugins/greeting/init.lua": "return 2",
                "plugins/greeting/text.lua": "return 3", "plugins/greeting/mail/init.lua": "return 4",
                "plugins/greeting/mail/html.lua": "return 5", "plugins/greeting/-odd.lua": "return 6",
            ]))
        #expect(listing.mistakes == [])
        #expect(listing.unreadable.isEmpty)
        #expect(listing.plugins.map(\.name) == ["greeting", "note"])
        let greeting = try #require(listing.plugins.first)
        #expect(greeting.file == "plugins/greeting/init.lua")
        #expect(greeting.main == Source(name: "greeting/init.lua", "return 2"))
        #expect(
            greeting.modules == [
                "text": Source(name: "greeting/text.lua", "return 3"),
                "mail": Source(name: "greeting/mail/init.lua", "return 4"),
                "mail.html": Source(name: "greeting/mail/html.lua", "return 5"),
                "-odd": Source(name: "greeting/-odd.lua", "return 6"),
            ])
        #expect(listing.plugins[1].main == Source(name: "note.lua", "return 1"))
        #expect(listing.plugins[1].modules.isEmpty)
    }

    @Test("links around in a circle and folders without an end are read once, and so far")
    func circles() throws {
        let workspace = try TemporaryWorkspace()
        try workspace.write("plugins/p/init.lua", "return { name = 'p', api = 1 }")
        try workspace.write("plugins/p/sub/helper.lua", "return 1")
        for number in 1...20 {
            try workspace.link("plugins/p/l\(number)", to: ".")
            try workspace.link("plugins/p/sub/m\(number)", to: "..")
        }
        let tree = DiskTree(root: workspace.root)
        let listing = PluginListing(reading: "plugins", of: tree)
        #expect(listing.mistakes == [] && listing.unreadable.isEmpty)
        #expect(listing.plugins.first?.modules.keys.map(\.text) == ["sub.helper"])
        for number in 1...PluginListing.folderLimit {
            try workspace.write("plugins/q/f\(number)/x.txt", "")
        }
        try workspace.write("plugins/q/init.lua", "return { name = 'q', api = 1 }")
        let wide = PluginListing(reading: "plugins", of: tree)
        #expect(wide.unreadable["q"]?.map(\.message) == ["a plugin has at most 100 folders"])
        #expect(wide.plugins.map(\.name) == ["p"])
    }

    @Test("a reading that nobody wants any more ends, wherever it is")
    func cancelled() throws {
        let workspace = try TemporaryWorkspace()
        for number in 1...50 {
            try workspace.write("plugins/p\(number)/init.lua", "return { name = 'p\(number)', api = 1 }")
        }
        let asked = Mutex(0)
        for limit in [0, 1, 60, 200] {
            asked.withLock { $0 = 0 }
            let tree = DiskTree(root: workspace.root) {
                asked.withLock { count in
                    count += 1
                    return count > limit
                }
            }
            _ = try? Generation(reading: tree)
            // Each file and folder that is left fails at once.
            #expect(asked.withLock { $0 } < limit + 500)
            #expect(throws: FileError.cancelled) { try tree.list("plugins", top: "plugins") }
        }
    }

    @Test("what editors leave behind, specs and other files are passed over")
    func ignored() {
        let listing = PluginListing(
            reading: "plugins",
            of: MemoryTree([
                "plugins/.#x.lua": "", "plugins/x.lua~": "", "plugins/#x.lua#": "", "plugins/4913": "",
                "plugins/.x.lua.swp": "", "plugins/x.lua.swp": "", "plugins/x.spec.lua": "",
                "plugins/README.md": "",
                "plugins/.hidden/init.lua": "", "plugins/notes/README.md": "", "plugins/.lua": "",
                "plugins/a/init.lua": "", "plugins/a/a.spec.lua": "", "plugins/a/.#b.lua": "",
                "plugins/a/b.lua~": "",
                "plugins/a/.git/x.lua": "", "plugins/a/data.json": "",
            ]))
        #expect(listing.mistakes == [])
        #expect(listing.plugins.map(\.name) == ["a"])
        #expect(listing.plugins.first?.modules.isEmpty == true)
        #expect(listing.unreadable.isEmpty)
    }

    @Test("a bad or taken name is a mistake")
    func names() {
        let listing = PluginListing(
            reading: "plugins",
            of: MemoryTree([
                "plugins/-x.lua": "", "plugins/My Plugin/init.lua": "", "plugins/host.lua": "",
                "plugins/é.lua": "",
                "plugins/a.b.lua": "", "plugins/ok.lua": "", "plugins/bad\nname.lua": "",
            ]))
        #expect(listing.plugins.map(\.name) == ["ok"])
        let rule = "is not a name of a plugin: small letters, digits and _, a letter first, at most 64 bytes"
        #expect(
            listing.mistakes.map(\.description) == [
                "plugins/-x.lua: \"-x\" \(rule)", "plugins/My Plugin: \"My Plugin\" \(rule)",
                "plugins/a.b.lua: \"a.b\" \(rule)", "plugins/bad?name.lua: \"bad name\" \(rule)",
                "plugins/host.lua: \"host\" is taken: no plugin may have this name",
                "plugins/é.lua: \"é\" \(rule)",
            ])
        #expect(listing.unreadable.isEmpty)
    }

    @Test("of two with one name the one that was there stays, else the first")
    func twice() {
        let tree = MemoryTree(["plugins/x.lua": "return 1", "plugins/x/init.lua": "return 2"])
        let first = PluginListing(reading: "plugins", of: tree)
        #expect(first.plugins.map(\.file) == ["plugins/x.lua"])
        #expect(
            first.mistakes.map(\.description) == [
                "plugins/x/init.lua: there is a plugin \"x\" already, in plugins/x.lua; this one is not loaded"
            ])
        let folder = PluginListing(
            reading: "plugins", of: MemoryTree(["plugins/x/init.lua": "return 2"]))
        let later = PluginListing(
            reading: "plugins", of: tree, incumbents: ["x": folder.plugins[0]])
        #expect(later.plugins.map(\.file) == ["plugins/x/init.lua"])
        #expect(later.mistakes.count == 1)
    }

    @Test("a change of any of its files is seen beside the one that was there")
    func incumbent() {
        let files = ["plugins/x/init.lua": "return 1", "plugins/x/m.lua": "m", "plugins/x/n.lua": "n"]
        let first = PluginListing(reading: "plugins", of: MemoryTree(files)).plugins[0]
        func read(_ change: (inout MemoryTree) -> Void) -> PluginSource {
            var tree = MemoryTree(files)
            change(&tree)
            let source = PluginListing(
                reading: "plugins", of: tree, incumbents: ["x": first]
            ).plugins[0]
            #expect(source == PluginListing(reading: "plugins", of: tree).plugins[0])
            return source
        }
        #expect(read { _ in } == first)
        let changed = [
            read { $0.put("plugins/x/init.lua", "return 2") }, read { $0.put("plugins/x/m.lua", "n") },
            read { $0.put("plugins/x/o.lua", "") }, read { $0.remove("plugins/x/n.lua") },
            read { tree in
                tree.remove("plugins/x/n.lua")
                tree.put("plugins/x/o.lua", "n")
            },
            read { tree in
                tree.put("plugins/x/m.lua", "n")
                tree.put("plugins/x/n.lua", "m")
            },
        ]
        #expect(Set(changed.map(\.hash)).union([first.hash]).count == 7)
    }

    @Test("a plugin that cannot be read is named with all that is wrong")
    func unreadable() {
        var tree = MemoryTree([
            "plugins/ok.lua": "", "plugins/noinit/text.lua": "", "plugins/noinit/a.b.lua": "",
            "plugins/two/init.lua": "",
            "plugins/two/m.lua": "", "plugins/two/m/init.lua": "", "plugins/two/a.b.lua": "",
        ])
        tree.put("plugins/large.lua", Array(repeating: 0x20, count: (256 << 10) + 1))
        tree.put("plugins/full.lua", Array(repeating: 0x20, count: 256 << 10))
        tree.fail("plugins/pipe.lua", .wrongKind, kind: .other)
        tree.fail("plugins/away.lua", .leadsOut, kind: .outside)
        tree.fail("plugins/far", .leadsOut, kind: .outside)
        tree.fail("plugins/two/secret.lua", .refused("Permission denied"), kind: .file)
        let listing = PluginListing(reading: "plugins", of: tree)
        #expect(listing.plugins.map(\.name) == ["full", "ok"])
        #expect(listing.mistakes == [])
        let found = listing.unreadable.values.joined().map(\.description).sorted()
        #expect(
            found == [
                "plugins/away.lua: a link leads out of the workspace",
                "plugins/far/init.lua: there is no such file",
                "plugins/large.lua: the file is larger than 256 KiB",
                "plugins/noinit/a.b.lua: the name of a module has no dot: `require` would look for folders",
                "plugins/noinit/init.lua: there is no such file",
                "plugins/pipe.lua: it is not a regular file",
                "plugins/two/a.b.lua: the name of a module has no dot: `require` would look for folders",
                "plugins/two/m.lua: there is a module \"m\" already, in two/m/init.lua",
                "plugins/two/secret.lua: it cannot be read: Permission denied",
            ])
        #expect(listing.unreadable.keys.sorted() == ["away", "far", "large", "noinit", "pipe", "two"])
    }

    @Test("a folder that is not there holds no plugins")
    func missing() {
        let listing = PluginListing(reading: "plugins", of: MemoryTree([:]))
        #expect(listing.plugins.isEmpty)
        #expect(listing.mistakes == [])
    }

    @Test("the hash changes with every byte and every name, and with nothing else")
    func hashes() throws {
        func hash(_ files: [String: String]) throws -> String {
            try #require(PluginListing(reading: "plugins", of: MemoryTree(files)).plugins.first).hash
        }
        let base = try hash(["plugins/a/init.lua": "x", "plugins/a/b.lua": "yz"])
        #expect(
            try base
                == hash(["plugins/a/b.lua": "yz", "plugins/a/init.lua": "x", "plugins/a/b.spec.lua": "?"]))
        #expect(try base != hash(["plugins/a/init.lua": "xy", "plugins/a/b.lua": "z"]))
        #expect(try base != hash(["plugins/a/init.lua": "x", "plugins/a/c.lua": "yz"]))
        #expect(try base != hash(["plugins/a/init.lua": "x"]))
        #expect(base.utf8.count == 64)
    }

    @Test("too many files and too deep folders are refused")
    func limits() {
        var files = ["plugins/a/init.lua": "", "plugins/b/init.lua": ""]
        for number in 0..<300 { files["plugins/a/m\(number).lua"] = "" }
        files["plugins/b/" + String(repeating: "d/", count: 20) + "m.lua"] = ""
        let listing = PluginListing(reading: "plugins", of: MemoryTree(files))
        #expect(listing.plugins.isEmpty)
        #expect(listing.unreadable["a"]?.map(\.message) == ["a plugin has at most 200 files"])
        #expect(listing.unreadable["b"]?.map(\.message) == ["more than 8 folders deep"])
    }
}

@Suite("Files on the disk")
final class DiskTreeTests {
    private let folder: TemporaryFolder
    private let root: String
    private let outside: String

    init() throws {
        folder = try TemporaryFolder()
        root = folder("workspace")
        outside = folder("outside")
        for folder in [root + "/plugins/greeting", outside + "/far"] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
    }

    private func write(_ path: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    }

    @Test("plugins are read from the disk, whatever else lies there")
    func plugins() throws {
        try write(root + "/plugins/note.lua", "return 1")
        try write(root + "/plugins/-dash.lua", "return 1")
        try write(root + "/plugins/greeting/init.lua", "return 2")
        try link(root + "/plugins/.#note.lua", to: "user@host.123")
        try link(root + "/plugins/dangling.lua", to: "nowhere.lua")
        try write(root + "/shared.lua", "return 3")
        try link(root + "/plugins/linked.lua", to: "../shared.lua")
        try write(outside + "/secret.lua", "return 4")
        try link(root + "/plugins/stolen.lua", to: outside + "/secret.lua")
        try link(root + "/plugins/device.lua", to: "/dev/zero")
        try write(outside + "/far/init.lua", "return 5")
        try link(root + "/plugins/far", to: outside + "/far")
        #expect(mkfifo(root + "/plugins/pipe.lua", 0o600) == 0)
        try link(root + "/plugins/round.lua", to: "round.lua")
        try write(root + "/plugins/large.lua", String(repeating: " ", count: 300_000))

        let listing = PluginListing(reading: "plugins", of: DiskTree(root: root))
        #expect(listing.plugins.map(\.name) == ["greeting", "linked", "note"])
        #expect(
            listing.plugins.map { String(decoding: $0.main.text, as: UTF8.self) } == [
                "return 2", "return 3", "return 1",
            ])
        #expect(listing.mistakes.map(\.place.file) == ["plugins/-dash.lua"])
        #expect(
            listing.unreadable.values.joined().map(\.description).sorted() == [
                "plugins/dangling.lua: a link leads to something that is not there",
                "plugins/device.lua: a link leads out of the workspace",
                "plugins/far/init.lua: a link leads out of the workspace",
                "plugins/large.lua: the file is larger than 256 KiB",
                "plugins/pipe.lua: it is not a regular file",
                "plugins/round.lua: a link leads out of the workspace",
                "plugins/stolen.lua: a link leads out of the workspace",
            ])
    }

    @Test("a plugins folder that is a link itself is a root of its own")
    func linkedFolder() throws {
        try FileManager.default.removeItem(atPath: root + "/plugins")
        try link(root + "/plugins", to: outside)
        try write(outside + "/note.lua", "return 1")
        try link(outside + "/inner.lua", to: "note.lua")
        try link(outside + "/out.lua", to: "/etc/hostname")
        let listing = PluginListing(reading: "plugins", of: DiskTree(root: root))
        #expect(listing.plugins.map(\.name) == ["inner", "note"])
        #expect(listing.unreadable.keys.sorted() == ["out"])
    }

    @Test("a workspace whose path has a link and a space in it is read")
    func oddRoot() throws {
        try write(root + "/signalbox.yaml", "lanes: 2")
        try link(outside + "/way", to: root)
        #expect(try Settings(reading: DiskTree(root: outside + "/way")).lanes == 2)
        #expect(try Settings(reading: DiskTree(root: root + "/")).lanes == 2)
    }

    @Test("a file that is none is a mistake, one that is not there is not")
    func settings() throws {
        #expect(WorkspaceFiles(reading: DiskTree(root: root)).mistakes == [])
        try FileManager.default.createDirectory(
            atPath: root + "/signalbox.yaml", withIntermediateDirectories: false)
        let files = WorkspaceFiles(reading: DiskTree(root: root))
        #expect(files.mistakes.map(\.description) == ["signalbox.yaml: it is not a regular file"])
    }

    @Test("a link to a file or a folder that is not there is a mistake, not an absence")
    func danglingLinks() throws {
        try link(root + "/signalbox.yaml", to: "none.yaml")
        try link(root + "/maps", to: outside + "/none")
        let files = WorkspaceFiles(reading: DiskTree(root: root))
        #expect(
            files.mistakes.map(\.description) == [
                "maps: the maps cannot be read: a link leads to something that is not there",
                "signalbox.yaml: a link leads to something that is not there",
            ])
    }
}
