import Foundation
import LuaSandbox
import TestKit
import Testing
import Values

/// Good and bad calls of many sandboxes for a long time. `SOAK_SECONDS` says how long; then memory must stay
/// flat too, for which the test must run alone: what others beside it hold is counted as well.
@Suite(.serialized, .enabled(if: !Sanitizers.hasThread, "signals are held back"))
struct SoakTests {
    @Test func `memory stays flat and results stay right`() throws {
        let seconds = ProcessInfo.processInfo.environment["SOAK_SECONDS"].flatMap(Double.init)
        let thread = SandboxThread(name: "soak") {
            do { try Self.soak(seconds: seconds ?? 5, isAlone: seconds != nil) } catch { Issue.record(error) }
        }
        try #require(thread).join()
    }

    private static func soak(seconds: Double, isAlone: Bool) throws {
        let canary = try Canary()
        var random = Linear(state: 3)
        var sandboxes = try (0..<20).map { _ in try make() }
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        var settled: Int?
        var calls = 0
        while ContinuousClock.now < end {
            let index = Int.random(in: 0..<sandboxes.count, using: &random)
            if calls % 500 == 499 { sandboxes[index] = try make() }
            let sandbox = sandboxes[index]
            let name = ["good", "good", "good", "eat", "fail", "spin", "crash", "log"].randomElement(
                using: &random)
            let run = try #require(sandbox.exports[name ?? "good"]?.functionID)
            var input = Attack.input
            input.arguments = [EncodedValue(["number": .integer(Int64(calls))])]
            let report = sandbox.call(run, input)
            if name == "good" {
                #expect(report.outcome == .success(["number": .integer(Int64(calls)), "count": 1]))
            }
            if calls % 100 == 0 { #expect(canary.isRight) }
            calls += 1
            if settled == nil, ContinuousClock.now - start > .seconds(seconds / 4) {
                settled = residentBytes()
            }
        }
        let grown = residentBytes() - (settled ?? 0)
        print("soak: \(calls) calls, grown by \(grown >> 10) KiB after the first quarter")
        #expect(grown < 8 << 20 || !isAlone || Sanitizers.hasAddress)
    }

    private static func make() throws -> Sandbox {
        try Sandbox(
            Program(
                main: Source(
                    name: "soak.lua",
                    """
                    local count = 0
                    local function grow(n) if n > 0 then return 1 + grow(n - 1) end return 0 end
                    local t = setmetatable({}, { __concat = function() grow(3000) return "x" end })
                    return {
                      good = function(event) count = count + 1 return { number = event.number, count = count } end,
                      eat = function() local keep = {} while true do keep[#keep + 1] = ("x"):rep(#keep) end end,
                      fail = function() count = 7 error({ count }) end,
                      spin = function() while true do count = count + 1 end end,
                      crash = function() for i = 1, 100 do local _ = "a" .. "b" .. t .. "c" .. t .. "d" .. t end end,
                      log = function() for i = 1, 3000 do print(i) host.record{ i } end end,
                    }
                    """), library: [Source(name: "host", "host = ...")]),
            limits: Limits(memoryBytes: 4 << 20, deadline: .milliseconds(5)))
    }

    private static func residentBytes() -> Int {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
        return (fields.flatMap { $0.count > 1 ? Int($0[1]) : nil } ?? 0) * sysconf(Int32(_SC_PAGESIZE))
    }
}
