import Glibc
import LuaSandbox
import TestKit
import Testing
import Values

@Suite(.enabled(if: !Sanitizers.hasThread, "signals are held back"))
struct CrashTests {
    /// Scripts that Debian's interpreter does not survive.
    @Test(arguments: [
        """
        local function grow(n) if n > 0 then return 1 + grow(n - 1) end return 0 end
        local t = setmetatable({}, { __concat = function(a, b) grow(3000) return 'x' end })
        for i = 1, 100 do local s = 'a' .. 'b' .. t .. 'c' .. t .. 'd' .. t end
        """,
        "local t = {} t.a = t load('local t = ... return t' .. ('.a'):rep(100000) .. '.b.c')(t)",
        """
        local co
        for i = 1, 40000 do
          local inner = co
          co = coroutine.create(function()
            local x <close> = setmetatable({}, { __close = function() if inner then coroutine.close(inner) end end })
            coroutine.yield()
          end)
          coroutine.resume(co)
        end
        coroutine.close(co)
        """,
    ])
    func `a crash of the interpreter is a failure of that call alone`(body: String) throws {
        let sandbox = try Sandbox(
            "return { run = function() \(body) end, good = function() return 'good' end }",
            limits: Limits(memoryBytes: 80 << 20, deadline: .seconds(30)))
        guard case .failure(let failure) = try sandbox.run().outcome else {
            Issue.record("the interpreter has been mended")
            return
        }
        #expect(failure.reason == .crash)
        #expect(try sandbox.run("good").outcome.get() == "good")
    }

    @Test func `a fault outside of a call still ends the process`() async {
        await #expect(processExitsWith: Sanitizers.hasAddress ? .failure : .signal(SIGSEGV)) {
            let sandbox = try Sandbox("return { run = function() end }")
            _ = try sandbox.run()
            UnsafeMutablePointer<Int>(bitPattern: 8)!.pointee = 1
        }
    }

    @Test func `a fault in a lookup ends the process as well`() async {
        await #expect(processExitsWith: Sanitizers.hasAddress ? .failure : .signal(SIGSEGV)) {
            let sandbox = try Sandbox("return { run = function() host.lookup(1) end }")
            var input = CallInput()
            input.lookup = { _ in
                UnsafeMutablePointer<Int>(bitPattern: 8)!.pointee = 1
                return 1
            }
            _ = try sandbox.run(input: input)
        }
    }
}
