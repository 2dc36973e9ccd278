import Foundation
import Testing

@Suite("The engine, simulated")
struct SimulationTests {
    /// Seeds under which something was wrong once.
    private static let found: [UInt64] = [28507, 340340, 805949]

    /// SIGNALBOX_SEED alone; or those that are kept, and some new ones.
    private static let seeds: [UInt64] = {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["SIGNALBOX_SEED"].flatMap(UInt64.init) { return [seed] }
        let count = environment["SIGNALBOX_LONG_TESTS"] == nil ? 4 : 100
        return found + (0..<count).map { _ in .random(in: 0..<1_000_000) }
    }()

    @Test(
        "whatever fails, what was answered stays, once, in order, and comes out again the same",
        arguments: seeds)
    func simulate(seed: UInt64) throws {
        var simulation = try Simulation(seed: seed)
        let began = ContinuousClock.now
        do {
            for _ in 0..<1500 { try simulation.step() }
            try simulation.finish()
        } catch {
            Issue.record("SIGNALBOX_SEED=\(seed): \(error)")
        }
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        print(
            "SIGNALBOX_SEED=\(seed): \(simulation.momentCount) moments, \(Int(Double(simulation.momentCount) / seconds)) a second"
        )
    }

    @Test("the simulation meets all that it is there for")
    func variety() throws {
        var met: [String: Int] = [:]
        for seed in 1...4 as ClosedRange<UInt64> {
            var simulation = try Simulation(seed: seed)
            for _ in 0..<1000 { try simulation.step() }
            try simulation.finish()
            met.merge(simulation.met, uniquingKeysWith: +)
        }
        let expected = [
            "accepted", "repeated", "id_reused", "failure", "restart", "error", "budget", "answer",
            "quarantined", "track_held", "nothing_held", "step_not_open", "already_on_map", "journey_closed",
        ]
        for what in expected { #expect(met[what, default: 0] > 0, "\(what): \(met)") }
    }
}
