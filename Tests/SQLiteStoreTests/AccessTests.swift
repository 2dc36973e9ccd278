import GRDB
import Store
import TestKit
import Testing
import Values

@testable import SQLiteStore

@Suite("tokens and the audit log in an SQLite file")
struct AccessTests {
    private let folder: TemporaryFolder
    private let path: String
    private let time = Timestamp(milliseconds: 1_700_000_000_000)

    init() throws {
        folder = try TemporaryFolder()
        path = folder("signalbox.db")
        let store = try SQLiteStore(at: path, mode: .readWrite)
        for name in ["kim", "lee"] {
            try store.addToken(AccessToken(name: name, role: .agent, hash: "hash of \(name)", made: time))
            try store.appendAudit([
                AuditEntry(at: time, token: name, address: "::1", request: "1", action: "x", result: "done")
            ])
        }
    }

    private func execute(_ sql: String) throws {
        try DatabaseQueue(path: path).write { try $0.execute(sql: sql) }
    }

    @Test("they are there when the store is opened again, in its backups, and when it is restored")
    func lasting() throws {
        let before = try StoreContents(of: SQLiteStore(at: path, mode: .readOnly))
        #expect(before.tokens.count == 2 && before.audit.count == 2)
        let backup = folder("backup.db")
        #expect(try SQLiteStore.backUp(path, to: backup).damage.isEmpty)
        #expect(try SQLiteStore.restore(path, from: backup).damage.isEmpty)
        for file in [path, backup] {
            #expect(try StoreContents(of: SQLiteStore(at: file, mode: .readOnly)) == before)
        }
        let error = #expect(throws: StoreError.self) {
            try SQLiteStore(at: path, mode: .readOnly).revokeToken("kim", at: time)
        }
        #expect(error?.code == .readOnly)
    }

    @Test("a role that does not exist is damage of that token alone, and gives nobody anything")
    func unknownRole() throws {
        try execute("UPDATE tokens SET role = 'root' WHERE name = 'kim'")
        let store = try SQLiteStore(at: path, mode: .readWrite)
        #expect(try store.token(hash: "hash of lee")?.role == .agent)
        for read in [{ _ = try store.token(hash: "hash of kim") }, { _ = try store.tokens() }] {
            let error = #expect(throws: StoreError.self) { try read() }
            #expect(error?.code == .damaged)
        }
        try store.revokeToken("kim", at: time)
        let damage = try SQLiteStore.backUp(path, to: folder("backup.db")).damage
        #expect(damage.leads.isEmpty)
        #expect(damage.others == [#"The token "kim" is damaged: a token has a role that does not exist"#])
    }

    @Test(
        "numbers that are out of their range are damage",
        arguments: [
            "UPDATE tokens SET made = 9223372036854775807",
            "UPDATE tokens SET revoked = -9223372036854775808",
            "UPDATE audit SET at = 9223372036854775807",
            "UPDATE audit SET id = 9223372036854775807 WHERE token = 'lee'",
        ])
    func numbers(edit: String) throws {
        try execute(edit)
        let store = try SQLiteStore(at: path, mode: .readOnly)
        let error = #expect(throws: StoreError.self) { try StoreContents(of: store) }
        #expect(error?.code == .damaged)
        #expect(throws: StoreError.self) { try SQLiteStore.restore(folder("x.db"), from: path) }
    }
}
