import Glibc
import TestKit
import Testing
import Values

@testable import Journeys

/// What a call asked for is applied in about the time that asking for it takes.
@Suite("Many effects")
struct ManyEffectsTests {
    private func play(
        _ effects: [Effect], fields: Table = [:], calls: Int = 1, limits: RecordLimits = RecordLimits()
    ) throws -> Moment {
        let names = Array(repeating: "greet", count: calls)
        let definition = map("m", triggers: [.open: names], [TrackSketch(id: "t", steps: ["s"])])
        let book = Rulebook(maps: [MapID("m"): .available(definition)], limits: limits)
        return try run(.assign(MapID("m"), LeadChanges(fields: fields)), of: nil, under: book) { _, _ in
            CallResult(.effects(effects))
        }
    }

    private func names(_ count: Int, value: Value) -> Table {
        var table = Table()
        for number in 0..<count { table["n\(number)"] = value }
        return table
    }

    @Test("60,000 names that are set to null leave the lane within ten times of what it may take")
    func nulls() throws {
        let effects = [Effect.set(LeadChanges(fields: names(60_000, value: .null)))]
        var lead: Lead?
        let seconds = try cpuSeconds { lead = try play(effects).lead }
        #expect(lead?.fields.isEmpty == true)
        #expect(seconds < 2 * Sanitizers.slowdown)
    }

    @Test("eleven calls of 999 effects on a lead with 8,000 fields, or as many stored values")
    func manyFields() throws {
        let sets = (0..<999).map { Effect.set(LeadChanges(fields: ["n\($0 * 8)": 2, "x\($0)": 1])) }
        let stores = (0..<999).map {
            Effect.store(StoredChange(scope: .lead, key: "k\($0 % 500)", change: .add(1)))
        }
        let limits = RecordLimits(leadBytes: 1 << 20)
        let fields = names(8_000, value: 1)
        for effects in [sets, stores] {
            var lead: Lead?
            let seconds = try cpuSeconds {
                lead = try play(effects, fields: fields, calls: 11, limits: limits).lead
            }
            #expect(seconds < 1 * Sanitizers.slowdown)
            #expect(lead?.fields["n8"] == (effects == sets ? 2 : 1))
            #expect(effects == sets || lead?.store["probe"]?.table?["k1"] == 22)
        }
    }

    @Test("the size of a lead is kept as its fields and values change")
    func size() throws {
        // Exactly what the fields and values at the end take.
        let store: Table = ["probe": ["k": "12345678"]]
        let fields: Table = ["a": "xyz", "b": [1, 2]]
        let bytes = fields.approximateBytes + store.approximateBytes
        let effects: [Effect] = [
            .store(StoredChange(scope: .lead, key: "k", change: .set("12345678901234"))),
            .store(StoredChange(scope: .lead, key: "k", change: .set(nil))),
            .set(LeadChanges(fields: ["a": "x", "c": 1])),
            .set(LeadChanges(fields: ["c": .null, "d": .null])),
            .store(StoredChange(scope: .lead, key: "k", change: .set("12345678"))),
            .set(LeadChanges(fields: ["a": "xyz", "b": [1, 2]])),
        ]
        let exact = try play(effects, limits: RecordLimits(leadBytes: bytes))
        #expect(exact.lead.fields == fields && exact.lead.store == store)
        let tight = try play(effects, limits: RecordLimits(leadBytes: bytes - 1))
        #expect(tight.lead.fields == ["a": "x"] && tight.lead.store == store)
    }

    @Test("a decider that names a step again and again costs no more than its answer is long")
    func answers() throws {
        let steps = (0..<4_000).map { StepID("s\($0)") }
        let answer = Value.list(Array(repeating: .string("s3999"), count: 60_000))
        var kept: [StepID] = []
        let seconds = try cpuSeconds {
            kept = try DeciderAnswer(["keep": answer], steps: steps).kept(of: steps)
        }
        #expect(kept == [StepID("s3999")])
        #expect(seconds < 2 * Sanitizers.slowdown)
    }
}

/// CPU time of the thread.
private func cpuSeconds(_ body: () throws -> Void) rethrows -> Double {
    func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    let start = now()
    try body()
    return now() - start
}
