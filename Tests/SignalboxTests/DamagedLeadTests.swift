import Journeys
import Logging
import Plugins
import Signalbox
import Store
import Synchronization
import TestKit
import Testing
import Values
import Workspace

/// What is damaged of one lead refuses its own commands alone.
@Suite("Commands of a lead that is damaged")
struct DamagedLeadTests {
    private static let files = [
        "maps/m.yaml": "map: m\ntracks: [ { track: t, steps: [ { step: s } ] } ]\n"
    ]

    /// `bad` does not read back.
    private func store() -> FailingStore {
        FailingStore(MemoryStore()) { (operation, _) throws(StoreError) in
            guard case .lead(let lead) = operation, lead.text == "bad" else { return }
            throw StoreError(
                .leadDamaged, "lead \"bad\" is damaged: a brace is missing", advice: "restore it")
        }
    }

    private var commands: [Command] {
        ["a", "bad", "b", "bad", "c"].map {
            Command(lead: LeadID($0)!, order: .assign(MapID("m"), LeadChanges()), id: CommandID("\($0)-once"))
        }
    }

    private func reason(_ answer: Answer) -> String? {
        switch answer {
        case .accepted: nil
        case .refused(let refusal): refusal.reason.rawValue
        case .repeated: "repeated"
        }
    }

    @Test("in a batch they are refused, with what is wrong, and the others are done")
    func batch() throws {
        let engine = try SerialEngine(
            store: store(), generation: try Generation(reading: MemoryTree(Self.files)),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            clock: { Timestamp("2026-11-22T09:00:00Z")! })
        let answers = try engine.handle(commands)
        #expect(answers.map(reason) == [nil, "lead_damaged", nil, "lead_damaged", nil])
        guard case .refused(let refusal) = answers[1] else { return }
        #expect(refusal.message == "lead \"bad\" is damaged: a brace is missing; restore it")
    }

    @Test("a to-do that does not read back refuses the command that is about it, and no other")
    func todo() throws {
        let store = FailingStore(MemoryStore()) { (operation, _) throws(StoreError) in
            guard case .listing = operation else { return }
            throw StoreError(.damaged, "a stored value is not JSON", advice: "restore it")
        }
        let engine = try SerialEngine(
            store: store, generation: try Generation(reading: MemoryTree(Self.files)),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            clock: { Timestamp("2026-11-22T09:00:00Z")! })
        let about = Command(lead: commands[0].lead, order: .todoDone(1))
        let answers = try engine.handle([commands[0], about, commands[2]])
        #expect(answers.map(reason) == [nil, "lead_damaged", nil])
        guard case .refused(let refusal) = answers[1] else { return }
        #expect(refusal.message.hasPrefix("lead \"a\" is damaged: a stored value is not JSON; "))
    }

    @Test("an engine whose commands build on each other goes on after them", arguments: [1, 3])
    func engine(lanes: Int) async throws {
        let engine = try Engine(
            store: store(), generation: try Generation(reading: MemoryTree(Self.files)), lanes: lanes,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), stopsAtFailure: true,
            clock: { Timestamp("2026-11-22T09:00:00Z")! })
        var found: [String?] = []
        for command in commands { found.append(reason(try await engine.handle(command))) }
        engine.stop()
        #expect(found == [nil, "lead_damaged", nil, "lead_damaged", nil])
    }
}
