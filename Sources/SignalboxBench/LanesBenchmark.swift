import Foundation
import Journeys
import Plugins
import Signalbox
import Store
import Values
import Workspace

/// What the engine does where nothing is kept: how far the lanes would come if the store took no time.
struct LanesBenchmark: Sendable {
    let figures: [Figure]

    var value: Value {
        var table = Table()
        for figure in figures { table[figure.key] = figure.value.map(Value.double) ?? .null }
        return .table(table)
    }

    /// With one lane, two, four and so on, up to one for each processor. They take turns; figures are medians.
    static func run(_ plan: EngineBenchmark.Plan, progress: (String) -> Void) throws -> LanesBenchmark {
        let place = try makePlace(in: plan.folder)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let generation = try JourneyWorkload.generation(in: "\(place)/workspace")
        let commands = JourneyWorkload.commands(leads: plan.sideBySide, waves: plan.waves)
        let most = ProcessInfo.processInfo.activeProcessorCount
        let lanes = Array(sequence(first: 1) { $0 * 2 <= most ? $0 * 2 : nil })
        var rates: [[Double]] = Array(repeating: [], count: lanes.count)
        var costs = rates
        for round in 1...plan.rounds {
            for (index, count) in lanes.enumerated() {
                progress("\(counted(count, "lane")), round \(round) of \(plan.rounds)")
                let running = try RunningEngine(generation, on: NothingKept(), lanes: count)
                defer { running.stop() }
                let before = processorMicroseconds()
                rates[index].append(try running.run(commands))
                costs[index].append((processorMicroseconds() - before) / Double(commands.count))
            }
        }
        return LanesBenchmark(
            figures: lanes.indices.flatMap { index in
                let name = counted(lanes[index], "lane")
                return [
                    Figure(
                        "lanes_\(lanes[index])_per_s", "\(name) and nothing kept, commands a second",
                        median(rates[index])),
                    Figure(
                        "lanes_\(lanes[index])_cpu_us", "processor time of a command then, us",
                        median(costs[index]), digits: 1),
                ]
            })
    }
}

/// A store in which nothing is. An engine on it has to keep its leads itself.
private struct NothingKept: MomentStore {
    func lead(_ id: LeadID) -> LeadRecord? { nil }
    func erased(_ id: LeadID) -> ErasedLead? { nil }
    func accepted(_ id: CommandID, of lead: LeadID) -> AcceptedCommand? { nil }
    func value(_ key: String, of plugin: String) -> Value? { nil }
    func map(_ version: MapVersion) -> StoredMap? { nil }
    func incident(_ number: Int) -> IncidentRecord? { nil }
    func todos(of lead: LeadID) -> [StoredTodo] { [] }
    func nextIncident() -> Int { 1 }
    func heldLeads(after: LeadID?, limit: Int) -> [HeldLead] { [] }
    func commit(_ moments: [MomentRecord]) {}
    func dismiss(_ incidents: [Int]) -> Int { 0 }
    func put(_ value: Value?, _ key: String, of plugin: String) {}
}
