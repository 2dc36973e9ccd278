import Foundation
import GRDB
import Journeys
import Store
import TestKit
import Testing

@testable import SQLiteStore

/// Counts statements: each reads one row.
@Suite("a lead's moments are found without reading those in between")
struct MomentChainTests {
    private let folder: TemporaryFolder
    private let path: String
    private let lead: LeadID

    init() throws {
        folder = try TemporaryFolder()
        path = folder("signalbox.db")
        lead = try #require(LeadID("L1"))
    }

    private func fill(_ count: Int, _ samples: inout SampleMoments) throws {
        let store = try SQLiteStore(at: path, mode: .readWrite)
        var left = count
        while left > 0 {
            // Batches end at any number.
            let moments = (0..<min(left, 700)).map { _ in samples.next("L1") }
            try store.commit(moments)
            left -= moments.count
        }
    }

    /// How many statements the body runs on the connection that reads.
    private func statements(_ store: SQLiteStore, _ body: () throws -> Void) throws -> Int {
        let count = Counter()
        try store.read { db in db.trace { _ in count.value += 1 } }
        try body()
        try store.read { db in db.trace() }
        return count.value
    }

    private final class Counter: @unchecked Sendable {
        // Owner: the test's thread, on which the connection runs its statements.
        var value = 0
    }

    /// In each step of 64 a moment is looked for along at most 63 moments, a skip with each, before and after it.
    private static let searchLimit = 2 * 3 * 2 * 64

    @Test("any page of 9,000 moments is read in a few hundred rows more than it has")
    func pages() throws {
        var samples = SampleMoments()
        try fill(9_000, &samples)
        let store = try SQLiteStore(at: path, mode: .readOnly)
        for from in [1, 2, 64, 65, 4_000, 4_095, 4_096, 4_097, 4_160, 8_191, 8_192, 8_193, 8_990] {
            var found: [Int] = []
            let count = try statements(store) {
                found = try store.moments(of: lead, from: from, limit: 10).map(\.number)
            }
            #expect(found == Array(from..<from + 10))
            #expect(count <= 10 + Self.searchLimit, "from \(from)")
            let countBefore = try statements(store) {
                found = try store.moments(of: lead, before: from + 10, limit: 10).map(\.number)
            }
            #expect(Set(found) == Set(from..<from + 10))
            #expect(countBefore <= 10 + Self.searchLimit, "before \(from + 10)")
        }
        var newest = 0
        let count = try statements(store) {
            newest = try store.moments(of: lead, before: nil, limit: 50).count
        }
        #expect(newest == 50)
        // The newest are there at once.
        #expect(count <= 50 + 8)
    }

    @Test("moments of an earlier version are read one by one until the lead has its next ones, then not")
    func earlierVersion() throws {
        var samples = SampleMoments()
        try fill(5_000, &samples)
        try DatabaseQueue(path: path).write { try $0.execute(sql: "DELETE FROM moment_skips") }
        func cost() throws -> Int {
            let store = try SQLiteStore(at: path, mode: .readOnly)
            var found: [Int] = []
            let count = try statements(store) {
                found = try store.moments(of: lead, from: 100, limit: 3).map(\.number)
            }
            #expect(found == [100, 101, 102])
            return count
        }
        #expect(try cost() > 4_800)
        try fill(100, &samples)
        #expect(try cost() <= 3 + Self.searchLimit)
        let store = try SQLiteStore(at: path, mode: .readOnly)
        #expect(try store.moments(of: lead, from: 1, limit: .max).map(\.number) == Array(1...5_100))
    }

    @Test("where a moment leads is earlier by a power of 64, and few lead anywhere")
    func targets() {
        let expected = [
            64: nil, 65: nil, 128: 64, 192: 128, 4_032: 3_968, 4_096: 4_032, 4_160: 4_096, 8_192: 4_096,
            262_144: 258_048, 524_288: 262_144,
        ]
        for (number, target) in expected { #expect(MomentChain.target(of: number) == target, "\(number)") }
        #expect((1...10_000).count { MomentChain.target(of: $0) != nil } == 155)
    }

    @Test("a commit of moments costs one skip in 64")
    func writing() throws {
        var samples = SampleMoments()
        try fill(640, &samples)
        let skips = try DatabaseQueue(path: path).read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT moments.moment, far.moment, skips.number FROM moment_skips AS skips
                    JOIN moments ON moments.id = skips.moment JOIN moments AS far ON far.id = skips.earlier
                    ORDER BY moments.moment
                    """
            ).map { [$0[0], $0[1], $0[2]] as [Int] }
        }
        #expect(skips == (2...10).map { [$0 * 64, ($0 - 1) * 64, ($0 - 1) * 64] })
    }
}
