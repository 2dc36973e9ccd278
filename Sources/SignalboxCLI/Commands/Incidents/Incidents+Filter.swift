import ArgumentParser
import Foundation
import Journeys
import Signalbox
import Store
import Values

extension Incidents {
    /// Which incidents are meant.
    struct Filter: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "Only those of the lead with this id, or with one that alone begins so.", valueName: "lead"))
        var lead: String?

        @Option(help: ArgumentHelp("Only those of this plugin.", valueName: "plugin"))
        var plugin: String?

        @Option(help: ArgumentHelp("Only those of calls of this action.", valueName: "plugin.action"))
        var run: String?

        @Option(help: ArgumentHelp("Only those with this reason.", valueName: "reason"))
        var reason: String?

        @Option(
            help: ArgumentHelp(
                "Only those since this time (2026-11-22T09:00:00Z), or from the last 2h or 3 days.",
                valueName: "time"))
        var since: String?

        @Option(
            help: ArgumentHelp(
                "Only those in this state: open (the default), retried, superseded, dismissed or all.",
                valueName: "state"))
        var state: String?

        /// How many incidents are read at once.
        private static let pageSize = 500
        private static let anyState = "all"

        func validate() throws {
            if let lead, LeadID(lead) == nil {
                throw ValidationError("\(lead.quotedForMessage) is not a lead's id")
            }
            if let state, state != Self.anyState, IncidentState.Name(rawValue: state) == nil {
                let known = IncidentState.Name.allCases.map(\.rawValue) + [Self.anyState]
                throw ValidationError(
                    "--state: \(state.quotedForMessage) is not a state; expected \(known.listed(with: "or"))")
            }
            if let since, Self.time(since) == nil {
                throw ValidationError(
                    "--since: \(since.quotedForMessage) is neither a time such as 2026-11-22T09:00:00Z nor a duration such as 2 days"
                )
            }
        }

        /// Whether nothing is chosen.
        var isEmpty: Bool {
            lead == nil && plugin == nil && run == nil && reason == nil && since == nil && state == nil
        }

        var nothingFound: String { state == nil ? "No open incidents." : "No incidents." }

        /// Nil for all of them.
        private var wantedState: IncidentState.Name? {
            state == Self.anyState ? nil : IncidentState.Name(rawValue: state ?? "") ?? .open
        }

        /// Those that are meant, the latest first, at most `limit`. Ends the command where there is no such lead.
        func incidents(in store: any StoreReader, before: Int? = nil, limit: Int) throws -> [IncidentRecord] {
            var found: [IncidentRecord] = []
            try visit(store, before: before) { incident in
                found.append(incident)
                return found.count < limit
            }
            return found
        }

        /// Hands over one after the other, the latest first, until `visit` answers that it wants no more.
        func visit(
            _ store: any StoreReader, before: Int? = nil, _ visit: (IncidentRecord) -> Bool
        ) throws {
            let lead = try lead.map { try LeadLookup(store).find($0) }
            let earliest = since.flatMap(Self.time)
            var before = before
            while true {
                let page = try store.incidents(
                    of: lead, in: wantedState, before: before, limit: Self.pageSize)
                for incident in page where isMeant(incident, since: earliest) {
                    guard visit(incident) else { return }
                }
                guard page.count == Self.pageSize, let last = page.last else { return }
                before = last.number
            }
        }

        private func isMeant(_ incident: IncidentRecord, since earliest: Timestamp?) -> Bool {
            func matches(_ wanted: String?, _ text: String?) -> Bool {
                wanted.map { wanted in text.map { sameBytes($0, wanted) } ?? false } ?? true
            }
            return matches(plugin, incident.plugin) && matches(run, incident.run)
                && matches(reason, incident.reason) && earliest.map { incident.at >= $0 } ?? true
        }

        private static func time(_ text: String) -> Timestamp? {
            if let time = Timestamp(text) { return time }
            return Duration(text: text).map { duration in
                let (seconds, fraction) = duration.components
                let milliseconds = seconds * 1000 + fraction / 1_000_000_000_000_000
                return Timestamp(milliseconds: WallClock.now().milliseconds - milliseconds)
            }
        }
    }
}
