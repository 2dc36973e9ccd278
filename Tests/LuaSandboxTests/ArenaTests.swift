import CSandbox
import CSandboxTesting
import LuaSandbox
import TestKit
import Testing
import Values

/// The memory of arenas, looked at from outside.
@Suite struct ArenaTests {
    @Test(arguments: [1, 100_000, 1 << 20, 8 << 20])
    func `an arena can be used from end to end and nothing around it`(limit: Int) {
        #expect(arena_probe_borders(limit).map { String(cString: $0) } == nil)
    }

    @Test func `what a call touched beyond its image is given back`() {
        #expect(arena_probe_giving_back(1 << 20).map { String(cString: $0) } == nil)
    }

    @Test(arguments: [1, 100_000, 1 << 20, 8 << 20])
    func `an arena fits to pages of 16 KiB as to those of 4 KiB`(limit: Int) {
        #expect(arena_probe_large_pages(limit).map { String(cString: $0) } == nil)
    }

    @Test(.enabled(if: !Sanitizers.hasThread, "it maps memory of its own for each arena"))
    func `many arenas are few mappings`() {
        let count: Int32 = 1000
        // What tests beside this one map is counted too.
        let others: Int32 = 400
        let mappings = arena_probe_mappings(8 << 20, UInt32(count))
        #expect(mappings >= -others)
        // Two for each where the system knows no marks.
        #expect(mappings < (arena_probe_has_marks() ? 0 : 2 * count) + others)
    }

    @Test(.enabled(if: !Sanitizers.hasThread, "signals are held back"), arguments: [false, true])
    func `a stride out of the arena is a crash of the call alone`(pastEnd: Bool) throws {
        var limits = sbx_limits()
        limits.memory_bytes = 1 << 20
        let sandbox = try #require(sbx_create(&limits))
        for _ in 0..<3 { #expect(arena_probe_stride(sandbox, pastEnd) == SBX_CRASH) }
        sbx_destroy(sandbox)
        #expect(try result(of: "return 1 + 1") == 2)
    }

    @Test func `a sandbox is made, called and given up by three threads`() throws {
        final class Box: @unchecked Sendable {
            // Owner: one thread after the other, because each is waited for.
            var sandbox: Sandbox?
        }
        let box = Box()
        func onThread(_ body: @escaping @Sendable () throws -> Void) throws {
            let thread = SandboxThread(name: "one of three") {
                do { try body() } catch { Issue.record(error) }
            }
            try #require(thread).join()
        }
        for round in 0..<20 {
            try onThread {
                box.sandbox = try Sandbox("local n = 0 return { run = function(a) n = n + a return n end }")
            }
            for _ in 0..<2 {
                try onThread {
                    let sandbox = try #require(box.sandbox)
                    #expect(
                        try sandbox.run("run", .integer(Int64(round))).outcome.get() == .integer(Int64(round))
                    )
                }
            }
            try onThread { box.sandbox = nil }
        }
    }
}
