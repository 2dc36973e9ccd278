import Foundation
import Journeys
import SQLiteStore
import Store
import TestKit
import Testing
import Values

/// Every command and request of a page does what the page shows, in the order of the page.
@Suite("Commands on pages", .enabled(if: !Sanitizers.hasThread, "signals are held back"))
struct PageCommandsTests {
    private static let root = URL(filePath: #filePath).appending(path: "../../..").standardized

    private static func page(_ name: String) throws -> String {
        try String(contentsOf: root.appending(path: "docs/\(name).md"), encoding: .utf8)
    }

    @Test("none is there without its mark", arguments: ["api", "deliveries"])
    func marks(name: String) throws {
        #expect(PageCommand.unmarked(in: try Self.page(name)) == [])
    }

    @Test("what is shown is compared but for what varies")
    func comparison() throws {
        let page = """
            ```
            $ one \\
                 more
            {"at":"2026-11-22T09:00:00Z","n":1,...
            ...
            last

            $ two
            ```
            """
        let commands = PageCommand.all(of: page)
        #expect(commands.map(\.text) == ["one more", "two"])
        #expect(try commands[0].isShown(by: "{\"at\":\"2000-01-01T00:00:00.5Z\",\"n\":1,}\na\nb\nlast"))
        #expect(try commands[0].isShown(by: "{\"at\":\"2000-01-01T00:00:00.5Z\",\"n\":1,}\nlast\n"))
        #expect(try !commands[0].isShown(by: "{\"at\":\"2000-01-01T00:00:00.5Z\",\"n\":2,}\nlast\n"))
        #expect(try !commands[0].isShown(by: "{\"at\":\"2000-01-01T00:00:00.5Z\",\"n\":1,}\nlast\nmore\n"))
        #expect(try commands[1].isShown(by: "") && !commands[1].isShown(by: "x"))
    }

    @Test("those on the page of the API")
    func api() async throws {
        let folder = try TemporaryFolder()
        let files = FileManager.default
        try files.createDirectory(atPath: folder("examples"), withIntermediateDirectories: false)
        try files.copyItem(
            at: Self.root.appending(path: "examples/clinic"),
            to: URL(filePath: folder("examples/clinic")))
        try? files.removeItem(atPath: folder("examples/clinic/data"))
        try files.copyItem(at: Self.root.appending(path: "plugins"), to: URL(filePath: folder("plugins")))
        let commands = PageCommand.all(of: try Self.page("api"))
        #expect(commands.count >= 9)
        let shell = try PageShell(in: folder.path)
        for command in commands { try await shell.give(command) }
        try await shell.end()
    }

    @Test("those on the page of deliveries")
    func deliveries() async throws {
        let workspace = try TemporaryWorkspace(plugins: ["post": Self.post], maps: ["m": Self.map])
        let given = try await workspace.give(
            #"{"do":"assign","lead":"L1","map":"m","fields":{"email":"kim@example.com"}}"#,
            #"{"do":"set","lead":"L1","fields":{"city":"Oslo"}}"#,
            #"{"do":"complete","lead":"L1","step":"t/s"}"#)
        #expect(given.status == 0, "\(given.errors)")
        try settle("L1/3/1", in: workspace)
        let commands = PageCommand.all(of: try Self.page("deliveries"))
        #expect(commands.count >= 4)
        let shell = try PageShell(
            in: workspace.folder, environment: ["SIGNALBOX_WORKSPACE": workspace.folder])
        for command in commands { try await shell.give(command) }
        try await shell.end()
    }

    @Test("those on the page of operations that ask the store")
    func operations() async throws {
        let workspace = try TemporaryWorkspace(
            plugins: ["greeting": Self.greeting], maps: ["m": Self.greeted])
        let given = try await workspace.give(
            #"{"do":"assign","lead":"L1","map":"m","fields":{"name":"Kim"}}"#,
            #"{"do":"assign","lead":"L2","map":"m"}"#)
        #expect(given.status == 1)
        let mended = Self.greeting.replacing("1.2.0", with: "1.2.1")
            .replacing("event.lead.fields.name", with: "(event.lead.fields.name or \"you\")")
        try workspace.write("plugins/greeting.lua", mended)
        #expect(try await workspace.give(#"{"do":"assign","lead":"L3","map":"m"}"#).status == 0)
        let commands = PageCommand.all(of: try Self.page("operations"))
        #expect(commands.count == 5)
        let shell = try PageShell(
            in: workspace.folder, environment: ["SIGNALBOX_WORKSPACE": workspace.folder])
        for command in commands { try await shell.give(command) }
        try await shell.end()
        let kept = try String(contentsOfFile: workspace.path("greeting-1.2.0.lua"), encoding: .utf8)
        #expect(kept == Self.greeting)
    }

    private static let greeting = """
        return { name = "greeting", version = "1.2.0", api = 1, actions = { hello = { run = function(event)
          host.note.add("Hello " .. event.lead.fields.name)
        end } } }

        """
    private static let greeted = """
        map: m
        triggers: { open: [ { run: greeting.hello } ] }
        tracks: [ { track: t, steps: [ { step: s } ] } ]
        """

    private static let post = """
        return { name = "post", api = 1, needs = { "email" }, actions = { send = { run = function(event)
          host.email.send { to = event.lead.fields.email, subject = "Hello", text = "It begins." }
        end } } }
        """
    private static let map = """
        map: m
        tracks: [ { track: t, steps: [ { step: s, triggers: { close: [ { run: post.send } ] } } ] } ]
        """

    /// As after an attempt that the receiver refused for good.
    private func settle(_ id: String, in workspace: TemporaryWorkspace) throws {
        let store = try SQLiteStore(at: workspace.path("data/signalbox.db"), mode: .readWrite)
        defer { store.settle() }
        let row = try #require(try DeliveryID(id).flatMap { try store.delivery($0) }).row
        let later = Timestamp("2100-01-01T00:00:00Z")!
        try store.beginAttempts([row], at: later)
        try store.settle(
            [DeliverySettlement(row: row, outcome: .failed, message: "550 no such user", next: .dead)],
            at: later)
    }
}
