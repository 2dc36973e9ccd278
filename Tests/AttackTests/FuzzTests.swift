import Foundation
import TestKit
import Testing
import Values

@testable import LuaSandbox

/// Random sources and values from a seed, after what the corpus holds. `FUZZ_SECONDS` says how long they go
/// on together, `FUZZ_SEED` repeats a run, and `FUZZ_KEEP` names a folder for sources that end as none before.
@Suite(.serialized, .enabled(if: !Sanitizers.hasThread, "signals are held back"))
struct FuzzTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seconds = environment["FUZZ_SECONDS"].flatMap(Double.init) ?? 8
    private static let seed =
        environment["FUZZ_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0..<1_000_000)

    @Test func `random changes of scripts do no harm`() throws {
        let corpus = Corpus.sources
        try #require(corpus.count > 20)
        let kept = Corpus.Kept(in: Self.environment["FUZZ_KEEP"])
        try Self.onThread(
            "sources", part: 0.5, first: corpus.map(\.bytes), make: Self.changed, bytes: { $0 }
        ) { source, canary in
            kept?.note(source, endedAs: Self.run(source))
            return canary.isRight
        }
    }

    @Test func `random values come back as they went in`() throws {
        try Self.onThread(
            "values", part: 0.25, first: [], make: { Self.value(&$0, depth: 0) },
            bytes: { EncodedValue($0).bytes }
        ) { value, canary in
            canary.echo(EncodedValue(value)) == .success(value)
        }
    }

    @Test func `bytes that are not an encoded value are refused`() throws {
        let corpus = Corpus.bytes
        try #require(corpus.count > 5)
        try Self.onThread(
            "bytes", part: 0.25, first: corpus.map(\.bytes), make: Self.changedBytes, bytes: { $0 }
        ) { bytes, canary in
            // A copy without spare room, so that the address sanitizer sees a read behind its end.
            _ = canary.echo(EncodedValue(bytes: Array(bytes)))
            return canary.isRight
        }
    }

    /// Tries each of `first`, then what `make` makes until a part of the time is over. What is tried is
    /// in a file, should the process not survive it.
    private static func onThread<Input>(
        _ name: String, part: Double, first: [Input],
        make: @escaping @Sendable (inout Linear) -> Input, bytes: @escaping @Sendable (Input) -> [UInt8],
        _ isRight: @escaping @Sendable (Input, Canary) -> Bool
    ) throws where Input: Sendable {
        let path = FileManager.default.temporaryDirectory.appending(path: "signalbox-fuzz-\(name)").path
        let file = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        defer { close(file) }
        print("fuzzing \(name): FUZZ_SEED=\(seed) FUZZ_SECONDS=\(seconds), what is tried is in \(path)")
        @Sendable func isWithoutHarm(_ input: Input, _ canary: Canary) -> Bool {
            let bytes = bytes(input)
            _ = pwrite(file, bytes, bytes.count, 0)
            _ = ftruncate(file, bytes.count)
            return isRight(input, canary)
        }
        let thread = SandboxThread(name: "fuzz") {
            do {
                let canary = try Canary()
                for (index, input) in first.enumerated() where !isWithoutHarm(input, canary) {
                    Issue.record("number \(index) of the corpus does harm")
                }
                var random = Linear(state: seed)
                let end = ContinuousClock.now + .seconds(seconds * part)
                var rounds = 0
                while ContinuousClock.now < end {
                    rounds += 1
                    guard isWithoutHarm(make(&random), canary) else {
                        Issue.record("FUZZ_SEED=\(seed): round \(rounds) does harm; it is in \(path)")
                        return
                    }
                }
                print("fuzzing \(name): \(first.count) of the corpus, \(rounds) rounds")
            } catch {
                Issue.record(error)
            }
        }
        try #require(thread).join()
    }

    /// Loads a source and calls it twice. Returns how it ended, without what differs by chance.
    private static func run(_ source: [UInt8]) -> String {
        let program = Program(
            main: Source(name: "fuzz.lua", text: source), modules: [:],
            library: [Source(name: "host", "host = ...")])
        let limits = Limits(memoryBytes: 2 << 20, deadline: .milliseconds(10))
        do throws(LoadFailure) {
            let sandbox = try Sandbox(program, limits: limits)
            guard let run = sandbox.exports["run"]?.functionID else { return "there is no function" }
            _ = sandbox.call(run, Attack.input)
            switch sandbox.call(run, Attack.input).outcome {
            case .success: return "success"
            case .failure(let failure): return "\(failure.reason): \(failure.message)"
            }
        } catch {
            return "load \(error.reason): \(error.message)"
        }
    }

    private static func changedBytes(_ random: inout Linear) -> [UInt8] {
        var bytes = EncodedValue(value(&random, depth: 0)).bytes
        for _ in 0...Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0...2, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...9, using: &random)
            case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
            default: bytes.removeLast(place)
            }
        }
        return bytes
    }

    /// An attack or a source of the corpus with pieces of others, words of the language and odd bytes put in,
    /// or pieces taken out.
    private static func changed(_ random: inout Linear) -> [UInt8] {
        func pick() -> [UInt8] {
            if Int.random(in: 0...3, using: &random) == 0,
                let source = Corpus.sources.randomElement(using: &random)
            {
                return source.bytes
            }
            guard let attack = Attack.all.randomElement(using: &random) else { return [] }
            return Array(
                (attack.place == "load" ? attack.text : "return { run = function(...) \(attack.text)\nend }")
                    .utf8)
        }
        var text = pick()
        for _ in 0...Int.random(in: 0...4, using: &random) {
            let place = Int.random(in: 0...text.count, using: &random)
            switch Int.random(in: 0...4, using: &random) {
            case 0:
                let other = pick()
                let start = Int.random(in: 0...other.count, using: &random)
                text.insert(contentsOf: other[start..<min(start + 60, other.count)], at: place)
            case 1:
                text.removeSubrange(place..<min(place + Int.random(in: 0...20, using: &random), text.count))
            case 2: text.insert(UInt8.random(in: 0...255, using: &random), at: place)
            default: text.insert(contentsOf: " \(words.randomElement(using: &random) ?? "") ".utf8, at: place)
            }
        }
        return text
    }

    private static let words = [
        "and", "break", "do", "else", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
        "not",
        "or", "repeat", "return", "then", "true", "until", "while", "<close>", "<const>", "...", "..", "//",
        "<<",
        "~=", "::a::", "goto a", "0x7fffffffffffffff", "1e308", "0/0", "{}", "''", "#t", "t[1]",
        "(function() end)()",
        "pcall(", "coroutine.wrap(", "coroutine.yield()", "setmetatable({}, {__index=_G})",
        "string.rep('x', 1e7)",
        "table.sort(", "pairs(", "next(", "load(", "error(", "host.record(", "host.lookup(", "host.list(",
        "host.json_decode(", "host.json_encode(", "host.null", "math.mininteger", "table.unpack(",
        "select('#',",
    ]

    private static func value(_ random: inout Linear, depth: Int) -> Value {
        switch Int.random(in: 0...(depth < 5 ? 8 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .integer(Int64.random(in: .min ... .max, using: &random))
        case 3:
            let double = Double(bitPattern: random.next())
            return .double(double.isFinite ? double : 0.5)
        case 4, 5: return .string(text(&random))
        case 6, 7:
            var table = Table()
            for _ in 0...Int.random(in: 0...5, using: &random) {
                table[text(&random)] = value(&random, depth: depth + 1)
            }
            return .table(table)
        default:
            return .list(
                (0..<Int.random(in: 0...5, using: &random)).map { _ in value(&random, depth: depth + 1) })
        }
    }

    private static func text(_ random: inout Linear) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            let code = UInt32.random(in: 0...(Bool.random(using: &random) ? 0x7F : 0x10FFFF), using: &random)
            if let scalar = Unicode.Scalar(code) { text.unicodeScalars.append(scalar) }
        }
        return text
    }
}
