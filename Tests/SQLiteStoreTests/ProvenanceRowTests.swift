import GRDB
import SQLiteStore
import Store
import TestKit
import Testing

@Suite("what calls were functions of, in the file")
struct ProvenanceRowTests {
    @Test("the same for many moments of many leads is one row, also when the store was opened again")
    func shared() throws {
        let folder = try TemporaryFolder()
        let path = folder("signalbox.db")
        var samples = SampleMoments()
        func provenance(_ host: String) -> Provenance {
            Provenance(
                host: host, maps: [.init(map: "m", version: "v1")],
                plugins: [.init(name: "note", version: "1", hash: "b2", settings: "s1")])
        }
        for host in ["1", "1", "2", "1"] {
            let store = try SQLiteStore(at: path, mode: .readWrite)
            for _ in 0..<3 {
                try store.commit(["L1", "L2"].map { samples.next($0) { $0.provenance = provenance(host) } })
            }
        }
        let rows = try DatabaseQueue(path: path).read { db in
            try ["provenances", "moments"].map { try Int.fetchOne(db, sql: "SELECT count(*) FROM \($0)") }
        }
        #expect(rows == [2, 24])
    }
}
