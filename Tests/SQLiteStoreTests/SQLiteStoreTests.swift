import Foundation
import GRDB
import Journeys
import Store
import TestKit
import Testing
import Values

@testable import SQLiteStore

@Suite("the store in an SQLite file")
struct SQLiteStoreTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder("signalbox.db")
    }

    /// Adds `count` moments of lead `L1` in a store that is then closed.
    private func fill(_ count: Int = 1) throws {
        var samples = SampleMoments()
        try SQLiteStore(at: path, mode: .readWrite).commit((0..<count).map { _ in samples.next("L1") })
    }

    /// The code with which the store cannot be opened.
    private func refusal(_ mode: SQLiteStore.Mode, at path: String? = nil) -> StoreError.Code? {
        let error = #expect(throws: StoreError.self) { try SQLiteStore(at: path ?? self.path, mode: mode) }
        #expect(error?.file != nil)
        #expect(error?.message.isEmpty == false)
        #expect(error?.advice.isEmpty == false)
        return error?.code
    }

    /// What a connection of somebody else reads.
    private func query<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try DatabaseQueue(path: path).read(body)
    }

    // MARK: The contract

    @Test("it keeps the contract of stores", arguments: StoreCheck.all)
    func contract(check: StoreCheck) throws {
        try check.run(SQLiteStore(at: path, mode: .readWrite))
    }

    @Test("it answers as the store in memory does, also when it is opened again", arguments: 0..<20)
    func model(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        var samples = SampleMoments()
        let memory = MemoryStore()
        // With few slots the states of leads come and go all the time, and records are whole and in pieces.
        func open() throws -> SQLiteStore {
            var limits = SQLiteStore.Limits()
            limits.recent = seed % 5
            limits.wholeEvery = 1 + seed % 7
            limits.checkpoints = .init(
                step: 1 + seed % 3 * 10, long: 40, little: seed % 4 * 10, most: 200)
            return try SQLiteStore(at: path, mode: .readWrite, limits: limits)
        }
        var store = try open()
        var refused = 0
        for _ in 0..<40 {
            let before = samples
            let batch = (0..<Int.random(in: 0...6, using: &random)).map { _ in samples.random(&random) }
            let expected = Result { try memory.commit(batch) }
            let found = Result { try store.commit(batch) }
            switch (expected, found) {
            case (.success, .success): break
            case (.failure(let expected as StoreError), .failure(let found as StoreError)):
                #expect(found.code == expected.code)
                samples = before
                refused += 1
            default: Issue.record("in memory: \(expected); in the file: \(found)")
            }
            if random.once(in: 10) {
                // The one has to go before the next can have the lock.
                withExtendedLifetime(consume store) {}
                store = try open()
            }
        }
        #expect((1..<40).contains(refused))
        let contents = try StoreContents(of: store)
        #expect(contents == (try StoreContents(of: memory)))
        try contents.requireWhole(afterRemovals: true)
        for key in SampleMoments.keys {
            #expect(try store.value(key, of: "greeting") == memory.value(key, of: "greeting"))
        }
        #expect(try StoreContents(of: SQLiteStore(at: path, mode: .readOnly)) == contents)
    }

    // MARK: Durability

    @Test("a commit is on the disk before it returns: WAL, and synchronous is FULL")
    func durability() throws {
        let store = try SQLiteStore(at: path, mode: .readWrite)
        #expect(try store.pragma("journal_mode") == "wal")
        #expect(try store.pragma("synchronous") == "2")
    }

    @Test("a copy of the files made after any commit holds every moment whole")
    func copies() throws {
        let store = try SQLiteStore(at: path, mode: .readWrite)
        var random = SeededRandom(seed: 7)
        var samples = SampleMoments()
        let memory = MemoryStore()
        var copied = 0
        for number in 0..<30 {
            let before = samples
            let batch = (0..<3).map { _ in samples.random(&random) }
            guard (try? memory.commit(batch)) != nil else {
                samples = before
                continue
            }
            try store.commit(batch)
            copied += 1
            let copy = folder("copy \(number).db")
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
            }
            let reopened = try SQLiteStore(at: copy, mode: .readWrite)
            #expect(try StoreContents(of: reopened) == StoreContents(of: memory))
        }
        #expect(copied > 10)
    }

    @Test("of a commit whose end never reached the disk nothing is there")
    func tornCommit() throws {
        let store = try SQLiteStore(at: path, mode: .readWrite)
        var samples = SampleMoments()
        try store.commit([samples.next("L1")])
        let before = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
        let contents = try StoreContents(of: store)
        try store.commit((0..<20).map { samples.next("L\($0)") })
        let after = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
        for step in 0..<16 {
            let end = before.count + (after.count - 1 - before.count) * step / 15
            let copy = folder("torn \(step).db")
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            try after.prefix(end).write(to: URL(fileURLWithPath: copy + "-wal"))
            let reopened = try SQLiteStore(at: copy, mode: .readWrite)
            #expect(try StoreContents(of: reopened) == contents, "cut at byte \(end) of \(after.count)")
        }
    }

    @Test("what a failed commit counted does not count")
    func failedCommit() throws {
        let store = try SQLiteStore(at: path, mode: .readWrite)
        var samples = SampleMoments()
        let first = samples.next("L1")
        let second = samples.next("L1")
        #expect(throws: StoreError.self) { try store.commit([first, first]) }
        try store.commit([first])
        #expect(throws: StoreError.self) { try store.commit([second, first]) }
        try store.commit([second])
        #expect(try query { try Int.fetchAll($0, sql: "SELECT id FROM moments ORDER BY id") } == [1, 2])
        #expect(try query { try Int.fetchAll($0, sql: "SELECT id FROM leads") } == [1])
    }

    @Test("a full disk refuses the commit whole, and the store goes on when there is room again")
    func full() throws {
        let store = try SQLiteStore(at: path, mode: .readWrite)
        var samples = SampleMoments()
        try store.commit([samples.next("L1")])
        let before = try StoreContents(of: store)
        let large = samples.next("L2") {
            $0.lead.fields["text"] = .string(String(repeating: "x", count: 1 << 20))
        }
        let batch = [samples.next("L1"), large]
        let pages = try #require(try store.pragma("page_count").flatMap(Int.init))
        _ = try store.pragma("max_page_count = \(pages + 2)")
        let error = #expect(throws: StoreError.self) { try store.commit(batch) }
        #expect(error?.code == .full)
        #expect(error?.file == path)
        #expect(try StoreContents(of: store) == before)
        _ = try store.pragma("max_page_count = 1000000")
        try store.commit(batch)
        #expect(try store.counts().moments == 3)
    }

    // MARK: Opening

    @Test("writing makes the file and its folder, reading makes nothing")
    func making() throws {
        let path = folder("data/signalbox.db")
        #expect(refusal(.readOnly, at: path) == .noStore)
        #expect(!FileManager.default.fileExists(atPath: folder("data")))
        _ = try SQLiteStore(at: path, mode: .readWrite)
        #expect(try StoreContents(of: SQLiteStore(at: path, mode: .readOnly)).leads.isEmpty)
        #expect(refusal(.readWrite, at: folder("none/data/signalbox.db")) == .cannotOpen)
        #expect(!FileManager.default.fileExists(atPath: folder("none")))
    }

    @Test("a store whose making was cut short is made again")
    func cutShort() throws {
        try Data().write(to: URL(fileURLWithPath: path))
        #expect(refusal(.readOnly) == .noStore)
        let bare = folder("bare.db")
        try DatabaseQueue(path: bare).writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
        }
        #expect(refusal(.readOnly, at: bare) == .noStore)
        for path in [path, bare] {
            #expect(try SQLiteStore(at: path, mode: .readWrite).nextIncident() == 1)
            #expect(try SQLiteStore(at: path, mode: .readOnly).nextIncident() == 1)
        }
    }

    @Test("a store from an earlier version is brought up by writing, not by reading")
    func olderVersion() throws {
        try fill()
        try DatabaseQueue(path: path).write { try $0.execute(sql: "DELETE FROM grdb_migrations") }
        #expect(refusal(.readOnly) == .olderVersion)
    }

    @Test("a store from before held leads were marked knows them when it is brought up")
    func heldLeadsOfOldStore() throws {
        var samples = SampleMoments()
        func moment(_ id: String, _ journey: JourneyRecord?) -> MomentRecord {
            samples.next(id) { moment in
                moment.lead.journey = journey
                moment.maps = [SampleMoments.map]
            }
        }
        do {
            let store = try SQLiteStore(at: path, mode: .readWrite)
            try store.commit([
                moment("held", SampleMoments.journey()), moment("over", SampleMoments.journey(.ended(.won))),
                moment("none", nil),
            ])
        }
        try OlderStore.make(at: path, in: folder, form: "1")
        let store = try SQLiteStore(at: path, mode: .readWrite)
        #expect(try store.heldLeads(after: nil, limit: .max).map(\.id.text) == ["held"])
    }

    @Test("held leads are found by their index, and the decider that failed by that of incidents")
    func heldLeadsByIndex() throws {
        try fill()
        let plan = try query { db in
            try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(SQLiteStore.heldLeads)", arguments: ["", 1])
                .map { $0["detail"] as String }
        }
        #expect(plan.contains { $0.contains("leads USING INDEX leads_held") })
        #expect(plan.contains { $0.contains("incidents USING INDEX incidents_by_lead (lead=?)") })
        #expect(plan.allSatisfy { $0.contains("SEARCH") || $0.contains("SUBQUERY") })
        let listing = SQLiteStore.listing(LeadFilter(isHeld: true))
        let listed = try query { db in
            try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(listing)", arguments: ["", nil, nil])
                .map { $0["detail"] as String }
        }
        #expect(listed.first?.contains("settled USING INDEX leads_held (lead>?)") == true, "\(listed)")
        #expect(listed.allSatisfy { $0.contains("SEARCH") })
    }

    @Test("a store from before versions were kept is brought up with its incidents and its outbox")
    func storeWithoutVersions() throws {
        var samples = SampleMoments()
        var moment = samples.next("L1") { moment in
            moment.lead.journey = SampleMoments.journey()
            moment.maps = [SampleMoments.map]
            moment.send(["to": "a@example.com"], by: "plugin:email")
        }
        var incident = samples.incident(of: moment)
        incident.trigger = "new-buyer/offer/flex"
        incident.pluginHash = nil
        moment.incidents = [incident]
        let before: StoreContents
        do {
            let store = try SQLiteStore(at: path, mode: .readWrite)
            try store.commit([moment])
            before = try StoreContents(of: store)
        }
        try OlderStore.make(at: path, in: folder, form: "2")
        let store = try SQLiteStore(at: path, mode: .readWrite)
        #expect(try StoreContents(of: store) == before)
        #expect(before.held == [HeldLead(id: moment.lead.id, plugin: "greeting")])
        try store.commit([samples.next("L1") { $0.sources = SampleMoments.sources }])
        #expect(try StoreContents(of: store).sources.count == SampleMoments.sources.count)
    }

    @Test("a store from before leads had slots is brought up, and goes on")
    func storeWithoutSlots() throws {
        var samples = SampleMoments()
        var before: StoreContents
        do {
            let store = try SQLiteStore(at: path, mode: .readWrite)
            try store.commit((0..<20).map { samples.next("L\($0 % 7)") })
            before = try StoreContents(of: store)
        }
        // Only each lead's newest record was kept.
        before.formerRecords = before.formerRecords.map { records in
            records.indices.map { $0 == records.count - 1 ? records[$0] : nil }
        }
        try OlderStore.make(at: path, in: folder, form: "3")
        let store = try SQLiteStore(at: path, mode: .readWrite)
        #expect(try StoreContents(of: store) == before)
        try store.commit((0..<20).map { samples.next("L\($0 % 9)") })
        #expect(try StoreContents(of: store).moments.map(\.count) == [6, 6, 5, 5, 5, 5, 4, 2, 2])
        #expect(try query { try String.fetchAll($0, sql: "SELECT * FROM pragma_foreign_key_check") } == [])
    }

    @Test("a file that several versions have is there once")
    func sharedFiles() throws {
        let store = try SQLiteStore(at: path, mode: .readWrite)
        var samples = SampleMoments()
        try store.commit([samples.next("L1") { $0.sources = SampleMoments.sources }])
        #expect(try query { try Int.fetchOne($0, sql: "SELECT count(*) FROM version_files") } == 15)
        #expect(try query { try Int.fetchOne($0, sql: "SELECT count(*) FROM sources") } == 4)
    }

    @Test("a store from a later version is refused and left as it is")
    func newerVersion() throws {
        try fill()
        try DatabaseQueue(path: path).write {
            try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('9999')")
        }
        #expect(refusal(.readWrite) == .newerVersion)
        #expect(refusal(.readOnly) == .newerVersion)
        #expect(try query { try Int.fetchOne($0, sql: "SELECT count(*) FROM moments") } == 1)
    }

    @Test("a file that is something else is refused and left as it is", arguments: SQLiteStore.Mode.all)
    func notAStore(mode: SQLiteStore.Mode) throws {
        let text = Data(String(repeating: "name,email\n", count: 1000).utf8)
        try text.write(to: URL(fileURLWithPath: path))
        #expect(refusal(mode) == .notAStore)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == text)

        let other = folder("other.db")
        try DatabaseQueue(path: other).write { try $0.execute(sql: "CREATE TABLE theirs (id INTEGER)") }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: other))
        #expect(refusal(mode, at: other) == .notAStore)
        #expect(try Data(contentsOf: URL(fileURLWithPath: other)) == bytes)
    }

    @Test("a folder in the store's place is refused", arguments: SQLiteStore.Mode.all)
    func folderInPlace(mode: SQLiteStore.Mode) throws {
        #expect(refusal(mode, at: folder.path) == .cannotOpen)
    }

    @Test("a damaged store says so")
    func damaged() throws {
        try fill(200)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for index in 4096..<bytes.count { bytes[index] = 0x5A }
        try bytes.write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: StoreError.self) {
            let store = try SQLiteStore(at: path, mode: .readWrite)
            _ = try StoreContents(of: store)
        }
        #expect(error?.code == .damaged)
        #expect(error?.file == path)
    }

    @Test("a folder that cannot be written is refused in words")
    func unwritable() {
        // Nobody may write there, whoever runs the tests.
        #expect(
            refusal(.readWrite, at: "/proc/self/signalbox.db").map { [.readOnly, .cannotOpen].contains($0) }
                == true)
        #expect(refusal(.readWrite, at: "/sys/kernel/signalbox.db") == .readOnly)
    }

    @Test("a file that cannot be written is refused in words", .enabled(if: geteuid() != 0))
    func unwritableFile() throws {
        try fill()
        try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path)
        #expect(refusal(.readWrite) == .readOnly)
        #expect(try SQLiteStore(at: path, mode: .readOnly).counts().moments == 1)
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder.path)
        defer {
            try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
        }
        #expect(try SQLiteStore(at: path, mode: .readOnly).counts().moments == 1)
        #expect(refusal(.readWrite) == .readOnly)
    }

    // MARK: Several processes

    @Test("a second writer is refused with the first one's process id")
    func lock() throws {
        let first = try SQLiteStore(at: path, mode: .readWrite)
        #expect(refusal(.readWrite) == .locked(by: getpid()))
        let link = folder("link.db")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        #expect(refusal(.readWrite, at: link) == .locked(by: getpid()))
        #expect(try first.counts().moments == 0)
        withExtendedLifetime(consume first) {}
        _ = try SQLiteStore(at: link, mode: .readWrite)
    }

    @Test("who is refused the lock leaves the files of others alone that are opened meanwhile")
    func refusedAmongOthers() async throws {
        let folder = try TemporaryFolder()
        let path = folder("signalbox.db")
        let holder = try SQLiteStore(at: path, mode: .readWrite)
        let refusals = Task.detached {
            (0..<3000).count { _ in (try? SQLiteStore(at: path, mode: .readWrite)) == nil }
        }
        // A number of a descriptor that is given up twice may be one of these by then.
        let files = Task.detached {
            for number in 0..<6000 {
                let other = open(folder("other-\(number % 8)"), O_RDWR | O_CREAT, 0o600)
                let isWritten = pwrite(other, "content", 7, 0) == 7
                await Task.yield()
                var status = stat()
                let isWhole = isWritten && fstat(other, &status) == 0 && status.st_size == 7
                let isClosed = close(other) == 0
                guard isWhole, isClosed else { return number }
            }
            return -1
        }
        #expect(await files.value == -1)
        #expect(await refusals.value == 3000)
        withExtendedLifetime(holder) {}
    }

    @Test("a lock file that was left behind locks nothing")
    func leftLock() throws {
        try Data("1\n".utf8).write(to: URL(fileURLWithPath: path + ".lock"))
        #expect(try SQLiteStore(at: path, mode: .readWrite).counts().moments == 0)
    }

    @Test("a reader sees what is committed while the writer has the store, and cannot commit")
    func reader() throws {
        let writer = try SQLiteStore(at: path, mode: .readWrite)
        var samples = SampleMoments()
        try writer.commit([samples.next("L1")])
        let reader = try SQLiteStore(at: path, mode: .readOnly)
        #expect(try reader.counts().moments == 1)
        try writer.commit([samples.next("L1"), samples.next("L2")])
        #expect(try StoreContents(of: reader) == StoreContents(of: writer))
        let moment = samples.next("L1")
        let error = #expect(throws: StoreError.self) { try reader.commit([moment]) }
        #expect(error?.code == .readOnly)
        try writer.commit([moment])
    }

    @Test("when the writer is gone everything is in the one file")
    func closed() throws {
        try fill(3)
        let copy = folder("copy.db")
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        #expect(try SQLiteStore(at: copy, mode: .readWrite).counts().moments == 3)
    }

    // MARK: For people

    @Test("events and calls can be read with SQL")
    func views() throws {
        let store = try SQLiteStore(at: path, mode: .readWrite)
        var samples = SampleMoments()
        try store.commit([
            samples.next("L1") { moment in
                moment.journal = [
                    #"{"type":"event","lead":"L1","moment":1,"instant":1,"seq":1,"event":"map.open","map":"m","by":"a\nb","at":"…"}"#,
                    #"{"type":"call","lead":"L1","moment":1,"instant":1,"seq":1,"run":"greeting.welcome","trigger":"m/open/1","outcome":"ok","effects":[{"do":"advance"}]}"#,
                ]
            },
            samples.next("L2") { $0.journal = [] },
        ])
        let events = try query {
            try Row.fetchAll($0, sql: "SELECT lead, moment, seq, event, by FROM events")
        }
        #expect(events == [["lead": "L1", "moment": 1, "seq": 1, "event": "map.open", "by": "a\nb"]])
        let calls = try query {
            try Row.fetchAll($0, sql: "SELECT run, trigger_name, outcome, effects FROM calls")
        }
        #expect(
            calls == [
                [
                    "run": "greeting.welcome", "trigger_name": "m/open/1", "outcome": "ok",
                    "effects": #"[{"do":"advance"}]"#,
                ]
            ])
    }
}

extension SQLiteStore.Mode {
    static let all: [SQLiteStore.Mode] = [.readWrite, .readOnly]
}
