import CSandboxBench
import LuaSandbox
import Values

/// Measures what the sandbox costs, against the same handlers called without one in the same run.
struct SandboxBenchmark: Sendable {
    /// One handler and what a call of it takes in each setting.
    struct Row: Sendable {
        var handler: String
        /// Bare `lua_pcall` from C, one state for all calls, no limits.
        var sharedNanoseconds: Double
        /// A state of its own for each call.
        var freshNanoseconds: Double
        /// The sandbox from Swift with everything that is on by default.
        var sandboxNanoseconds: Double
        /// The same with an instruction budget.
        var budgetNanoseconds: Double
        /// As `sandboxNanoseconds`, with the result as a tree of values instead of read where it lies.
        var valuesNanoseconds: Double

        var sandboxToShared: Double { sandboxNanoseconds / sharedNanoseconds }
        var budgetToShared: Double { budgetNanoseconds / sharedNanoseconds }
        var freshToSandbox: Double { freshNanoseconds / sandboxNanoseconds }
    }

    var rows: [Row]
    /// What loading one plugin takes.
    var loadNanoseconds: Double
    /// How many plugins were loaded at once to measure what one holds.
    var pluginCount: Int
    /// Resident memory of one loaded plugin, each called once.
    var bytesPerPlugin: Double
    var imageBytes: Int

    var bars: [Bar] {
        func row(_ handler: String) -> Row {
            guard let row = rows.first(where: { $0.handler == handler }) else {
                preconditionFailure("\(handler) was not measured")
            }
            return row
        }
        return [
            Bar(
                Figure(
                    "greeting_sandbox_to_shared", "greeting, sandbox / shared state",
                    row("greeting").sandboxToShared, digits: 2),
                atMost: 1.22),
            Bar(
                Figure(
                    "tables_sandbox_to_shared", "tables, sandbox / shared state",
                    row("tables").sandboxToShared, digits: 2),
                atMost: 1),
            Bar(
                Figure(
                    "greeting_fresh_to_sandbox", "greeting, fresh state / sandbox",
                    row("greeting").freshToSandbox, digits: 2),
                atLeast: 10),
            Bar(Figure("load_ms", "loading a plugin, ms", loadNanoseconds / 1e6, digits: 2), atMost: 1),
            Bar(
                Figure("kib_per_plugin", "memory of a plugin, KiB", bytesPerPlugin / 1024, digits: 2),
                atMost: 64),
        ]
    }

    /// Each figure is the best of several rounds; `seconds` is about how long one figure is measured.
    static func run(seconds: Double = 1, pluginCount: Int = 1000) throws -> SandboxBenchmark {
        var rows: [Row] = []
        for (name, source) in handlers { rows.append(try measure(name, source, seconds: seconds)) }
        let plugins = try loadMany(pluginCount)
        return SandboxBenchmark(
            rows: rows, loadNanoseconds: plugins.nanoseconds, pluginCount: pluginCount,
            bytesPerPlugin: plugins.bytes, imageBytes: plugins.imageBytes)
    }

    /// What calls take, as lines for people.
    var lines: [String] {
        var lines = [
            "ns a call     shared state   fresh state       sandbox   with budget     as values   sandbox/shared   fresh/sandbox"
        ]
        for row in rows {
            lines.append(
                row.handler.padded(to: -10) + whole(row.sharedNanoseconds).padded(to: 16)
                    + whole(row.freshNanoseconds).padded(to: 14)
                    + whole(row.sandboxNanoseconds).padded(to: 14)
                    + whole(row.budgetNanoseconds).padded(to: 14)
                    + whole(row.valuesNanoseconds).padded(to: 14) + ratio(row.sandboxToShared).padded(to: 17)
                    + ratio(row.freshToSandbox).padded(to: 16))
        }
        lines.append(
            "loading a plugin: \(whole(loadNanoseconds / 1000)) us; "
                + "\(pluginCount) plugins: \(whole(bytesPerPlugin / 1024)) KiB each; "
                + "copied for each call: \(whole(Double(imageBytes) / 1024)) KiB")
        return lines
    }

    /// The figures as a value, to be written as JSON.
    var value: Value {
        var handlers = Table()
        for row in rows {
            handlers[row.handler] = [
                "shared_ns": .double(row.sharedNanoseconds), "fresh_ns": .double(row.freshNanoseconds),
                "sandbox_ns": .double(row.sandboxNanoseconds), "budget_ns": .double(row.budgetNanoseconds),
                "values_ns": .double(row.valuesNanoseconds),
                "sandbox_to_shared": .double(row.sandboxToShared),
                "budget_to_shared": .double(row.budgetToShared),
                "fresh_to_sandbox": .double(row.freshToSandbox),
            ]
        }
        return [
            "bars": bars.value, "handlers": .table(handlers), "load_ns": .double(loadNanoseconds),
            "plugins": .integer(Int64(pluginCount)), "bytes_per_plugin": .double(bytesPerPlugin),
            "image_bytes": .integer(Int64(imageBytes)),
        ]
    }

    private func whole(_ number: Double) -> String { String(Int(number + 0.5)) }

    private func ratio(_ number: Double) -> String {
        let hundredths = Int(number * 100 + 0.5)
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }

    /// Chunks that return the handler.
    private static let handlers: [(name: String, source: String)] = [
        ("empty", "return function() end"),
        (
            "greeting",
            """
            local templates = { hello = "Hello %s, welcome to %s", bye = "Bye %s" }
            local count = 0
            return function(event, params)
              count = count + 1
              local lead = event.lead
              local out = {}
              if lead.score > 10 and event.kind == "step.close" then
                out[#out + 1] = { type = "email", to = lead.email,
                  body = string.format(templates[params.template], lead.name, event.map) }
                out[#out + 1] = { type = "set", field = "last", value = event.step .. ":" .. count }
              end
              return out
            end
            """
        ),
        (
            "tables",
            """
            return function(event)
              local parts = {}
              for i = 1, 200 do
                local part = { number = i, text = "part " .. i, lead = event.lead.name }
                parts[#parts + 1] = part.text .. " of " .. part.lead
              end
              return table.concat(parts, ", ")
            end
            """
        ),
    ]

    private static let event: Value = [
        "kind": "step.close", "map": "new-buyer", "step": "watch-intro", "seq": 42,
        "lead": ["name": "Ada Lovelace", "email": "ada@example.com", "status": "open", "score": 12],
    ]

    /// What a host knows of its arguments beforehand: keys, words, the ids of what it has defined; not what a
    /// lead is called. The calls without a sandbox have all texts as constants of C, which the interpreter
    /// finds by their address.
    private static let names = [
        "email", "kind", "lead", "map", "name", "score", "seq", "status", "step", "template",
        "step.close", "open", "new-buyer", "watch-intro", "hello",
    ]

    private static func measure(_ name: String, _ source: String, seconds: Double) throws -> Row {
        let input = CallInput(
            arguments: [EncodedValue(event), EncodedValue(["template": "hello"])], wantsResult: true)
        let open = try load(source, limits: Limits())
        let budgeted = try load(source, limits: Limits(instructions: 10_000_000))
        var sharedBytes: UInt64 = 0
        var freshBytes: UInt64 = 0
        var row = Row(
            handler: name, sharedNanoseconds: .infinity, freshNanoseconds: .infinity,
            sandboxNanoseconds: .infinity, budgetNanoseconds: .infinity, valuesNanoseconds: .infinity)
        // The settings take turns, so that a machine that is busy for a while slows all of them.
        let rounds = 10
        let budget = seconds / Double(rounds)
        var counts: [UInt64] = [100, 10, 100, 100, 100]
        for round in -1..<rounds {
            let times: [Double] = [
                Double(sbx_bench_shared(source, counts[0], &sharedBytes)),
                Double(sbx_bench_fresh(source, counts[1], &freshBytes)),
                try time(open, input, counts[2]), try time(budgeted, input, counts[3]),
                try timeOfValues(open, input, counts[4]),
            ]
            guard times.allSatisfy({ $0 > 0 }) else { throw BenchmarkError(description: "\(name) failed") }
            let each = zip(times, counts).map { $0 / Double($1) }
            // The first round finds out how many calls fit.
            if round < 0 {
                counts = each.map { UInt64(max(budget * 1e9 / $0, 1)) }
                continue
            }
            row.sharedNanoseconds = min(row.sharedNanoseconds, each[0])
            row.freshNanoseconds = min(row.freshNanoseconds, each[1])
            row.sandboxNanoseconds = min(row.sandboxNanoseconds, each[2])
            row.budgetNanoseconds = min(row.budgetNanoseconds, each[3])
            row.valuesNanoseconds = min(row.valuesNanoseconds, each[4])
        }
        // In a state that calls share, the handler may answer differently later.
        _ = sbx_bench_shared(source, 1, &sharedBytes)
        let result = try textBytes(open, input)
        guard sharedBytes == freshBytes, sharedBytes == result else {
            throw BenchmarkError(description: "\(name) did not give the same result in all settings")
        }
        return row
    }

    private typealias Loaded = (sandbox: Sandbox, run: FunctionID)

    private static func load(_ source: String, limits: Limits) throws -> Loaded {
        let program = Program(main: Source(name: "bench.lua", source), names: names)
        let sandbox = try Sandbox(program, limits: limits)
        guard let run = sandbox.exports.functionID else { throw BenchmarkError(description: "no handler") }
        return (sandbox, run)
    }

    /// The result is read to its end, as the calls without a sandbox read theirs.
    private static func time(_ loaded: Loaded, _ input: CallInput, _ count: UInt64) throws -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        var sum: UInt64 = 0
        for _ in 0..<count { sum &+= try textBytes(loaded, input) }
        let time = clock.now - start
        guard sum == count &* (try textBytes(loaded, input)) else {
            throw BenchmarkError(description: "a call did not give the same result each time")
        }
        return time.nanoseconds
    }

    /// The same, with a tree of values made of each result.
    private static func timeOfValues(_ loaded: Loaded, _ input: CallInput, _ count: UInt64) throws -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        for _ in 0..<count {
            if case .failure(let failure) = loaded.sandbox.call(loaded.run, input).outcome { throw failure }
        }
        return (clock.now - start).nanoseconds
    }

    private static func loadMany(_ count: Int) throws -> (nanoseconds: Double, bytes: Double, imageBytes: Int)
    {
        let clock = ContinuousClock()
        let source = handlers[1].source
        // What is made once in a process is not counted.
        _ = try load(source, limits: Limits())
        let input = CallInput(
            arguments: [EncodedValue(event), EncodedValue(["template": "hello"])], wantsResult: true)
        var loaded: [Loaded] = []
        loaded.reserveCapacity(count)
        let before = sbx_bench_resident_bytes()
        let start = clock.now
        for _ in 0..<count { loaded.append(try load(source, limits: Limits())) }
        let time = clock.now - start
        for each in loaded { _ = each.sandbox.call(each.run, input) }
        let after = sbx_bench_resident_bytes()
        let held = after > before ? after - before : 0
        return (
            time.nanoseconds / Double(count), Double(held) / Double(count),
            loaded.first?.sandbox.imageBytes ?? 0
        )
    }

    /// Calls, and says how many bytes of text are in the result, keys left out.
    private static func textBytes(_ loaded: Loaded, _ input: CallInput) throws -> UInt64 {
        try loaded.sandbox.call(loaded.run, input) { call in
            if let failure = call.failure { throw failure }
            var sum: UInt64 = 0
            var result = call.result
            addTextBytes(of: &result, to: &sum)
            return sum
        }
    }

    private static func addTextBytes(of reader: inout ValueReader, to sum: inout UInt64) {
        switch reader.next() {
        case .string(let text): sum &+= UInt64(text.utf8.count)
        case .list(let count):
            for _ in 0..<count { addTextBytes(of: &reader, to: &sum) }
        case .table(let count):
            for _ in 0..<count {
                _ = reader.key()
                addTextBytes(of: &reader, to: &sum)
            }
        case .null, .bool, .integer, .double: break
        }
    }
}

extension Duration {
    fileprivate var nanoseconds: Double {
        Double(components.seconds) * 1e9 + Double(components.attoseconds) / 1e9
    }
}

extension String {
    /// With spaces before it, or behind it for a negative width.
    fileprivate func padded(to width: Int) -> String {
        let spaces = String(repeating: " ", count: max(abs(width) - count, 0))
        return width < 0 ? self + spaces : spaces + self
    }
}
