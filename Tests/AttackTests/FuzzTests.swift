import Foundation
import TestKit
import Testing
import Values

@testable import LuaSandbox

/// Random sources and values, after what the corpus holds. `FUZZ_KEEP` names a folder for sources that end as none
/// before.
@Suite(.serialized, .enabled(if: !Sanitizers.hasThread, "signals are held back"))
struct FuzzTests {
    @Test func `random changes of scripts do no harm`() throws {
        let corpus = Corpus.sources
        try #require(corpus.count > 20)
        let kept = Corpus.Kept(in: ProcessInfo.processInfo.environment["FUZZ_KEEP"])
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
                && canary.echo(Self.late(value)) == .success(value)
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

    /// Fuzzes on a thread of its own, with a canary that is asked after each input.
    private static func onThread<Input: Sendable>(
        _ name: String, part: Double, first: [Input],
        make: @escaping @Sendable (inout SeededRandom) -> Input,
        bytes: @escaping @Sendable (Input) -> [UInt8],
        _ isRight: @escaping @Sendable (Input, Canary) -> Bool
    ) throws {
        let thread = SandboxThread(name: "fuzz") {
            do {
                let canary = try Canary()
                try Fuzzing(name, part: part, otherwise: 8).run(first: first, make: make, bytes: bytes) {
                    try require(isRight($0, canary), "it does harm")
                }
            } catch {
                Issue.record(error)
            }
        }
        try #require(thread).join()
    }

    /// Loads a source and calls it twice. Returns how it ended, without what differs by chance.
    private static func run(_ source: [UInt8]) -> String {
        let program = Program(
            main: Source(name: "fuzz.lua", text: source), modules: modules,
            library: [Source(name: "host", library)])
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

    /// The value with every table in it made late.
    private static func late(_ value: Value) -> EncodedValue {
        var encoder = ValueEncoder()
        encoder.writeLate(value)
        return encoder.finish()
    }

    private static func changedBytes(_ random: inout SeededRandom) -> [UInt8] {
        let value = value(&random, depth: 0)
        var bytes = random.once(in: 2) ? EncodedValue(value).bytes : late(value).bytes
        for _ in 0...Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0...2, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...11, using: &random)
            case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
            default: bytes.removeLast(place)
            }
        }
        return bytes
    }

    /// A function of the library that calls another one is a frame between the plugin's.
    private static let library = """
        host = ...
        library = {
          call = function(f, ...) return f(...) end, tail = function(...) return (string.rep(...)) end,
          raise = function(...) error(...) end, add = function(a, b) return a + b end }
        """

    private static let modules: [ExactText: Source] = [
        "module": Source(name: "module.lua", "return { call = function(f, ...) return (f(...)) end }"),
        "failing": Source(name: "failing.lua", "return library.call(string.rep)"),
        "text": Source(name: "text.lua", "error 'text'"),
    ]

    /// An attack or a source of the corpus, changed.
    private static func changed(_ random: inout SeededRandom) -> [UInt8] {
        let texts = (0...2).map { _ -> [UInt8] in
            if random.once(in: 3) { return random.pick(Corpus.sources).bytes }
            let attack = random.pick(Attack.all)
            return Array(
                (attack.place == "load" ? attack.text : "return { run = function(...) \(attack.text)\nend }")
                    .utf8)
        }
        return random.changed(texts, words: words)
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
        "select('#',", "xpcall(", "coroutine.close(", "__pairs", "__index", "__close", "__tostring", "__lt",
        "__gc",
        "library.call(", "library.tail(", "library.raise(", "library.add(", "require 'module'",
        "require 'failing'", "require 'text'", "string.format('%.3g',", "%99.99f", "os.date(", "os.time{",
        "'%c%G-%V %U %W'", "year=", "-1000000", "math.huge", "tostring(0/0)", "-(0/0)", "string.rep(",
        "(...).late", "(...).keyed", "(...).late.list", "(...).keyed['track/step 7']", "rawget(", "rawset(",
        "select(2, ...)", "select(2, ...).late", "select(2, ...).keyed", "next(select(2, ...))",
    ]

    private static func value(_ random: inout SeededRandom, depth: Int) -> Value {
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

    private static func text(_ random: inout SeededRandom) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            let code = UInt32.random(in: 0...(Bool.random(using: &random) ? 0x7F : 0x10FFFF), using: &random)
            if let scalar = Unicode.Scalar(code) { text.unicodeScalars.append(scalar) }
        }
        return text
    }
}

extension ValueEncoder {
    fileprivate mutating func writeLate(_ value: Value) {
        switch value {
        case .null, .bool, .integer, .double, .string: self.value(value)
        case .list(let items):
            list { list in
                for item in items { list.writeLate(item) }
            }
        case .table(let table):
            lateTable { late in
                for entry in table {
                    late.key(entry.key)
                    late.writeLate(entry.value)
                }
            }
        }
    }
}
