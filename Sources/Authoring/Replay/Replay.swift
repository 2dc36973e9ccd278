package import Journeys
import LuaSandbox
import Plugins
package import Store
import Synchronization
package import Values
package import Workspace

/// Runs recorded calls on other code, and compares what they come to.
///
/// A call sees what it saw then: its event, the lead, its parameters as the journey's version of the map gives them, the time,
/// random numbers, and what it read of its plugin's values. What other code reads beside that is as it is now.
package struct Replay: Sendable {
    private let store: any StoreReader
    private let recorded: Generation
    private let candidate: Generation
    private let since: Timestamp?
    private let map: MapID?

    /// A call that came to something else.
    package struct Difference: Sendable {
        package let lead: LeadID
        package let moment: Int
        package let seq: Int?
        package let trigger: String
        package let run: FunctionName
        package let kind: Kind
        /// What it came to, as its line in the journal says that.
        package let was: Value
        package let now: Value

        package enum Kind: String, Sendable {
            case changed
            case newlyFailing = "newly_failing"
            case newlyPassing = "newly_passing"
        }
    }

    package struct Summary: Sendable {
        package var unchanged = 0
        package var changed = 0
        package var newlyFailing = 0
        package var newlyPassing = 0
        /// Calls whose end depended on more than their input: cut off by a deadline, not made for a limit or a quarantine.
        package var notCompared = 0

        package var comparedCount: Int { unchanged + changed + newlyFailing + newlyPassing }

        fileprivate mutating func count(_ kind: Difference.Kind) {
            switch kind {
            case .changed: changed += 1
            case .newlyFailing: newlyFailing += 1
            case .newlyPassing: newlyPassing += 1
            }
        }

        fileprivate static func += (total: inout Summary, part: Summary) {
            total.unchanged += part.unchanged
            total.changed += part.changed
            total.newlyFailing += part.newlyFailing
            total.newlyPassing += part.newlyPassing
            total.notCompared += part.notCompared
        }
    }

    /// - Parameters:
    ///   - recorded: the workspace, whose maps the journeys that go on are on.
    ///   - candidate: the same with the other code.
    ///   - since: only calls of moments at this time or later; nil for all.
    ///   - map: only calls for events of this map; nil for all.
    package init(
        of store: any StoreReader, _ recorded: Generation, on candidate: Generation, since: Timestamp?,
        map: MapID?
    ) {
        self.store = store
        self.recorded = recorded
        self.candidate = candidate
        self.since = since
        self.map = map
    }

    /// Compares the calls of these leads, on a thread for each processor. `progress` gets how many calls more were compared.
    ///
    /// - Returns: the differences in the order of the leads and of their calls. Throws the first failure of the store.
    package func run(
        _ leads: [LeadID], threads count: Int, progress: @escaping @Sendable (Int) -> Void
    ) throws(StoreError) -> (summary: Summary, differences: [Difference]) {
        let work = Work(leads.count)
        let body: @Sendable () -> Void = {
            let comparison = Comparison(self)
            while let index = work.next() {
                do throws(StoreError) {
                    let (summary, differences) = try comparison.compare(leads[index])
                    work.add(summary, differences, of: index)
                    progress(summary.comparedCount)
                } catch {
                    work.fail(error)
                }
            }
        }
        var threads: [SandboxThread] = []
        for _ in 0..<max(1, count) {
            if let thread = SandboxThread(name: "replay", body) { threads.append(thread) }
        }
        if threads.isEmpty { body() }
        for thread in threads { thread.join() }
        return try work.result()
    }

    /// What the threads share.
    private final class Work: Sendable {
        private let count: Int
        private let state = Mutex(State())

        private struct State {
            var next = 0
            var summary = Summary()
            var differences: [Int: [Difference]] = [:]
            var failure: StoreError?
        }

        init(_ count: Int) { self.count = count }

        func next() -> Int? {
            state.withLock { state in
                guard state.next < count, state.failure == nil else { return nil }
                defer { state.next += 1 }
                return state.next
            }
        }

        func add(_ part: Summary, _ differences: [Difference], of index: Int) {
            state.withLock { state in
                state.summary += part
                if !differences.isEmpty { state.differences[index] = differences }
            }
        }

        func fail(_ error: StoreError) { state.withLock { $0.failure = $0.failure ?? error } }

        func result() throws(StoreError) -> (summary: Summary, differences: [Difference]) {
            let state = state.withLock { $0 }
            if let failure = state.failure { throw failure }
            let sorted = state.differences.sorted { $0.key < $1.key }
            return (state.summary, sorted.flatMap(\.value))
        }
    }

    /// What one thread runs calls with.
    ///
    /// Owner: the thread.
    private final class Comparison {
        private let replay: Replay
        private let runner: PluginRunner
        private let maps: KeptMaps

        init(_ replay: Replay) {
            self.replay = replay
            runner = PluginRunner(replay.candidate.catalogue, for: replay.candidate.rulebook)
            maps = KeptMaps(generation: replay.recorded, store: replay.store)
        }

        func compare(_ lead: LeadID) throws(StoreError) -> (Summary, [Difference]) {
            var summary = Summary()
            var differences: [Difference] = []
            var failure: StoreError?
            let life = RecordedLife(lead: lead, maps: maps, store: replay.store)
            try life.calls { stored, call in
                if let since = replay.since, stored.at < since { return }
                if let map = replay.map, call.request.event.map != map { return }
                guard call.line.isFunctionOfItsInput else {
                    summary.notCompared += 1
                    return
                }
                let was = call.line.compared
                let now: ComparedOutcome
                do throws(StoreError) {
                    now = try run(call)
                } catch {
                    failure = error
                    return
                }
                if was.value == now.value {
                    summary.unchanged += 1
                    return
                }
                let kind: Difference.Kind =
                    switch (was.isFailure, now.isFailure) {
                    case (false, true): .newlyFailing
                    case (true, false): .newlyPassing
                    case (true, true), (false, false): .changed
                    }
                summary.count(kind)
                differences.append(
                    Difference(
                        lead: lead, moment: stored.number, seq: call.line.seq, trigger: call.line.trigger,
                        run: call.line.run, kind: kind, was: was.value, now: now.value))
            }
            if let failure { throw failure }
            return (summary, differences)
        }

        private func run(_ call: RecordedCall) throws(StoreError) -> ComparedOutcome {
            var result = try call.run(with: runner, in: replay.store).result
            if case .decider(let steps) = call.request.role { result = result.judged(for: steps) }
            return ComparedOutcome(result)
        }
    }
}

/// What a call came to, in the form in which two of them are compared.
private struct ComparedOutcome {
    let value: Value
    let isFailure: Bool

    init(_ result: CallResult) {
        switch result.outcome {
        case .effects(let effects): self.init(effects: effects.map(\.value))
        case .answer(let answer): self.init(answer: answer)
        case .skipped: self = .skipped
        case .failed(let failure): self.init(reason: failure.reason.rawValue, failure.message)
        }
    }

    static let skipped = ComparedOutcome(["outcome": "skipped"])

    init(effects: [Value]) {
        self.init(["outcome": "ok", "effects": .list(effects)])
    }

    init(answer: Value) {
        var table: Table = ["outcome": "ok"]
        for key in ["keep", "remove", "reason"] {
            guard let member = answer.table?[key], !member.isNull else { continue }
            // An empty table is a list here.
            let isEmpty = member.table?.isEmpty ?? false
            table[key] = isEmpty ? .list([]) : member
        }
        self.init(.table(table))
    }

    init(reason: String, _ message: String) {
        self.init(
            ["outcome": "failed", "reason": .string(reason), "message": .string(message)], isFailure: true)
    }

    private init(_ value: Value, isFailure: Bool = false) {
        self.value = value
        self.isFailure = isFailure
    }
}

extension CallLine {
    /// Whether it would come to the same on any machine (R37).
    fileprivate var isFunctionOfItsInput: Bool {
        guard case .failed(let reason, _, _) = outcome else { return true }
        switch Journeys.CallFailure.Reason(rawValue: reason) {
        case .deadline, .crash, .quarantined, .momentLimit: return false
        case .error, .budget, .memory, .effects, .value, .refused, .answer, .unavailable, .params, nil:
            return true
        }
    }

    fileprivate var compared: ComparedOutcome {
        switch outcome {
        case .effects(let effects): ComparedOutcome(effects: effects.map(\.value))
        case .decided(let answer): ComparedOutcome(answer: answer.value)
        case .skipped: .skipped
        case .failed(let reason, let message, _): ComparedOutcome(reason: reason, message)
        }
    }
}

extension Replay.Difference {
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("lead", lead.text)
        writer.field("moment", moment)
        if let seq { writer.field("seq", seq) }
        writer.field("trigger", trigger)
        writer.field("run", run.description)
        writer.field("result", kind.rawValue)
        writer.field("was", was)
        writer.field("now", now)
        writer.endObject()
    }
}
