import ArgumentParser
import Journeys
import Plugins
import Store
import Values

/// Which leads a list has.
struct LeadChoice: ParsableArguments {
    @Option(help: ArgumentHelp("Only those with this status.", valueName: "status"))
    var status: LeadStatus?

    @Option(help: ArgumentHelp("Only those whose journey is or was on this map.", valueName: "map"))
    var map: String?

    @Option(
        help: ArgumentHelp(
            "Only those with this text in their id, agent, channel or the text of a field, in any case.",
            valueName: "text"))
    var match: String?

    @Flag(help: "Only those with a track whose decider failed: `do retry` asks it again.")
    var held = false

    @Option(help: ArgumentHelp("Only those for which this step is open.", valueName: "track/step"))
    var open: String?

    @Option(help: ArgumentHelp("Only those that this agent works.", valueName: "agent"))
    var agent: String?

    @Option(
        help: ArgumentHelp(
            "Only those whose last moment is from then on: a time, or `2 days` back.", valueName: "time"))
    var since: String?

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp(
            "Only those for which this holds, as in `when`: 'lead.fields.score > 50'.",
            valueName: "condition"))
    var condition: String?

    func validate() throws {
        if let open, StepPath(open) == nil {
            throw ValidationError("--open: \(open.quotedForMessage) is not a step's path, TRACK/STEP")
        }
        if let since, SinceTime.read(since) == nil { throw ValidationError(SinceTime.mistake(since)) }
        if let condition {
            do throws(LeadCondition.InvalidCondition) {
                _ = try LeadCondition(condition)
            } catch {
                throw ValidationError("--where: \(error)")
            }
        }
    }

    /// What the store looks for itself.
    var filter: LeadFilter {
        LeadFilter(status: status, map: map.map(MapID.init), text: match, isHeld: held ? true : nil)
    }
}

/// The part of a choice that is looked at lead by lead.
///
/// Owner: one thread.
final class LeadSearch {
    private let choice: LeadChoice
    private let store: any StoreReader
    private let steps: OpenSteps
    private let since: Timestamp?
    private let condition: LeadCondition?
    private let now = WallClock.now()
    /// The leads for which the condition looks at something that they do not have, and the first of them.
    private var missing = (count: 0, first: "")
    /// The leads for which the condition cannot be evaluated.
    private var unevaluated = (count: 0, first: "")
    private(set) var damaged: [DamagedLead] = []
    /// Every field that a lead which was looked at has.
    private var fieldNames: Set<ExactText> = []
    /// Whether all leads were looked at.
    private var isOver = false

    /// How many leads are read at once, so that their fields take little memory.
    private static let pageSize = 1000

    init(_ choice: LeadChoice, in store: any StoreReader, _ steps: OpenSteps) {
        self.choice = choice
        self.store = store
        self.steps = steps
        since = choice.since.flatMap(SinceTime.read)
        // It was checked with the command line.
        condition = choice.condition.flatMap { try? LeadCondition($0) }
    }

    /// Hands over the leads that are wanted, in the order of their ids, until `take` wants no more.
    func each(after: LeadID?, _ take: (LeadSummary) throws -> Bool) throws {
        var last = after
        while true {
            let page = try store.leads(matching: choice.filter, after: last, limit: Self.pageSize) { lead in
                // The one behind a page may be met again on the next.
                if !damaged.contains(lead) { damaged.append(lead) }
            }
            for lead in page {
                last = lead.id
                for field in lead.fields { fieldNames.insert(ExactText(field.key)) }
                if try isWanted(lead), try !take(lead) { return }
            }
            if page.count < Self.pageSize {
                isOver = true
                return
            }
        }
    }

    private func isWanted(_ lead: LeadSummary) throws(StoreError) -> Bool {
        if let agent = choice.agent, lead.agent.map({ sameBytes($0, agent) }) != true { return false }
        if let since, lead.changed < since { return false }
        if let open = choice.open, try !steps.of(lead).contains(where: { sameBytes($0, open) }) {
            return false
        }
        return condition.map { holds($0, for: lead) } ?? true
    }

    private func holds(_ condition: LeadCondition, for lead: LeadSummary) -> Bool {
        let whole = Lead(
            id: lead.id, status: lead.status, agent: lead.agent, channel: lead.channel, fields: lead.fields,
            store: Table(), journey: nil, lastSeq: lead.lastSeq, lastMoment: lead.lastMoment)
        do throws(LeadCondition.Unevaluated) {
            return try condition.holds(for: whole, at: now)
        } catch {
            let first = "\(lead.id.text.quotedForMessage): \(error.message.printable)"
            if error.isOfMissing {
                missing = (missing.count + 1, missing.count == 0 ? first : missing.first)
            } else {
                unevaluated = (unevaluated.count + 1, unevaluated.count == 0 ? first : unevaluated.first)
            }
            return false
        }
    }

    /// Says which fields are named that none of the leads has, which leads are left out because the condition cannot be
    /// evaluated for them, and which are damaged. Ends the command where that is not only for what leads do not have.
    ///
    /// - Parameter named: fields that other options than `--where` name.
    func end(naming named: [String]) throws {
        var told: Set<ExactText> = []
        for name in (condition?.fields ?? []) + named where isOver && !fieldNames.isEmpty {
            guard !fieldNames.contains(ExactText(name)), told.insert(ExactText(name)).inserted else {
                continue
            }
            let known = fieldNames.map(\.text).sorted { compareBytes($0, $1) < 0 }
            printToStandardError(
                "None of the leads has a field \(name.quotedForMessage)\(suggestion(for: name, among: known))"
            )
        }
        for (count, first) in [missing, unevaluated] where count > 0 {
            let left = count == 1 ? "is left out" : "are left out, the first of them"
            printToStandardError("--where: \(counted(count, "lead")) \(left) \(first)")
        }
        try endIfDamaged(damaged)
        if unevaluated.count > 0 { throw ExitStatus.foundWrong }
    }
}

/// Names the leads that could not be read, and ends the command with that; everything else is done.
func endIfDamaged(_ leads: [DamagedLead]) throws {
    for lead in leads {
        printToStandardError("Lead \(lead.lead.quotedForMessage) is damaged: \(lead.message)")
    }
    if !leads.isEmpty { throw ExitStatus.foundWrong }
}
