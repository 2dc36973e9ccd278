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
    private static let files = [
        "form-1", "form-2", "form-3", "form-4", "form-7", "form-8", "form-9", "infinite",
    ]

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
        let error = #expect(throws: StoreError.self) { try SQLiteStore(at: path, mode: .readOnly) }
        #expect(error?.code == .olderVersion)
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
                #expect(moment.provenance == nil || ["form-7", "form-8", "form-9"].contains(name))
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
            #expect(former.dropLast(3).allSatisfy { ($0 == nil) == !["form-8", "form-9"].contains(name) })
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

    @Test("what their leads are is known", arguments: files.prefix(7))
    func leads(name: String) throws {
        try copy(name)
        let store = try SQLiteStore(at: path, mode: .readWrite)
        #expect(
            try store.leads(matching: .all, after: nil, limit: 9).map(\.id.text)
                == ["ana", "ben", "cleo", "dov", "\u{e9}"])
        #expect(try store.heldLeads(after: nil, limit: 9).map(\.id.text) == ["ben"])
        #expect(try store.lead(id("ana"))?.status == .won)
        #expect(try store.lead(id("ana"), after: 5)?.status == .won)
        if ["form-8", "form-9"].contains(name) {
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
