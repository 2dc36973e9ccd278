import TestKit
import Testing
import Values

@Suite("Benchmarks")
struct BenchmarkTests {
    @Test("the engine's benchmark gives every figure and judges every bar")
    func engine() async throws {
        let folder = try TemporaryFolder()
        let ran = try await RunningProgram(
            [
                "engine", "--leads", "200", "--side-by-side", "10", "--rounds", "1", "--triggers", "20",
                "--plugins", "4", "--in", folder.path, "--format", "jsonl",
            ], of: "signalbox-bench"
        ).end()
        // Whether a bar is held says nothing of so few leads.
        #expect(ran.status == 0 || ran.status == 1, "\(ran.errors)")
        let object = try #require(ran.objects.first)
        #expect(ran.objects.count == 1)
        #expect(
            Array(object.keys) == [
                "bars", "engine_cpu_us", "engine_per_s", "event_alone_us", "event_among_many_us",
                "growth_small_us", "large_store_per_s", "leads", "load_per_s", "median_ms", "plugins",
                "redis_per_s", "rounds",
                "side_by_side", "small_store_per_s", "storage_p99_ms", "storage_per_s", "stream_per_s",
                "triggers", "waves",
            ])
        let bars = try #require(object["bars"]?.table)
        #expect(
            Array(bars.keys) == [
                "engine_to_redis", "engine_to_storage", "event_among_many", "growth_fields_100",
                "growth_fields_500", "growth_steps_1000", "growth_steps_150", "growth_steps_4000",
                "large_to_small_store", "p99_ms", "resident_mib", "start_ms", "stream_to_engine",
            ])
        for bar in bars where bar.key != "engine_to_redis" && bar.key != "resident_mib" {
            let table = try #require(bar.value.table)
            // A p99 is not judged where the disk alone takes longer.
            var isJudged = true
            if bar.key == "p99_ms", case .double(let storage)? = object["storage_p99_ms"] {
                isJudged = storage <= 20
            }
            #expect(table["figure"]?.isNull == false, "\(bar.key)")
            #expect((table["held"]?.bool != nil) == isJudged, "\(bar.key)")
        }
        #expect(ran.status == (bars.contains { $0.value.table?["held"] == false } ? 1 : 0))
        #expect(ran.errors == "")
    }

    @Test("the sandbox's benchmark gives every figure and judges every bar")
    func sandbox() async throws {
        let ran = try await RunningProgram(
            [
                "sandbox", "--seconds", "0.05", "--plugins", "5", "--format", "jsonl",
            ], of: "signalbox-bench"
        ).end()
        // Whether a bar is held says nothing of so short a time.
        #expect(ran.status == 0 || ran.status == 1, "\(ran.errors)")
        let object = try #require(ran.objects.first)
        #expect(ran.objects.count == 1)
        let bars = try #require(object["bars"]?.table)
        #expect(
            Array(bars.keys) == [
                "greeting_fresh_to_sandbox", "greeting_sandbox_to_shared", "kib_per_plugin", "load_ms",
                "tables_sandbox_to_shared",
            ])
        #expect(object["handlers"]?.table.map { Array($0.keys) } == ["empty", "greeting", "tables"])
        #expect(ran.status == (bars.contains { $0.value.table?["held"] == false } ? 1 : 0))
        #expect(ran.errors == "")
    }

    @Test(
        "the service's benchmark gives every figure and judges every bar",
        .enabled(if: !Sanitizers.hasThread, "signals are held back"))
    func serve() async throws {
        let folder = try TemporaryFolder()
        let ran = try await RunningProgram(
            [
                "serve", "--side-by-side", "10", "--rounds", "1", "--listeners", "20", "--refused", "48",
                "--half-open", "10", "--reloads", "12", "--in", folder.path, "--format", "jsonl",
            ], of: "signalbox-bench"
        ).end()
        // Whether a bar of speed or memory is held says nothing of so little.
        #expect(ran.status == 0 || ran.status == 1, "\(ran.errors)")
        let object = try #require(ran.objects.first, "\(ran.errors)")
        #expect(ran.objects.count == 1)
        #expect(
            Array(object.keys) == [
                "bars", "engine_per_s", "events_heard", "events_resident_mib", "half_open", "listeners",
                "livez_per_s", "refused", "refused_median_ms", "refused_resident_mib", "refused_served_per_s",
                "reload_calls", "reload_per_s", "reloads", "replaced", "rounds", "side_by_side",
                "single_median_ms", "single_p99_ms", "single_per_s", "stream_per_s", "waves",
            ])
        let bars = try #require(object["bars"]?.table)
        #expect(
            Array(bars.keys) == [
                "events_growth_mib", "events_missed", "events_pace", "refused_growth_mib", "refused_p99_ms",
                "refused_wrong", "reload_lost", "reload_mixed", "single_to_livez", "stream_to_engine",
            ])
        #expect(ran.status == (bars.contains { $0.value.table?["held"] == false } ? 1 : 0))
        // These hold of however little.
        for name in ["events_missed", "refused_wrong", "reload_lost", "reload_mixed"] {
            #expect(bars[name]?.table?["held"] == true, "\(name): \(object)")
        }
        #expect(ran.errors == "")
    }

    @Test("with nothing kept, what the lanes can do is measured alone")
    func lanes() async throws {
        let folder = try TemporaryFolder()
        let ran = try await RunningProgram(
            [
                "engine", "--store", "none", "--side-by-side", "10", "--rounds", "1", "--in", folder.path,
                "--format", "jsonl",
            ], of: "signalbox-bench"
        ).end()
        #expect(ran.status == 0, "\(ran.errors)")
        let object = try #require(ran.objects.first)
        for key in ["lanes_1_per_s", "lanes_1_cpu_us"] {
            guard case .double(let figure)? = object[key] else {
                Issue.record("\(key) is missing: \(object)")
                continue
            }
            #expect(figure > 0)
        }
    }

    @Test("the engine's benchmark leaves out the long parts")
    func parts() async throws {
        let folder = try TemporaryFolder()
        let ran = try await RunningProgram(
            [
                "engine", "--leads", "0", "--side-by-side", "10", "--rounds", "1", "--triggers", "0",
                "--in", folder.path, "--format", "jsonl",
            ], of: "signalbox-bench"
        ).end()
        let bars = try #require(ran.objects.first?["bars"]?.table)
        for name in ["large_to_small_store", "resident_mib", "start_ms", "event_among_many"] {
            #expect(
                bars[name]?.table?["figure"]?.isNull == true && bars[name]?.table?["held"]?.isNull == true)
        }
        #expect(bars["engine_to_storage"]?.table?["held"]?.bool != nil)
    }
}
