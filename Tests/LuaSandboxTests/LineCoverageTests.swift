import LuaSandbox
import Testing
import Values

@Suite("Lines that ran")
struct LineCoverageTests {
    private static let text = """
        -- A comment.
        local unused
        local function f(x)
          if x then
            return 1
          else
            x = 2
          end

          return x
        end

        return {
          f = f,
          g = function(...)
            local co = coroutine.wrap(function()
              coroutine.yield(1)
            end)
            return co(), ...
          end,
          loop = function() while true do end end,
          never = function()
            return 1
          end,
        }
        """

    private func sandbox(_ limits: Limits = Limits(), counting coverage: LineCoverage?) throws -> Sandbox {
        var program = Program(main: Source(name: "p.lua", Self.text))
        program.coverage = coverage
        return try Sandbox(program, limits: limits)
    }

    private func call(_ name: String, in sandbox: Sandbox, _ arguments: [EncodedValue] = []) throws
        -> CallReport
    {
        let function = try #require(sandbox.exports[name]?.functionID)
        return sandbox.call(function, CallInput(arguments: arguments, wantsResult: true))
    }

    @Test("lines with code are those of the compiler, in functions that no call made too")
    func lines() throws {
        let coverage = LineCoverage([Source(name: "p.lua", Self.text)])
        try #require(coverage.files.count == 1)
        #expect(
            coverage.files[0].linesWithCode
                == [2, 4, 5, 7, 10, 11, 13, 14, 16, 17, 18, 19, 20, 21, 23, 24, 25])
    }

    @Test("what ran is counted from loading on, in coroutines too, and what did not run is told")
    func ran() throws {
        let coverage = LineCoverage([Source(name: "p.lua", Self.text)])
        let sandbox = try sandbox(counting: coverage)
        #expect(coverage.linesThatDidNotRun(in: 0) == [4, 5, 7, 10, 16, 17, 18, 19, 21, 23])
        _ = try call("f", in: sandbox, [EncodedValue(true)])
        #expect(coverage.linesThatDidNotRun(in: 0) == [7, 10, 16, 17, 18, 19, 21, 23])
        _ = try call("f", in: sandbox)
        _ = try call("g", in: sandbox)
        #expect(coverage.linesThatDidNotRun(in: 0) == [21, 23])
    }

    @Test(
        "a file with a byte order mark and a #! line has its own numbers, and one that does not parse has none"
    )
    func beginnings() {
        let sources = [
            Source(name: "a.lua", "\u{FEFF}#!/bin/lua\nreturn 1\n"), Source(name: "b.lua", "return ("),
        ]
        let coverage = LineCoverage(sources)
        #expect(coverage.files.map(\.name) == ["a.lua"])
        #expect(coverage.files[0].linesWithCode == [2])
    }

    @Test("a late call is cut off all the same, and the next one counts again")
    func deadline() throws {
        let coverage = LineCoverage([Source(name: "p.lua", Self.text)])
        let sandbox = try sandbox(Limits(deadline: .milliseconds(20)), counting: coverage)
        for _ in 0..<3 {
            guard case .failure(let failure) = try call("loop", in: sandbox).outcome else {
                Issue.record("the loop ended")
                return
            }
            #expect(failure.reason == .deadline)
        }
        _ = try call("f", in: sandbox)
        #expect(!coverage.linesThatDidNotRun(in: 0).contains(7))
    }

    @Test("lines are counted in calls that use secrets too")
    func secrets() throws {
        let text = """
            return { run = function()
              local function join(value)
                return "a" .. value
              end
              local secret = host.secret("a")
              return host.show(join(secret))
            end }
            """
        let source = Source(name: "s.lua", text)
        var program = Program(main: source, library: [testLibrary], constants: ["secrets": ["a"]])
        program.coverage = LineCoverage([source])
        let sandbox = try Sandbox(program, limits: Limits(instructions: 100_000))
        #expect(program.coverage?.linesThatDidNotRun(in: 0) == [3, 4, 5, 6])
        #expect(try sandbox.run().outcome.get() == "a(secret a)")
        #expect(program.coverage?.linesThatDidNotRun(in: 0) == [])
    }

    @Test("instructions are counted as without lines, and a budget ends at the same one")
    func instructions() throws {
        let limits = Limits(instructions: 100_000)
        let plain = try call("loop", in: try sandbox(limits, counting: nil))
        let coverage = LineCoverage([Source(name: "p.lua", Self.text)])
        let counted = try call("loop", in: try sandbox(limits, counting: coverage))
        #expect(plain.usage.instructions == counted.usage.instructions)
        #expect(plain.outcome == counted.outcome)
        let (one, other) = (try sandbox(limits, counting: nil), try sandbox(limits, counting: coverage))
        #expect(try call("g", in: one).usage.instructions == call("g", in: other).usage.instructions)
    }
}
