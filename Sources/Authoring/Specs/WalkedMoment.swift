import Journeys
import Signalbox
import Store
import Values

/// A moment as a spec is given it.
struct WalkedMoment {
    /// `moment`, `at`, `fired`, `events`, `calls`, `effects`, `incidents`, `conflicts`, `deliveries` and `todos`. What is in the lists has
    /// the keys of the journal's lines; `fired` has the events as texts, `step.close qualify/call`.
    let value: Value
    /// The calls of plugins that failed.
    private(set) var failedCalls: [FailedSpecCall] = []

    init(_ accepted: Answer.Accepted, incident: (Int) -> IncidentRecord?) {
        self.init(accepted.journal, moment: accepted.moment, at: accepted.at, incident: incident)
    }

    /// - Parameters:
    ///   - journal: its lines.
    ///   - incident: finds what is kept of an incident, by its number.
    init(_ journal: [String], moment: Int, at: Timestamp, incident: (Int) -> IncidentRecord?) {
        var lists: [String: [Value]] = [:]
        var fired: [Value] = []
        var effects: [Value] = []
        for text in journal {
            guard var line = (try? JSONReader.read(text))?.table, let type = line["type"]?.string else {
                preconditionFailure("a journal line is a JSON object with its type")
            }
            for key in ["type", "lead", "moment"] { line[key] = nil }
            switch type {
            case "event":
                let place = [line["track"]?.string, line["step"]?.string].compactMap { $0 }
                let name = line["event"]?.string ?? ""
                fired.append(.string(place.isEmpty ? name : "\(name) \(place.joined(separator: "/"))"))
            case "call": effects += line["effects"]?.list ?? []
            case "incident":
                let record = (line["incident"]?.integer).flatMap { incident(Int($0)) }
                line["traceback"] = record?.traceback.map(Value.string)
                failedCalls.append(
                    FailedSpecCall(
                        run: line["run"]?.string ?? "", reason: line["reason"]?.string ?? "",
                        message: line["message"]?.string ?? "",
                        traceback: record?.traceback?.split(separator: "\n").map(String.init) ?? []))
            default: break
            }
            lists[type, default: []].append(.table(line))
        }
        value = [
            "moment": .integer(Int64(moment)), "at": .string(at.description),
            "fired": .list(fired), "events": .list(lists["event"] ?? []), "calls": .list(lists["call"] ?? []),
            "effects": .list(effects), "incidents": .list(lists["incident"] ?? []),
            "conflicts": .list(lists["conflict"] ?? []), "deliveries": .list(lists["delivery"] ?? []),
            "todos": .list(lists["todo"] ?? []),
        ]
    }
}
