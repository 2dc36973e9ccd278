import Dispatch
import Store
import Synchronization
import Testing
import Values

@testable import SignalboxServer

@Suite("The writer of the audit log")
struct AuditLogTests {
    private func entry(_ request: Int) -> AuditEntry {
        AuditEntry(
            at: Timestamp(milliseconds: 0), token: "kim", address: "::1", request: String(request),
            action: "set", result: "accepted 1")
    }

    @Test("entries that come while others are being written go to the disk together, in their order")
    func groups() async throws {
        let store = GatedStore()
        let log = AuditLog(store)
        let first = log.note(entry(0))
        store.waitForGroup()
        let others = (1..<100).map { log.note(entry($0)) }
        store.letGroupPass()
        store.waitForGroup()
        store.letGroupPass()
        try await log.written(others[98])
        try await log.written(first)
        #expect(store.groups.map(\.count) == [1, 99])
        #expect(store.groups.joined().map(\.request) == (0..<100).map(String.init))
    }

    @Test("whoever waits for an entry that cannot be written is told, and later entries are written")
    func failure() async throws {
        let store = GatedStore()
        let log = AuditLog(store)
        let first = log.note(entry(0))
        store.waitForGroup()
        let second = log.note(entry(1))
        store.letGroupPass(failing: true)
        await #expect(throws: StoreError.self) { try await log.written(first) }
        store.waitForGroup()
        store.letGroupPass()
        try await log.written(second)
        await #expect(throws: StoreError.self) { try await log.written(first) }
        await log.settle()
        #expect(store.groups.joined().map(\.request) == ["1"])
    }
}

/// Lets entries pass group by group, as a test says.
private final class GatedStore: AccessStore {
    private let arrived = DispatchSemaphore(value: 0)
    private let passing = DispatchSemaphore(value: 0)
    private let state = Mutex<(groups: [[AuditEntry]], fails: Bool)>(([], false))

    var groups: [[AuditEntry]] { state.withLock { $0.groups } }

    /// Waits until a group is being written.
    func waitForGroup() { arrived.wait() }

    func letGroupPass(failing: Bool = false) {
        state.withLock { $0.fails = failing }
        passing.signal()
    }

    func appendAudit(_ entries: [AuditEntry]) throws(StoreError) {
        arrived.signal()
        passing.wait()
        let fails = state.withLock { state in
            if !state.fails { state.groups.append(entries) }
            return state.fails
        }
        if fails { throw StoreError(.full, "the disk is full", advice: "make room") }
    }

    func addToken(_ token: AccessToken) {}
    func tokens() -> [AccessToken] { [] }
    func token(hash: String) -> AccessToken? { nil }
    func revokeToken(_ name: String, at time: Timestamp) {}
    func audit(before row: Int?, limit: Int) -> [StoredAuditEntry] { [] }
}
