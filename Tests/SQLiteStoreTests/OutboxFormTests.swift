import GRDB
import Journeys
import SQLiteStore
import Store
import TestKit
import Testing
import Values

@Suite("the outbox of a store that an earlier version wrote")
struct OutboxFormTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder("signalbox.db")
    }

    @Test("its rows are mails, with what they had")
    func rowsAreMails() throws {
        var samples = SampleMoments()
        let before: StoreContents
        do {
            let store = try SQLiteStore(at: path, mode: .readWrite)
            try store.commit([
                samples.next("L1") { $0.send(["to": "a@example.com"], by: "plugin:email") },
                samples.next("L2") {
                    $0.send(["to": "b@example.com"], by: "plugin:email", templateHash: "a1")
                },
            ])
            before = try StoreContents(of: store)
        }
        try OlderStore.make(at: path, in: folder, form: "6")
        let store = try SQLiteStore(at: path, mode: .readWrite)
        #expect(try StoreContents(of: store) == before)
        try store.commit([samples.next("L1") { $0.send(["to": "c@example.com"], by: "plugin:email") }])
        let rows = try store.outbox(after: 0, limit: .max)
        #expect(rows.map(\.kind) == [.email, .email, .email])
        #expect(rows.map(\.id.description) == ["L1/1/1", "L2/1/1", "L1/2/1"])
        #expect(rows.map(\.payload["to"]) == ["a@example.com", "b@example.com", "c@example.com"])
    }

    @Test("a row of a kind that does not exist is damaged")
    func unknownKind() throws {
        var samples = SampleMoments()
        let store = try SQLiteStore(at: path, mode: .readWrite)
        try store.commit([samples.next("L1") { $0.send([:], by: "plugin:email") }])
        try DatabaseQueue(path: path).write { try $0.execute(sql: "UPDATE outbox SET kind = 'pigeon'") }
        let error = #expect(throws: StoreError.self) { try store.outbox(after: 0, limit: 1) }
        #expect(error?.code == .damaged)
    }
}
