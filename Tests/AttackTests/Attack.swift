import Foundation
import LuaSandbox
import TestKit
import Values

/// One script that tries to do harm, and how it must end.
///
/// The file is the body of a function, or of a whole plugin where its head says `at: load`. The lines of
/// its head that the test reads: `expect:` one or more outcomes with bars between them, `returns:` the
/// result as JSON, `at:` where it runs (`call`, `deciding` or `load`).
struct Attack: Sendable, CustomStringConvertible {
    let name: String
    let expected: Set<String>
    let result: Value?
    let place: String
    let text: String

    var description: String { name }

    static let all: [Attack] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "attacks")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".lua") }.sorted().map { name in
            Attack(
                name: name,
                text: (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? "")
        }
    }()

    private init(name: String, text: String) {
        self.name = name
        self.text = text
        var head: [String: String] = [:]
        for line in text.split(separator: "\n").prefix(while: { $0.hasPrefix("--") }) {
            let parts = line.dropFirst(2).split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            head[parts[0].trimmingCharacters(in: .whitespaces)] = parts[1].trimmingCharacters(
                in: .whitespaces)
        }
        expected = Set((head["expect"] ?? "").split(separator: "|").map(String.init))
        result = head["returns"].flatMap { try? JSONReader.read($0) }
        place = head["at"] ?? "call"
    }

    /// Its result: the word that `expect` has, the result if there is one, and what it said.
    struct Outcome: Equatable {
        var word: String
        var result: Value?
        var message = ""
        /// CPU time of the thread, with the loading.
        var seconds = 0.0
        /// The same of the call that took longest.
        var callSeconds = 0.0
    }

    /// A call is given a table with two that are made when they are looked at, and the same once more as one that the host gives
    /// when it is looked at.
    static var input: CallInput {
        CallInput(
            arguments: [argument, .asked], keyed: keyed, now: 1_700_000_000_000, seed: 7, wantsResult: true,
            lookup: { $0 }, asked: { AskedTable(argument, keyed: keyed) })
    }

    private static let argument: EncodedValue = {
        var encoder = ValueEncoder()
        encoder.table { encoder in
            encoder.key("late")
            encoder.lateTable { $0.fields(["a": 1, "b": "x", "list": [1, 2.5], "table": ["a": .null]]) }
            encoder.key("keyed")
            encoder.keyed(0)
        }
        return encoder.finish()
    }()

    private static let keyed = KeyedTables(
        KeyedForm([(TableKeys((1...30).map { "track/step \($0)" }), TableWords(["waiting", "open"]))])
    ) { values in
        for index in values.indices { values[index] = UInt8(index % 2) }
    }

    /// Runs it once, in a sandbox of its own.
    func run(countingLines: Bool = false) -> Outcome {
        let start = Self.threadSeconds
        var outcome = attempt(countingLines)
        outcome.seconds = Self.threadSeconds - start
        return outcome
    }

    /// CPU time: on a busy machine everything takes long.
    private static var threadSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private func attempt(_ countsLines: Bool) -> Outcome {
        let isLoad = place == "load"
        let main = isLoad ? text : "return { run = function(...) \(text)\nend }"
        var program = Program(
            main: Source(name: name, main), modules: ["module": Source(name: "module.lua", "return {}")],
            library: [Source(name: "host", "host = ...")])
        if countsLines { program.coverage = LineCoverage([program.main]) }
        do throws(LoadFailure) {
            // What eats memory must not be overtaken by the clock on a busy machine.
            let deadline = name.hasPrefix("exhaust-") ? 500 : 50
            let limits = Limits(deadline: .milliseconds(Sanitizers.hasAddress ? 4 * deadline : deadline))
            let sandbox = try Sandbox(program, limits: limits)
            guard let run = sandbox.exports["run"]?.functionID else { return Outcome(word: "ok") }
            var input = Attack.input
            input.mayRecord = place != "deciding"
            // Twice: nothing that the first call did may be seen by the second.
            func call() -> Outcome {
                let start = Self.threadSeconds
                var outcome = Outcome(sandbox.call(run, input))
                outcome.callSeconds = Self.threadSeconds - start
                return outcome
            }
            var first = call()
            let second = call()
            first.callSeconds = max(first.callSeconds, second.callSeconds)
            let isSame = first.word == second.word && first.result == second.result
            // Which limit is reached first may depend on the machine, where both are named.
            let isAllowed = first.word != "ok" && expected.isSuperset(of: [first.word, second.word])
            return isSame || isAllowed
                ? first : Outcome(word: "\(first.word), then \(second.word)", message: "\(first) \(second)")
        } catch {
            return Outcome(word: error.reason.rawValue, message: error.message)
        }
    }
}

extension Attack.Outcome {
    init(_ report: CallReport) {
        switch report.outcome {
        case .success(let value): self.init(word: "ok", result: value)
        case .failure(let failure):
            self.init(word: failure.reason.rawValue, message: failure.message)
        }
    }
}
