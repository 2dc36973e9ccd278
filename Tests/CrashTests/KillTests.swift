import Foundation
import TestKit
import Testing

@Suite("the program, killed")
struct KillTests {
    /// How often the program is killed in all.
    private static let kills =
        ProcessInfo.processInfo.environment["SIGNALBOX_LONG_TESTS"] == nil ? 20 : 200
    /// SIGNALBOX_SEED, or another one each time.
    private static let seed =
        ProcessInfo.processInfo.environment["SIGNALBOX_SEED"].flatMap(UInt64.init) ?? .random(in: 0...9999)
    /// So many kills are survived by one store.
    private static let killsOfOneStore = 20

    @Test("a program killed at any point keeps what it answered, whole and once")
    func killed() throws {
        for first in stride(from: 0, to: Self.kills, by: Self.killsOfOneStore) {
            let seed = Self.seed + UInt64(first)
            print("killing the program, SIGNALBOX_SEED=\(seed)")
            var story = try Story(seed: seed)
            for _ in first..<min(Self.kills, first + Self.killsOfOneStore) { try story.playUntilKilled() }
            try story.playToTheEnd()
            try story.verify()
        }
    }
}

/// One store, the processes that work on it one after the other, and who gives them commands.
private struct Story {
    private var random: SeededRandom
    private var workload: Workload
    private let folder: TemporaryFolder
    /// All commands, in the order in which they were first given.
    private var given: [Workload.Given] = []
    private var acknowledged = Acknowledged()
    private let seed: UInt64

    init(seed: UInt64) throws {
        self.seed = seed
        random = SeededRandom(seed: seed)
        workload = Workload(seed: seed &+ 1)
        folder = try TemporaryFolder()
        try Workload.lay(in: folder.path)
    }

    private var arguments: [String] {
        ["do", "-w", folder.path, "--commands", "-", "--format", "jsonl"]
    }

    /// What is not answered yet, and a few that are.
    private mutating func givenAgain() -> [Workload.Given] {
        given.filter { command in
            !acknowledged.commands.contains(command.id) || random.once(in: 50)
        }
    }

    /// Starts the program, gives it commands in portions, and kills it: after some time, or after some of
    /// its answers.
    mutating func playUntilKilled() throws {
        // With small ones, whole records, changes of records and leads that give their slots back alternate all the time.
        let program = try Program(arguments, storeLimits: random.once(in: 2) ? "5,3,20" : nil)
        let killer = Killer(program, &random)
        var portions = [givenAgain()]
        var told = portions[0]
        var sent = 0
        while killer.isWaiting {
            if portions.isEmpty {
                let portion = (0..<Int.random(in: 1...60, using: &random)).map { _ in workload.next() }
                given += portion
                told += portion
                portions = [portion]
            }
            // Each command is answered with a line at least.
            while program.isRunning, sent > program.lineCount + 300 { usleep(500) }
            let portion = portions.removeFirst()
            sent += portion.count
            if !program.give(portion.map(\.line)) { break }
            // Sometimes waits for answers, so that small commits and idle moments are hit too.
            if random.once(in: 3) { Thread.sleep(forTimeInterval: .random(in: 0...0.02, using: &random)) }
        }
        killer.finish()
        #expect(program.wait() == -SIGKILL, "\(program.errors)")
        try acknowledged.read(program.lines, to: told)
    }

    mutating func playToTheEnd() throws {
        let again = givenAgain()
        let (status, lines, errors) = try Program.run(arguments, input: again.map(\.line))
        #expect([0, 1].contains(status), "\(errors)")
        try acknowledged.read(lines, to: again)
    }

    func verify() throws {
        try Verification(
            path: folder("data/signalbox.db"), given: given, acknowledged: acknowledged
        ).run()
        print("seed \(seed): \(given.count) commands")
    }
}

/// Kills a program at a point of its own choice.
private final class Killer: Sendable {
    private let done = DispatchSemaphore(value: 0)
    private let program: Program
    /// After so many lines of answers; then after some more time.
    private let lines: Int
    private let seconds: Double

    init(_ program: Program, _ random: inout SeededRandom) {
        self.program = program
        // Some while the program starts, some in the middle of its work.
        lines = random.once(in: 3) ? 0 : Int.random(in: 1...500, using: &random)
        seconds = Double.random(in: 0...(lines == 0 ? 0.15 : 0.02), using: &random)
        Thread { [self] in
            while program.lineCount < lines, program.isRunning { usleep(200) }
            Thread.sleep(forTimeInterval: seconds)
            program.kill()
            done.signal()
        }.start()
    }

    var isWaiting: Bool { program.isRunning }

    func finish() { done.wait() }
}
