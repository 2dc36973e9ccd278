public import ArgumentParser
public import Journeys
public import Store
import Values

extension Deliveries {
    /// Which deliveries are meant.
    struct Filter: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "Only those of the lead with this id, or with one that alone begins so.", valueName: "lead"))
        var lead: String?

        @Option(help: ArgumentHelp("Only those of this kind.", valueName: "kind"))
        var kind: Outgoing.Kind?

        @Option(
            help: ArgumentHelp(
                "Only those to this recipient's address or this endpoint.", valueName: "destination"))
        var to: String?

        @Option(help: ArgumentHelp("Only those in this state.", valueName: "state"))
        var state: DeliveryState?

        @Option(
            help: ArgumentHelp(
                "Only deliveries of moments from this time on (2026-11-22T09:00:00Z), or of the last 2h or 3 days.",
                valueName: "time"))
        var since: String?

        func validate() throws {
            if let lead, LeadID(lead) == nil {
                throw ValidationError("\(lead.quotedForMessage) is not a lead's id")
            }
            if let since, SinceTime.read(since) == nil { throw ValidationError(SinceTime.mistake(since)) }
        }

        /// Whether nothing is chosen.
        var isEmpty: Bool { lead == nil && kind == nil && to == nil && state == nil && since == nil }

        /// Those that are meant. Ends the command where there is no such lead.
        func wanted(in store: any StoreReader) throws -> DeliveryFilter {
            DeliveryFilter(
                lead: try lead.map { try LeadLookup(store).find($0) }, kind: kind, to: to, state: state,
                since: since.flatMap(SinceTime.read))
        }
    }
}

extension Outgoing.Kind: ExpressibleByArgument {}
extension DeliveryState: ExpressibleByArgument {}
