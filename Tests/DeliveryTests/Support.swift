import Journeys
import Store
import Synchronization
import TestKit
import Values
import Workspace

@testable import Delivery

let storeID = "0123456789abcdef0123456789abcdef"
/// 2026-11-29T04:15:47Z.
let start = Timestamp(milliseconds: 1_795_925_747_000)

extension StoredDelivery {
    /// A delivery of a lead `L1`.
    static func sample(
        _ kind: Outgoing.Kind = .email, to: String = "kim@example.com", number: Int = 1, first: Int = 1,
        by: String = "plugin:greeting", payload: Table, templateHash: String? = nil
    ) -> StoredDelivery {
        let lead = LeadID("L1")!
        return StoredDelivery(
            row: number, id: DeliveryID(lead, moment: 1, number: number), kind: kind, to: to,
            first: DeliveryID(lead, moment: 1, number: first), at: start, by: by, payload: payload,
            templateHash: templateHash, isQuiet: false)
    }
}

extension StoredSource {
    /// A template's files by their names.
    static func template(_ files: KeyValuePairs<String, String>) -> StoredSource {
        StoredSource(
            version: StoredVersion(kind: .template, name: "welcome", hash: "a1", since: start),
            files: files.map { StoredSource.File(name: $0.key, bytes: Array($0.value.utf8)) })
    }
}

extension Letter {
    /// What a mail program reads.
    func read() async throws -> ReadLetter {
        try await ReadLetter(PythonProgram.answer(of: "read_letter.py", to: bytes))
    }

    static func sample(
        _ payload: Table, template: StoredSource? = nil, settings: DeliverySettings.Email = .init()
    ) throws -> Letter {
        try Letter(.sample(payload: payload), template: template, storeID: storeID, settings: settings)
    }
}

/// A letter as Python's mail library reads it.
struct ReadLetter {
    let table: Table

    init(_ table: Table) { self.table = table }

    func header(_ name: String) -> String? { table["headers"]?.table?[name]?.string }
    var type: String? { table["type"]?.string }
    var defects: Value? { table["defects"] }
    func text(_ type: String) -> String? {
        let part = table["parts"]?.list?.compactMap(\.table).first { $0["type"]?.string == type }
        return part?["text"]?.string?.replacing("\r\n", with: "\n")
    }
}

/// A clock that moves when it is told to.
final class ManualClock: DeliveryClock {
    private struct State {
        var now = start
        var sleepers: [(until: Timestamp, id: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var next = 0
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())

    var now: Timestamp { state.withLock { $0.now } }

    func sleep(for duration: Duration) async {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.cancelled.remove(id) != nil { return true }
                    state.sleepers.append((state.now.adding(duration), id, continuation))
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let found = state.withLock { state in
                guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return CheckedContinuation<Void, Never>?.none
                }
                return state.sleepers.remove(at: index).continuation
            }
            found?.resume()
        }
    }

    func advance(_ duration: Duration) {
        let over = state.withLock { state in
            state.now = state.now.adding(duration)
            let over = state.sleepers.filter { $0.until <= state.now }
            state.sleepers.removeAll { $0.until <= state.now }
            return over
        }
        for sleeper in over { sleeper.continuation.resume() }
    }
}

/// A wall clock in a test's hand.
final class VirtualWall: Sendable {
    private let time = Mutex(start)
    var now: Timestamp {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }
}
