import Dispatch
import Foundation
import Journeys
import Logging
import Plugins
import SQLiteStore
import Signalbox
import Store
import Synchronization
import Values
import Workspace

/// An engine on a store of its own, given commands as a program that embeds it does.
struct RunningEngine {
    /// How many lots of commands are on their way at once. It bounds memory, not speed.
    private static let windowLimit = 80
    /// How many commands are in a lot: the client is not woken for each answer.
    private static let lotCount = 100

    private let engine: Engine

    /// Opens the store in the file `path`, or makes it.
    init(_ generation: Generation, at path: String) throws {
        try self.init(generation, on: SQLiteStore(at: path, mode: .readWrite))
    }

    /// With a lane for each processor, or so many. The lanes keep their leads in memory, all of them where the number of
    /// lanes is given.
    init(_ generation: Generation, on store: any MomentStore, lanes: Int? = nil) throws {
        engine = try Engine(
            store: store, generation: generation, lanes: lanes, logger: .silent,
            leadsKeptLimit: lanes == nil ? Engine.leadsKeptLimit : .max,
            clock: { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) })
    }

    /// Runs `body` with an engine that is stopped afterwards.
    static func with<Result>(
        _ generation: Generation, at path: String, _ body: (RunningEngine) throws -> Result
    ) throws -> Result {
        let running = try RunningEngine(generation, at: path)
        defer { running.stop() }
        return try body(running)
    }

    func stop() { engine.stop() }

    /// Gives the commands, many at once, and waits until all are answered. How many were done in a second.
    @discardableResult
    func run(_ commands: [Command]) throws -> Double {
        let window = DispatchSemaphore(value: Self.windowLimit)
        let accepted = Atomic<Int>(0)
        let answered = Atomic<Int>(0)
        let began = ContinuousClock.now
        for (index, command) in commands.enumerated() {
            if index % Self.lotCount == 0 { window.wait() }
            engine.submit(command) { result in
                if case .success(.accepted) = result { accepted.add(1, ordering: .relaxed) }
                let count = answered.add(1, ordering: .acquiringAndReleasing).newValue
                if count % Self.lotCount == 0 || count == commands.count { window.signal() }
            }
        }
        for _ in 0..<Self.windowLimit { window.wait() }
        let rate = Double(commands.count) / ((ContinuousClock.now - began) / .seconds(1))
        // A semaphore must not end with less than it began with.
        for _ in 0..<Self.windowLimit { window.signal() }
        try Self.requireAll(accepted.load(ordering: .relaxed), commands)
        return rate
    }

    /// Gives the commands at an even rate, whether answers come or not; milliseconds from when each was due
    /// to its answer, the shortest first.
    func times(of commands: [Command], perSecond: Double) throws -> [Double] {
        let times = Mutex<[Double]>([])
        let began = ContinuousClock.now
        var given = 0
        while given < commands.count {
            let due = min(commands.count, Int((ContinuousClock.now - began) / .seconds(1) * perSecond))
            while given < due {
                let time = began + .seconds(Double(given) / perSecond)
                engine.submit(commands[given]) { result in
                    guard case .success(.accepted) = result else { return }
                    times.withLock { $0.append((ContinuousClock.now - time) / .milliseconds(1)) }
                }
                given += 1
            }
            usleep(500)
        }
        engine.stop()
        let all = times.withLock { $0.sorted() }
        try Self.requireAll(all.count, commands)
        return all
    }

    private static func requireAll(_ accepted: Int, _ commands: [Command]) throws {
        guard accepted == commands.count else {
            throw BenchmarkError(
                description: "\(accepted) of \(commands.count) commands were accepted")
        }
    }
}
