import Glibc
import LuaSandbox
import Synchronization
import TestKit
import Testing
import Values

@Suite struct DeadlineTests {
    @Test(
        .enabled(if: !Sanitizers.hasThread, "signals are held back"),
        arguments: [
            "while true do end",
            "while true do pcall(function() while true do end end) end",
            "return (''):rep(1e15)",
            "return string.rep('a', 40):find(string.rep('a?', 40) .. string.rep('a', 41))",
            "table.move({}, 1, 1e15, 2)",
            "table.insert(setmetatable({}, { __len = function() return 1 << 60 end }), 1, 1)",
            "local x <close> = setmetatable({}, { __close = function() while true do end end })",
            "local x <close> = setmetatable({}, { __close = function() while true do end end }) error('x')",
            "while true do local co = coroutine.wrap(function() while true do end end) pcall(co) end",
            "coroutine.wrap(function() pcall(function() while true do end end) end)()",
            "table.sort({ 1, 2, 3 }, function() while true do end end)",
            "('x'):gsub('x', function() while true do end end)",
            "xpcall(error, function() while true do end end)",
            "load('local x return ' .. ('x and '):rep(43000) .. 'x')",
            "while true do host.json_encode({ 1, 2, 3 }) end",
            "while true do host.lookup('x') end",
            "for i = 1, 1e9 do local t = {} for j = 1, 100 do t[j] = { tostring(j) } end end",
        ])
    func `what takes too long is cut off`(body: String) throws {
        var input = CallInput(wantsResult: true)
        input.lookup = { $0 }
        let sandbox = try Sandbox(
            "return { run = function() \(body) end, good = function() return 'good' end }")
        let report = try sandbox.run(input: input)
        guard case .failure(let failure) = report.outcome else {
            Issue.record("the call ended by itself")
            return
        }
        #expect(failure.reason == .deadline)
        #expect(failure.message.hasSuffix("more than 50 ms of CPU time"))
        #expect(report.usage.time < .seconds(5))
        #expect(try sandbox.run("good").outcome.get() == "good")
    }

    @Test
    func
        `signals of the process do not come to a sandbox's thread, for their handlers may block the late one`()
        throws
    {
        @Sendable func isBlockedHere(_ signal: Int32) -> Bool {
            var mask = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &mask)
            return sigismember(&mask, signal) == 1
        }
        let found = Mutex<[Int32: Bool]>([:])
        // A thread begins with what its maker blocks, and those that run tests block nearly everything.
        let open = try #require(
            SandboxThread(name: "open") {
                var all = sigset_t()
                sigfillset(&all)
                pthread_sigmask(SIG_UNBLOCK, &all, nil)
                let thread = SandboxThread(name: "masked") {
                    for number in [SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGURG, SIGSEGV, SIGPIPE] {
                        found.withLock { $0[number] = isBlockedHere(number) }
                    }
                }
                thread?.join()
                // Its maker's are as they were.
                found.withLock { $0[0] = isBlockedHere(SIGHUP) }
            })
        open.join()
        #expect(
            found.withLock { $0 } == [
                SIGHUP: true, SIGINT: true, SIGTERM: true, SIGUSR1: true, SIGURG: false, SIGSEGV: false,
                SIGPIPE: false, 0: false,
            ])
    }

    @Test(.enabled(if: !Sanitizers.hasThread, "signals are held back"))
    func `a late call says which line it was at`() throws {
        let failure = try failure(of: "\n local n = 0\n while true do\n n = n + 1 end")
        #expect(failure?.message.hasPrefix("test.lua:") == true)
        #expect(failure?.traceback.count == 1)
    }

    @Test(.enabled(if: !Sanitizers.hasThread, "signals are held back"))
    func `loading may take ten times as long`() throws {
        #expect {
            try Sandbox("while true do end", limits: Limits(deadline: .milliseconds(10)))
        } throws: { error in
            (error as? LoadFailure)?.reason == .deadline
        }
    }

    @Test func `the time that a lookup takes counts and a late one ends the call at its return`() throws {
        let sandbox = try Sandbox("return { run = function() host.lookup(1) return 'past' end }")
        var input = CallInput(wantsResult: true)
        var isFinished = false
        input.lookup = { value in
            let end = ContinuousClock.now + .milliseconds(400)
            while ContinuousClock.now < end {}
            isFinished = true
            return value
        }
        guard case .failure(let failure) = try sandbox.run(input: input).outcome else {
            // On a busy machine the thread may not have got its share of the time.
            return
        }
        #expect(isFinished)
        #expect(failure.reason == .deadline)
    }

    @Test func `short calls are left alone however many there are`() throws {
        let sandbox = try Sandbox("return { run = function(n) return n end }")
        let end = ContinuousClock.now + .milliseconds(300)
        var number: Int64 = 0
        while ContinuousClock.now < end {
            #expect(try sandbox.run("run", .integer(number)).outcome.get() == .integer(number))
            number += 1
        }
        #expect(number > 100)
    }

    @Test(.enabled(if: !Sanitizers.hasThread, "signals are held back"))
    func `calls of several threads are watched apart`() throws {
        let threads = (0..<4).map { index in
            SandboxThread(name: "lane \(index)") {
                do {
                    let sandbox = try Sandbox(
                        "return { spin = function() while true do end end, run = function(n) return n end }")
                    for round in 0..<3 {
                        guard case .failure(let failure) = try sandbox.run("spin").outcome else {
                            Issue.record("the loop ended")
                            return
                        }
                        #expect(failure.reason == .deadline)
                        #expect(
                            try sandbox.run("run", .integer(Int64(round))).outcome.get()
                                == .integer(Int64(round)))
                    }
                } catch {
                    Issue.record(error)
                }
            }
        }
        for thread in threads { try #require(thread).join() }
    }

    @Test(.enabled(if: !Sanitizers.hasThread, "signals are held back"))
    func `a signal that is meant for no call that is late does nothing`() throws {
        let sandbox = try Sandbox(
            """
            return { run = function()
              local sum = 0
              for i = 1, 100 do sum = sum + #('x'):rep(i) end
              return host.lookup(sum)
            end }
            """)
        let target = SignalTarget(thread: pthread_self())
        let sender = SandboxThread(name: "sender") {
            for _ in 0..<500 {
                pthread_kill(target.thread, SIGURG)
                usleep(50)
            }
        }
        let end = ContinuousClock.now + .milliseconds(200)
        var input = CallInput(wantsResult: true)
        input.lookup = { value in
            raise(SIGURG)
            return value
        }
        while ContinuousClock.now < end {
            #expect(try sandbox.run(input: input).outcome.get() == 5050)
        }
        try #require(sender).join()
    }
}

/// Owner: the test, because a thread's name is only a number that its own test hands to another thread.
private struct SignalTarget: @unchecked Sendable {
    let thread: pthread_t
}
