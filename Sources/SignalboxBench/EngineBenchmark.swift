import Foundation
import Journeys
import Plugins
import SQLiteStore
import Signalbox
import Values
import Workspace

/// Measures the engine with its lanes and a store on the disk, against what else could do the same on this
/// machine in the same run.
struct EngineBenchmark: Sendable {
    /// What is measured, and on how much.
    struct Plan: Sendable {
        /// How many leads go side by side.
        var sideBySide = 1000
        /// How often others take their place in one turn: what the store puts off shows only then.
        var waves = 3
        /// How often what is compared takes turns.
        var rounds = 11
        /// How many leads the large store has; 0 leaves out what is measured on it.
        var leads = 1_000_000
        /// How many triggers are loaded beside the one that an event has; 0 leaves that out.
        var triggers = 10_000
        var plugins = 1_000
        /// A folder on the disk that is measured.
        var folder = "."

        init() {}
    }

    let plan: Plan
    let figures: [Figure]
    let bars: [Bar]

    /// Whether there was a Redis to compare with.
    var hasRedis: Bool { bars.contains { $0.figure.key == Self.redisKey && $0.isHeld != nil } }

    private static let redisKey = "engine_to_redis"

    /// The figures as a value, to be written as JSON; null for what was left out.
    var value: Value {
        var table: Table = [
            "side_by_side": .integer(Int64(plan.sideBySide)), "rounds": .integer(Int64(plan.rounds)),
            "waves": .integer(Int64(plan.waves)), "leads": .integer(Int64(plan.leads)),
            "triggers": .integer(Int64(plan.triggers)),
            "plugins": .integer(Int64(plan.plugins)),
        ]
        for figure in figures { table[figure.key] = figure.value.map(Value.double) ?? .null }
        table["bars"] = bars.value
        return .table(table)
    }

    /// Works in a folder of its own inside of the plan's, which is gone afterwards. What is compared takes
    /// turns; figures are medians, and a ratio is the median of each turn's, so that a machine that is busy
    /// for a while does not count. `progress` is told what is being measured.
    static func run(_ plan: Plan, progress: (String) -> Void) throws -> EngineBenchmark {
        let place = try makePlace(in: plan.folder)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let generation = try JourneyWorkload.generation(in: "\(place)/workspace")
        // First, for the memory that the others use is given back late or never.
        let many = try plan.leads > 0 ? measureMany(plan, generation, place, progress) : nil
        let speed = try measureSpeed(plan, generation, place, progress)
        progress("many triggers")
        let events =
            try plan.triggers > 0
            ? ManyTriggers.measure(
                plugins: plan.plugins, triggers: plan.triggers, leads: max(1, plan.sideBySide / 5),
                rounds: max(3, plan.rounds), in: place)
            : nil
        progress("growth")
        let growth = try Growth.measure(
            leads: max(1, plan.sideBySide / 5), rounds: max(3, plan.rounds), in: place)

        let measured = Measured(
            plan: plan, many: many, speed: speed, events: events, growth: growth)
        return EngineBenchmark(plan: plan, figures: measured.figures, bars: measured.bars)
    }

    // MARK: Speed

    /// One turn; speeds are in commands a second.
    private struct Turn {
        let engine: Double
        /// Processor time of one command, of all the engine's threads and of the one that gives commands.
        let engineMicroseconds: Double
        let storage: Double
        let redis: Double?
        let stream: Double?
        /// In milliseconds, of an answer at half of what the engine did just before.
        let answer: (median: Double, p99: Double)
        /// In milliseconds, of a commit of the same rows at the same rate straight with SQLite.
        let storageP99: Double
    }

    private static func measureSpeed(
        _ plan: Plan, _ generation: Generation, _ place: String, _ progress: (String) -> Void
    ) throws -> [Turn] {
        let commands = JourneyWorkload.commands(leads: plan.sideBySide, waves: plan.waves)
        let rows = try MomentRows.rows(of: commands, generation, together: plan.sideBySide)
        try FileManager.default.createDirectory(atPath: "\(place)/redis", withIntermediateDirectories: false)
        let redis = try RedisServer.program.map { try RedisServer($0, in: "\(place)/redis") }
        let pieces = redis == nil ? [] : RedisServer.pieces(of: commands, at: MomentRows.time)
        let program = try StreamProgram(commands, workspace: "\(place)/workspace")
        var turns: [Turn] = []
        for round in 1...plan.rounds {
            progress("speed, round \(round) of \(plan.rounds)")
            // What is compared with the engine comes right before and behind it: a machine changes its speed.
            let path = "\(place)/storage-\(round).db"
            _ = try SQLiteStore(at: path, mode: .readWrite)
            let storage = try perSecond(commands.count) { try StorageLimit.write(rows, to: path) }
            let before = processorMicroseconds()
            let engine = try RunningEngine.with(generation, at: "\(place)/engine-\(round).db") {
                try $0.run(commands)
            }
            let used = processorMicroseconds() - before
            let stream = try program?.run()
            let times = try RunningEngine.with(generation, at: "\(place)/times-\(round).db") {
                try $0.times(of: commands, perSecond: engine / 2)
            }
            let timed = "\(place)/storage-times-\(round).db"
            _ = try SQLiteStore(at: timed, mode: .readWrite)
            let storageTimes = try StorageLimit.times(rows, to: timed, perSecond: engine / 2)
            let function = try redis.map { redis in
                try redis.clear()
                let rate = try perSecond(commands.count) { try redis.run(pieces, count: commands.count) }
                if round == 1 { try redis.requireJournal(of: rows) }
                return rate
            }
            turns.append(
                Turn(
                    engine: engine, engineMicroseconds: used / Double(commands.count), storage: storage,
                    redis: function, stream: stream,
                    answer: (times[times.count / 2], times[times.count * 99 / 100]),
                    storageP99: storageTimes[storageTimes.count * 99 / 100]))
        }
        return turns
    }

    // MARK: A large store

    private struct Many {
        let startMilliseconds: Double
        /// Nil where the system does not tell.
        let residentBytes: Double?
        /// Commands a second, in a small store and in the large one.
        let turns: [(small: Double, large: Double)]
    }

    /// How many leads are active at once while memory is measured.
    private static let activeLimit = 10_000

    private static func measureMany(
        _ plan: Plan, _ generation: Generation, _ place: String, _ progress: (String) -> Void
    ) throws -> Many {
        let large = try ManyLeads(plan.leads, of: generation, at: "\(place)/large.db", progress: progress)
        progress("start and memory")
        let began = ContinuousClock.now
        let running = try RunningEngine(generation, at: large.path)
        defer { running.stop() }
        try running.run([Command(lead: large.id(0), order: .set(LeadChanges(fields: ["seen": true])))])
        let start = (ContinuousClock.now - began) / .milliseconds(1)
        let active = (0..<min(activeLimit, plan.leads)).map(large.id)
        for order in JourneyWorkload.opening {
            try running.run(active.map { Command(lead: $0, order: order) })
        }
        let resident = residentBytes()
        try running.run(active.map { Command(lead: $0, order: JourneyWorkload.ending) })
        // From here on each lead that comes drives out another, as in an engine that has run for long.
        let others = (0..<min(SQLiteStore.Limits().recent, plan.leads)).map { large.id(active.count + $0) }
        try running.run(
            others.map { Command(lead: $0, order: .set(LeadChanges(fields: ["seen": true]))) })
        try large.readThrough()
        var turns: [(small: Double, large: Double)] = []
        var position = active.count + others.count
        for round in 1...plan.rounds {
            progress("large store, round \(round) of \(plan.rounds)")
            let small = try ManyLeads(
                plan.sideBySide, of: generation, at: "\(place)/small-\(round).db", progress: { _ in })
            let together = min(plan.sideBySide, plan.leads)
            let waves = (0..<plan.waves).map { wave in
                (0..<together).map { large.id(position + wave * together + $0) }
            }
            position += plan.waves * together
            let same = [[LeadID]](repeating: (0..<small.count).map(small.id), count: plan.waves)
            turns.append(
                (
                    small: try RunningEngine.with(generation, at: small.path) {
                        try $0.run(same.flatMap { JourneyWorkload.commands(of: $0) })
                    }, large: try running.run(waves.flatMap { JourneyWorkload.commands(of: $0) })
                ))
        }
        return Many(startMilliseconds: start, residentBytes: resident, turns: turns)
    }
}

// MARK: What it comes to

extension EngineBenchmark {
    /// What was measured, turn by turn.
    private struct Measured {
        let plan: Plan
        let many: Many?
        let speed: [Turn]
        let events: ManyTriggers?
        let growth: Growth

        private var redis: [Double] { speed.compactMap(\.redis) }
        private var stream: [Double] { speed.compactMap(\.stream) }

        var bars: [Bar] {
            [
                Bar(
                    Figure(
                        "engine_to_storage", "engine / storage limit",
                        median(speed.map { $0.engine / $0.storage }), digits: 2),
                    atLeast: 0.65),
                Bar(
                    Figure(
                        redisKey, "engine / Redis function",
                        redis.isEmpty
                            ? nil : median(speed.compactMap { turn in turn.redis.map { turn.engine / $0 } }),
                        digits: 2),
                    atLeast: 1),
                Bar(
                    Figure(
                        "stream_to_engine", "`do --commands` / engine",
                        stream.isEmpty
                            ? nil
                            : median(speed.compactMap { turn in turn.stream.map { $0 / turn.engine } }),
                        digits: 2),
                    atLeast: 0.75),
                Bar(
                    Figure(
                        "large_to_small_store", "engine with \(plan.leads) leads / with \(plan.sideBySide)",
                        many.map { median($0.turns.map { $0.large / $0.small }) }, digits: 2),
                    atLeast: 0.8),
                Bar(
                    Figure(
                        "p99_ms", "p99 of an answer at half of the engine's load, ms",
                        median(speed.map(\.answer.p99)),
                        digits: 1),
                    // Nothing that waits for the disk is faster than the disk.
                    atMost: 20, isJudged: median(speed.map(\.storageP99)) <= 20),
                Bar(
                    Figure(
                        "resident_mib", "memory with \(plan.leads) leads, 10000 of them active, MiB",
                        many?.residentBytes.map { $0 / 1_048_576 }),
                    atMost: 512),
                Bar(
                    Figure(
                        "start_ms", "from start to first answer with \(plan.leads) leads, ms",
                        many?.startMilliseconds),
                    atMost: 2000),
                Bar(
                    Figure(
                        "event_among_many", "event among \(plan.triggers) triggers / alone", events?.ratio,
                        digits: 2),
                    atMost: 1.1),
            ] + growth.rows.map { Bar(Figure($0.key, $0.title, $0.ratio, digits: 2), atMost: $0.limit) }
        }

        var figures: [Figure] {
            [
                Figure("engine_per_s", "engine, commands a second", median(speed.map(\.engine))),
                Figure(
                    "engine_cpu_us", "processor time of a command, us",
                    median(speed.map(\.engineMicroseconds)), digits: 1),
                Figure("storage_per_s", "storage limit, commands a second", median(speed.map(\.storage))),
                Figure(
                    "redis_per_s", "Redis function, commands a second", redis.isEmpty ? nil : median(redis)),
                Figure(
                    "stream_per_s", "`do --commands`, commands a second",
                    stream.isEmpty ? nil : median(stream)),
                Figure(
                    "load_per_s", "half of the engine's load, commands a second",
                    median(speed.map(\.engine)) / 2),
                Figure(
                    "median_ms", "median of an answer at that load, ms", median(speed.map(\.answer.median)),
                    digits: 1),
                Figure(
                    "storage_p99_ms", "p99 of a commit at that load straight with SQLite, ms",
                    median(speed.map(\.storageP99)), digits: 1),
                Figure(
                    "small_store_per_s",
                    "engine with \(plan.sideBySide) leads in the store, commands a second",
                    many.map { median($0.turns.map(\.small)) }),
                Figure(
                    "large_store_per_s", "engine with \(plan.leads) leads in the store, commands a second",
                    many.map { median($0.turns.map(\.large)) }),
                Figure(
                    "event_alone_us", "a command with little loaded, us of processor time",
                    events?.aloneMicroseconds, digits: 1),
                Figure(
                    "event_among_many_us",
                    "a command among \(plan.plugins) plugins and \(plan.triggers) triggers, us",
                    events?.amongManyMicroseconds, digits: 1),
                Figure(
                    "growth_small_us", "a command on a map of 15 steps of a lead with 5 fields, us",
                    growth.smallMicroseconds, digits: 1),
            ]
        }
    }
}

/// Makes a folder of its own inside of another.
func makePlace(in folder: String) throws -> String {
    let place = "\(folder)/signalbox-bench-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
    return place
}

/// How many a second there were, when `work` does `count`.
func perSecond(_ count: Int, _ work: () throws -> Void) rethrows -> Double {
    let began = ContinuousClock.now
    try work()
    return Double(count) / ((ContinuousClock.now - began) / .seconds(1))
}

func median(_ figures: [Double]) -> Double { figures.sorted()[figures.count / 2] }

/// Processor time of all threads of the process.
func processorMicroseconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
}

/// How much memory of the process is resident; nil where the system does not tell.
private func residentBytes() -> Double? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
        let pages = text.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
    else { return nil }
    return pages * Double(sysconf(CInt(_SC_PAGESIZE)))
}
