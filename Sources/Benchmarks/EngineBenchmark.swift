import Dispatch
import Foundation
import Journeys
import Logging
import Plugins
import SQLiteStore
import Signalbox
import Store
import Synchronization
public import Values

/// Measures the engine with its lanes and a store on the disk, against what the disk and SQLite allow in
/// the same run.
public struct EngineBenchmark: Sendable {
    /// How many leads go side by side.
    public var leads: Int
    public var rounds: Int
    /// Commands that are computed, committed and answered.
    public var enginePerSecond: Double
    /// The same commands' rows, written straight with SQLite.
    public var storagePerSecond: Double
    /// The load under which the times below were taken.
    public var loadPerSecond: Double
    /// From when a command was due to its answer.
    public var medianMilliseconds: Double
    public var p99Milliseconds: Double

    public var engineToStorage: Double { enginePerSecond / storagePerSecond }

    /// The figures as a value, to be written as JSON.
    public var value: Value {
        [
            "leads": .integer(Int64(leads)), "rounds": .integer(Int64(rounds)),
            "engine_per_s": .double(enginePerSecond), "storage_per_s": .double(storagePerSecond),
            "engine_to_storage": .double(engineToStorage), "load_per_s": .double(loadPerSecond),
            "median_ms": .double(medianMilliseconds), "p99_ms": .double(p99Milliseconds),
        ]
    }

    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Engine and storage take turns, each round on stores of its own in a folder inside of `folder`, which
    /// is gone afterwards; the figures are medians.
    public static func run(leads: Int, rounds: Int, in folder: String) throws -> EngineBenchmark {
        let place = "\(folder)/signalbox-bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let generation = try JourneyWorkload.generation(in: place)
        let commands = JourneyWorkload.commands(leads: leads, prefix: "L")
        let rows = try rows(of: commands, generation)
        var engine: [Double] = []
        var storage: [Double] = []
        for round in 0..<rounds {
            let file = "\(place)/engine-\(round).db"
            engine.append(try measureEngine(commands, generation, file))
            let other = "\(place)/storage-\(round).db"
            _ = try SQLiteStore(at: other, mode: .readWrite)
            let began = ContinuousClock.now
            try StorageLimit.write(rows, to: other)
            storage.append(perSecond(commands.count, since: began))
        }
        let load = median(engine) / 2
        let times = try measureLatency(commands, generation, "\(place)/latency.db", perSecond: load)
        return EngineBenchmark(
            leads: leads, rounds: rounds, enginePerSecond: median(engine), storagePerSecond: median(storage),
            loadPerSecond: load, medianMilliseconds: times[times.count / 2],
            p99Milliseconds: times[times.count * 99 / 100])
    }

    private static func perSecond(_ count: Int, since began: ContinuousClock.Instant) -> Double {
        Double(count) / ((ContinuousClock.now - began) / .seconds(1))
    }

    private static func median(_ figures: [Double]) -> Double { figures.sorted()[figures.count / 2] }

    // MARK: The engine

    /// How many commands are on their way at once; what bounds memory, not speed.
    private static let windowLimit = 8_000

    private static func newEngine(_ generation: Generation, _ store: any Store) throws -> Engine {
        try Engine(
            store: store, generation: generation,
            logger: Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() }),
            clock: { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) })
    }

    private static func measureEngine(
        _ commands: [Command], _ generation: Generation, _ file: String
    ) throws -> Double {
        let engine = try newEngine(generation, SQLiteStore(at: file, mode: .readWrite))
        defer { engine.stop() }
        let window = DispatchSemaphore(value: windowLimit)
        let accepted = Atomic<Int>(0)
        let began = ContinuousClock.now
        for command in commands {
            window.wait()
            engine.submit(command) { result in
                if case .success(.accepted) = result { accepted.add(1, ordering: .relaxed) }
                window.signal()
            }
        }
        for _ in 0..<windowLimit { window.wait() }
        let rate = perSecond(commands.count, since: began)
        for _ in 0..<windowLimit { window.signal() }
        try requireAll(accepted.load(ordering: .relaxed), commands)
        return rate
    }

    /// Gives the commands at an even rate, whether answers come or not; milliseconds from when each was due
    /// to its answer, the shortest first.
    private static func measureLatency(
        _ commands: [Command], _ generation: Generation, _ file: String, perSecond: Double
    ) throws -> [Double] {
        let engine = try newEngine(generation, SQLiteStore(at: file, mode: .readWrite))
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
        try requireAll(all.count, commands)
        return all
    }

    private static func requireAll(_ accepted: Int, _ commands: [Command]) throws {
        guard accepted == commands.count else {
            throw Failure(description: "\(accepted) of \(commands.count) commands were accepted")
        }
    }

    // MARK: The rows

    /// What the commands leave in a store. No lead has two within as many as there are leads.
    private static func rows(of commands: [Command], _ generation: Generation) throws -> [MomentRows] {
        let store: any Store = MemoryStore()
        let engine = try SerialEngine(
            store: store, generation: generation,
            logger: Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() }),
            clock: { Timestamp(milliseconds: 1_700_000_000_000) })
        let together = commands.count / JourneyWorkload.commandsOfLead
        var rows: [MomentRows] = []
        rows.reserveCapacity(commands.count)
        for start in stride(from: 0, to: commands.count, by: together) {
            for answer in try engine.handle(Array(commands[start..<start + together])) {
                guard case .accepted(let moment) = answer, let lead = try store.lead(moment.lead) else {
                    throw Failure(description: "a command of the workload came to \(answer)")
                }
                rows.append(MomentRows(moment, of: lead, after: commands[rows.count]))
            }
        }
        return rows
    }
}
