import Journeys
import Plugins
import Store
import Values

/// What the names in a trigger's `when` were as a call saw them (R25, R26).
struct ConditionValues {
    let lead: LeadID
    let maps: KeptMaps
    let store: any StoreReader

    /// Each name once, in the order of the expression; null for what was not there. Empty where it cannot be known what the
    /// call saw.
    func values(
        of condition: Condition, for call: CallLine
    ) throws(ExplainFault) -> [(path: ConditionPath, value: Value)] {
        do throws(StoreError) {
            guard let stored = try store.moments(of: lead, from: call.moment, limit: 1).first else {
                return []
            }
            var recorded = RecordedMoment(stored, on: maps, in: store)
            guard let seen = try recorded.first(where: { $0 == call }) else { return [] }
            var names: Set<String> = []
            return ConditionPath.all(in: condition.text).compactMap { path in
                guard names.insert(path.text).inserted else { return nil }
                return (path, Self.value(at: path.keys, of: seen) ?? .null)
            }
        } catch {
            throw .store(error)
        }
    }

    private static func value(at keys: [String], of seen: RecordedCall) -> Value? {
        var value: Value =
            keys.first == "lead" ? Self.lead(seen.snapshot.lead) : event(seen.request.event, seen.snapshot)
        for key in keys.dropFirst() {
            guard let next = value.table?[key] else { return nil }
            value = next
        }
        return value
    }

    private static func lead(_ lead: Lead) -> Value {
        var table: Table = [
            "id": .string(lead.id.text), "status": .string(lead.status.rawValue),
            "fields": .table(lead.fields),
        ]
        table["agent"] = lead.agent.map(Value.string)
        table["channel"] = lead.channel.map(Value.string)
        return .table(table)
    }

    private static func event(_ event: Event, _ snapshot: Snapshot) -> Value {
        var table = event.value.table ?? Table()
        table["id"] = event.seq.map { .string("\(snapshot.lead.id.text):\($0)") }
        table["lead"] = lead(snapshot.lead)
        table["journey"] = snapshot.journey.map(journey)
        return .table(table)
    }

    private static func journey(_ journey: Journey) -> Value {
        var tracks = Table()
        var steps = Table()
        for (track, state) in zip(journey.definition.tracks, journey.tracks) {
            tracks[track.id.text] = .string(state.rawValue)
        }
        for (step, state) in zip(journey.definition.steps, journey.steps) {
            steps[step.pathText] = .string(state.rawValue)
        }
        return [
            "map": .string(journey.definition.id.text), "version": .string(journey.definition.version.text),
            "tracks": .table(tracks), "steps": .table(steps),
        ]
    }
}
