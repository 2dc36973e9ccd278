import ArgumentParser
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
            if let since, SinceTime.read(since) == nil { throw ValidationError(SinceTime.mistake(since)) }
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

        /// Those that are meant. Ends the command where there is no such lead.
        func wanted(in store: any StoreReader) throws -> IncidentFilter {
            var wanted = IncidentFilter()
            wanted.lead = try lead.map { try LeadLookup(store).find($0) }
            wanted.state = wantedState
            wanted.plugin = plugin
            wanted.run = run
            wanted.reason = reason
            wanted.since = since.flatMap(SinceTime.read)
            return wanted
        }
    }
}
