package import Journeys
package import Plugins
package import Store
import Values
package import Workspace

/// A call that a journal has, which can be made again on what it saw.
package struct FoundCall {
    package let moment: Int
    private let call: RecordedCall
    private let store: any StoreReader

    /// Why there is no such call.
    package enum Missing: Error {
        /// No event of the lead has the number, or what happened then was removed (R61).
        case event(seq: Int)
        /// The event did not run the function; with those that it ran.
        case function(FunctionName, ran: [FunctionName])
        /// What the call saw is not known: the lead's record is not kept so far back.
        case record(moment: Int)
        case store(StoreError)

        package var message: String {
            switch self {
            case .event(let seq): "there is no event \(seq) of the lead, or it is not kept any more"
            case .function(let function, let ran):
                ran.isEmpty
                    ? "the event ran nothing"
                    : "the event did not run \(function); it ran \(ran.map(\.description).listed(with: "and"))"
            case .record(let moment): "what the lead was before its moment \(moment) is not kept"
            case .store(let error): "\(error.message); \(error.advice)"
            }
        }
    }

    /// The call of the function that the lead's event with this number ran (R22).
    package init(
        of function: FunctionName, on seq: Int, of lead: LeadRecord, in store: any StoreReader,
        _ generation: Generation
    ) throws(Missing) {
        let found: Result<(moment: Int, call: RecordedCall), Missing>
        do throws(StoreError) {
            found = try Self.find(function, on: seq, of: lead, in: store, generation)
        } catch {
            throw .store(error)
        }
        (moment, call) = try found.get()
        self.store = store
    }

    private static func find(
        _ function: FunctionName, on seq: Int, of lead: LeadRecord, in store: any StoreReader,
        _ generation: Generation
    ) throws(StoreError) -> Result<(moment: Int, call: RecordedCall), Missing> {
        var found: StoredMoment?
        try store.newestMoments(of: lead) { stored in
            let fired = stored.journal.contains { line in
                if case .event(let event) = JournalLine(reading: line) { event.seq == seq } else { false }
            }
            if fired { found = stored }
            return !fired
        }
        guard let stored = found else { return .failure(.event(seq: seq)) }
        let ran = stored.journal.compactMap { line -> FunctionName? in
            guard case .call(let call) = JournalLine(reading: line), call.seq == seq else { return nil }
            return call.run
        }
        guard ran.contains(function) else { return .failure(.function(function, ran: ran)) }
        let maps = KeptMaps(generation: generation, store: store)
        var recorded = RecordedMoment(stored, on: maps, in: store)
        guard let call = try recorded.first(where: { $0.seq == seq && $0.run == function }) else {
            return .failure(.record(moment: stored.number))
        }
        return .success((stored.number, call))
    }

    /// Makes it again, on the plugins of the generation. A value of its plugin that it did not read then is as it is now.
    package func run(on generation: Generation) throws(StoreError) -> PluginRunner.Run {
        try call.run(with: PluginRunner(generation.catalogue, for: generation.rulebook), in: store)
    }
}
