import Foundation
import GRDB
import Journeys
import Store
import TestKit
import Testing
import Values

@testable import SQLiteStore

/// Stores that earlier versions of the program wrote (see `Fixtures/README.md`).
@Suite("stores of earlier forms")
struct StoredFormTests {
    private static let files = forms.map { "form-\($0)" } + ["infinite"]
    private static let forms = [1, 2, 3, 4, 7, 8, 9, 14, 15]
    /// Those of a form that was never released, or not for long.
    private static let others = Set(5...15).subtracting(forms).sorted()
    /// From these on stores have what calls were functions of, and what leads were.
    private static let (withProvenance, withHistory) = (6, 8)

    /// Of a file; 4 for the one with an infinite value.
    private func form(_ name: String) -> Int { name.split(separator: "-").last.flatMap { Int($0) } ?? 4 }

    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder("signalbox.db")
    }

    /// A copy, to be written to.
    private func copy(_ name: String) throws {
        let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        try FileManager.default.copyItem(
            atPath: fixtures.appendingPathComponent("Fixtures/\(name).db").path, toPath: path)
    }

    private func id(_ text: String) throws -> LeadID { try #require(LeadID(text)) }

    @Test("each is brought up by writing, read, written to, backed up and restored", arguments: files)
    func broughtUp(name: String) throws {
        try copy(name)
        if form(name) < Self.forms[Self.forms.count - 1] {
            let error = #expect(throws: StoreError.self) { try SQLiteStore(at: path, mode: .readOnly) }
            #expect(error?.code == .olderVersion)
        }
        let before: StoreContents
        do {
            let store = try SQLiteStore(at: path, mode: .readWrite)
            before = try StoreContents(of: store)
            try before.requireWhole(afterRemovals: true)
            #expect(before.leads.count >= 4)
            for journey in before.records.compactMap(\.journey) {
                #expect(try store.map(journey.version)?.id == journey.map)
            }
            for moment in before.moments.joined() {
                #expect(moment.provenance == nil || form(name) >= Self.withProvenance)
                for line in moment.journal { _ = try JSONReader.read(line) }
            }
            try store.commit(
                before.records.map { lead in
                    var lead = lead
                    lead.lastMoment += 1
                    return MomentRecord(
                        lead: lead, at: Timestamp(milliseconds: 1_800_000_000_000),
                        command: Command(lead: lead.id, order: .advance), journal: [])
                })
            try store.commit(
                before.records.map { record in
                    var lead = record
                    lead.lastMoment += 1
                    var later = lead
                    later.lastMoment += 1
                    later.fields["later"] = true
                    var moment = MomentRecord(
                        lead: later, at: Timestamp(milliseconds: 1_800_000_000_000),
                        command: Command(lead: lead.id, order: .advance), journal: [])
                    moment.change = .made(RecordChange(from: lead, to: later))
                    return moment
                })
        }
        let backup = folder("backup.db")
        let made = try SQLiteStore.backUp(path, to: backup)
        #expect(made.damage.isEmpty)
        #expect(made.counts.moments == before.counts.moments + 2 * before.leads.count)
        #expect(try SQLiteStore.restore(path, from: backup).damage.isEmpty)
        let after = try StoreContents(of: SQLiteStore(at: path, mode: .readOnly))
        try after.requireWhole(afterRemovals: true)
        #expect(after.moments.map { Array($0.dropLast(2)) } == before.moments)
        // Of what leads were, the last is known that an earlier version wrote, and everything since.
        for (former, before) in zip(after.formerRecords, before.records) {
            #expect(former.count == before.lastMoment + 2)
            #expect(former.dropLast(3).allSatisfy { ($0 != nil) == (form(name) >= Self.withHistory) })
            #expect(former[before.lastMoment - 1] == before)
            #expect(former[before.lastMoment]?.fields == before.fields)
            #expect(former.last??.fields["later"] == true)
        }
        #expect(after.incidents == before.incidents && after.notes == before.notes)
        #expect(after.todos == before.todos && before.todos.joined().allSatisfy { $0.done == nil })
        #expect(after.outbox == before.outbox && after.sources == before.sources)
    }

    @Test("each, unchanged, can be backed up and restored by this version", arguments: files)
    func restored(name: String) throws {
        try copy(name)
        let place = folder("other.db")
        #expect(try SQLiteStore.restore(place, from: path).damage.isEmpty)
        try StoreContents(of: SQLiteStore(at: place, mode: .readOnly)).requireWhole(afterRemovals: true)
    }

    /// A store of one of ``others``, made of the newest one's rows.
    private func make(form: Int) throws {
        try copy("form-\(Self.forms[Self.forms.count - 1])")
        try OlderStore.make(at: path, in: folder, form: "\(form)")
    }

    @Test("one of a form between is brought up with all that it has", arguments: others)
    func between(form: Int) throws {
        try make(form: form)
        let store = try SQLiteStore(at: path, mode: .readWrite)
        let contents = try StoreContents(of: store)
        try contents.requireWhole(afterRemovals: true)
        #expect(contents.leads.map(\.id.text) == ["ana", "ben", "cleo", "dov", "\u{e9}"])
        #expect(contents.moments.map(\.count) == [5, 3, 1, 1, 2])
        #expect(contents.incidents.count == 3 && contents.outbox.count > 0)
        #expect(
            contents.moments.joined().contains { $0.provenance != nil } == (form >= Self.withProvenance))
        try requireCommands(store)
    }

    /// Which moment each command with an id made is known.
    private func requireCommands(_ store: SQLiteStore) throws {
        let commands = [
            ("ana", "c1", 1), ("ana", "c2", 2), ("ana", "c3", 3), ("ana", "c4", 5), ("ben", "c5", 1),
            ("cleo", "c6", 1), ("dov", "c7", 1), ("\u{e9}", "c8", 1), ("\u{e9}", "c9", 2),
        ]
        for (lead, command, moment) in commands {
            let command = CommandID(command)
            #expect(try store.accepted(command, of: id(lead))?.moment == moment, "\(command)")
            #expect(try store.accepted(command, of: id(lead == "ben" ? "ana" : "ben")) == nil)
        }
    }

    @Test("ids that commands of them had are their leads' (R40)", arguments: files.dropLast())
    func commandIDs(name: String) throws {
        try copy(name)
        try requireCommands(SQLiteStore(at: path, mode: .readWrite))
    }

    @Test("what their leads are is known", arguments: files.dropLast())
    func leads(name: String) throws {
        try copy(name)
        let store = try SQLiteStore(at: path, mode: .readWrite)
        #expect(
            try store.leads(matching: .all, after: nil, limit: 9).map(\.id.text)
                == ["ana", "ben", "cleo", "dov", "\u{e9}"])
        #expect(try store.heldLeads(after: nil, limit: 9).map(\.id.text) == ["ben"])
        #expect(try store.lead(id("ana"))?.status == .won)
        #expect(try store.lead(id("ana"), after: 5)?.status == .won)
        if form(name) >= Self.withHistory {
            #expect(try store.lead(id("ana"), after: 4)?.lastMoment == 4)
        } else {
            let error = #expect(throws: StoreError.self) { try store.lead(id("ana"), after: 4) }
            #expect(error?.code == .recordNotKept)
        }
        #expect(try store.lead(id("ana"), after: 6) == nil && store.lead(id("ana"), after: 0) == nil)
        #expect(try store.lead(id("cleo"))?.fields["half"] == 0.5)
        #expect(try store.lead(id("\u{e9}"))?.lastMoment == 2)
        #expect(try store.value("welcomed", of: "desk") == 2)
        let incidents = try store.incidents(of: nil, before: nil, limit: 9)
        #expect(!incidents.isEmpty && incidents.allSatisfy { $0.state == .open })
    }

    @Test("an infinite value is read as the largest number, and written as one")
    func infinite() throws {
        try copy("infinite")
        let largest = Value.double(.greatestFiniteMagnitude)
        do {
            let store = try SQLiteStore(at: path, mode: .readWrite)
            #expect(try store.value("n", of: "sums") == largest)
            var lead = try #require(try store.lead(id("cy")))
            #expect(lead.store["sums"]?.table?["n"] == largest)
            lead.lastMoment += 1
            var moment = MomentRecord(
                lead: lead, at: Timestamp(milliseconds: 1_800_000_000_000),
                command: Command(lead: lead.id, order: .advance), journal: [])
            moment.values = [.init(plugin: "sums", key: "n", change: .add(-1.0))]
            try store.commit([moment])
        }
        let written = try DatabaseQueue(path: path).read { db in
            [
                try String.fetchOne(db, sql: "SELECT record FROM moments ORDER BY id DESC LIMIT 1"),
                try String.fetchOne(db, sql: "SELECT value FROM plugin_values WHERE key = 'n'"),
            ]
        }
        for text in written { _ = try JSONReader.read(try #require(text)) }
    }

    @Test("a held lead with an infinite value is known as held where an earlier version did not mark any")
    func infiniteAndHeld() throws {
        try copy("form-1")
        try DatabaseQueue(path: path).write { db in
            try db.execute(
                sql: """
                    UPDATE leads SET record = replace(record, '"store":{', '"store":{"sums":{"n":-inf},')
                    WHERE lead IN ('ana', 'ben')
                    """)
            #expect(db.changesCount == 2)
        }
        let store = try SQLiteStore(at: path, mode: .readWrite)
        #expect(try store.heldLeads(after: nil, limit: 9).map(\.id.text) == ["ben"])
        #expect(
            try store.lead(id("ben"))?.store["sums"]?.table?["n"] == .double(-.greatestFiniteMagnitude))
    }

    @Test("a line of a journal that has an infinite value is read as JSON, and every other as it was")
    func infiniteLines() throws {
        try copy("form-4")
        let lines = [
            #"{"type":"call","reads":{"a":inf,"b":[-inf,1]},"run":"p.a"}"#, #"{"text":"a:inf,-inf","n":1}"#,
        ]
        try DatabaseQueue(path: path).write { db in
            try db.execute(
                sql: "UPDATE moments SET journal = ? WHERE id = 1", arguments: [lines.joined(separator: "\n")]
            )
        }
        let store = try SQLiteStore(at: path, mode: .readWrite)
        let journal = try store.moments(of: id("ana"), from: 1, limit: 1)[0].journal
        #expect(
            journal == [
                #"{"reads":{"a":1.7976931348623157e+308,"b":[-1.7976931348623157e+308,1]},"run":"p.a","type":"call"}"#,
                lines[1],
            ])
    }
}
