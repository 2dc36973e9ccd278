import Foundation
import Testing
import Values

@testable import LuaSandbox

/// Random sources and values from a seed. `FUZZ_SECONDS` says how long each test goes on, `FUZZ_SEED`
/// repeats a run.
@Suite(.serialized, .enabled(if: !Sanitizers.hasThread, "signals are held back"))
struct FuzzTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seconds = environment["FUZZ_SECONDS"].flatMap(Double.init) ?? 3
    private static let seed =
        environment["FUZZ_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0..<1_000_000)

    @Test func `random changes of scripts do no harm`() throws {
        try Self.onThread("sources") { random, canary in
            var source = Self.changed(&random)
            let program = Program(
                main: Source(name: "fuzz.lua", text: source), modules: [:],
                library: [Source(name: "host", "host = ...")])
            let limits = Limits(memoryBytes: 2 << 20, deadline: .milliseconds(10))
            if let sandbox = try? Sandbox(program, limits: limits),
                let run = sandbox.exports["run"]?.functionID
            {
                _ = sandbox.call(run, Attack.input)
                _ = sandbox.call(run, Attack.input)
            }
            if !canary.isRight {
                source.append(UInt8(ascii: "\n"))
                Issue.record("the canary died of:\n\(String(decoding: source, as: UTF8.self))")
            }
        }
    }

    @Test func `random values come back as they went in`() throws {
        try Self.onThread("values") { random, canary in
            let value = Self.value(&random, depth: 0)
            #expect(canary.echo(EncodedValue(value)) == .success(value))
        }
    }

    @Test func `bytes that are no encoded value are refused`() throws {
        try Self.onThread("bytes") { random, canary in
            var bytes = EncodedValue(Self.value(&random, depth: 0)).bytes
            for _ in 0...Int.random(in: 0...3, using: &random) {
                switch Int.random(in: 0...2, using: &random) {
                case 0:
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                        in: 0...9, using: &random)
                case 1:
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                        in: 0...255, using: &random)
                default: bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
                }
            }
            // A copy without spare room, so that the address sanitizer sees a read behind its end.
            _ = canary.echo(EncodedValue(bytes: Array(bytes)))
            #expect(canary.isRight)
        }
    }

    private static func onThread(
        _ name: String, _ body: @escaping @Sendable (inout Linear, Canary) throws -> Void
    ) throws {
        print("fuzzing \(name): FUZZ_SEED=\(seed) FUZZ_SECONDS=\(seconds)")
        let thread = SandboxThread(name: "fuzz") {
            do {
                let canary = try Canary()
                var random = Linear(state: seed)
                let end = ContinuousClock.now + .seconds(seconds)
                var rounds = 0
                while ContinuousClock.now < end {
                    try body(&random, canary)
                    rounds += 1
                }
                print("fuzzing \(name): \(rounds) rounds")
            } catch {
                Issue.record(error)
            }
        }
        try #require(thread).join()
    }

    /// An attack with pieces of others, words of the language and odd bytes put in, or pieces taken out.
    private static func changed(_ random: inout Linear) -> [UInt8] {
        func pick() -> [UInt8] {
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
