import Journeys
import Values

/// Counts the incidents of many moments by what failed and how, for people.
struct IncidentSummary {
    private struct Kind: Hashable {
        let trigger: ExactText
        let message: ExactText
    }

    /// Of so many kinds each is counted; those of more together.
    private static let kindLimit = 1_000
    /// How many kinds are shown, those with the most incidents.
    private static let shownLimit = 20

    private var counts: [Kind: Int] = [:]
    private var uncounted = 0

    /// Adds the incidents of one moment.
    mutating func add(_ journal: [String]) {
        for case .incident(let incident) in journal.map({ JournalLine(reading: $0) }) {
            let kind = Kind(
                trigger: ExactText(incident.trigger ?? ""),
                message: ExactText("\(incident.reason): \(incident.message)"))
            if counts[kind] != nil || counts.count < Self.kindLimit {
                counts[kind, default: 0] += 1
            } else {
                uncounted += 1
            }
        }
    }

    /// A table of the kinds, the most frequent first; nothing where there was no incident.
    func lines(_ style: Style, within columns: Int?) -> [String] {
        if counts.isEmpty { return [] }
        let sorted = counts.sorted {
            ($1.value, $0.key.trigger, $0.key.message) < ($0.value, $1.key.trigger, $1.key.message)
        }
        var table = TextTable(["incidents", "trigger", "message"], whole: ["incidents"], style)
        for (kind, count) in sorted.prefix(Self.shownLimit) {
            table.add([String(count), kind.trigger.text, kind.message.text.shortened])
        }
        let left = sorted.dropFirst(Self.shownLimit).reduce(uncounted) { $0 + $1.value }
        let others =
            left > 0 ? ["\(counted(left, "more incident")) of other kinds; `incidents` lists them"] : []
        return table.lines(within: columns) + others
    }
}
