import ArgumentParser
import Authoring
import Journeys
import Plugins
import Store
import Values

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says why a lead's triggers fired, or why they did not.",
        usage: "signalbox explain LEAD [TRIGGER] [OPTIONS]",
        discussion: """
            One verdict for each trigger of the map that the lead is on, or was on last: its own triggers, its deciders, and \
            the plugins' subscriptions that it can run. With TRIGGER, the verdict for that one. It is told from what is \
            recorded, and nothing is run.

            The verdicts are fired, when_false, failed, plugin_missing, not_granted, quarantined, step_removed, \
            passed_over, went_otherwise, held, map_ended, not_reached, not_subscribed and not_in_version.

            With --format json and jsonl each verdict is one JSON object.
            """)

    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption

    @Option(
        help: ArgumentHelp(
            "An earlier visit of a map: the number of the lead's journey, from 1.", valueName: "number"))
    var journey: Int?

    @Argument(help: "The lead's id, or a beginning of it that no other has.", completion: .leadID)
    var lead: String

    @Argument(help: "The trigger's name: MAP/PLACE/VERB/N, MAP/TRACK/flex or PLUGIN/on/N.")
    var trigger: String?

    func validate() throws {
        guard journey ?? 1 >= 1 else { throw ValidationError("--journey must be at least 1") }
    }

    func run() throws {
        let generation = try workspace.load()
        let store = try workspace.openStoreToRead()
        let id = try LeadLookup(store).find(lead)
        guard let record = try store.lead(id) else { throw ExitStatus.foundWrong }
        let explained: (visit: Visit, explanations: [Explanation])
        do throws(ExplainFault) {
            let explainer = try Explainer(record, journey: journey, in: store, generation)
            explained = (explainer.visit, try explainer.explanations(of: trigger))
        } catch {
            if case .store(let error) = error { throw error }
            printToStandardError("Lead \(id.text.quotedForMessage): \(error.message)")
            throw ExitStatus.foundWrong
        }
        let output = Output()
        let text = ExplanationText(style: output.style)
        var listing = Listing(format.format, to: output)
        listing.text([text.head(id, explained.visit)])
        for explanation in explained.explanations {
            var writer = JSONWriter()
            explanation.write(to: &writer)
            listing.element(json: writer.text, text: [""] + text.lines(explanation))
        }
        if explained.explanations.isEmpty {
            listing.text(["", "The map has no triggers, and no plugin subscribes to its events."])
        }
        listing.end()
    }
}

/// Verdicts for people: what was decided and for which trigger, and under it why.
private struct ExplanationText {
    let style: Style

    func head(_ lead: LeadID, _ visit: Visit) -> String {
        "\(style(lead.text.printable, .strong))  journey \(visit.number) on \(visit.definition.id)"
    }

    func lines(_ explanation: Explanation) -> [String] {
        let verdict = explanation.verdict
        var head = StyledLine(style)
        head.add(verdict.kind.rawValue, tone(verdict.kind), width: Self.width)
        head.add(explanation.trigger, .strong)
        // A subscription is its own trigger.
        if explanation.trigger != explanation.run.description { head.add("  \(explanation.run)", .faint) }
        var lines = [head.text]
        func add(_ text: String, _ tone: Style.Tone? = nil) {
            var line = StyledLine(style, indent: Self.width)
            line.add(text, tone)
            lines.append(line.text)
        }
        add(verdict.message)
        let timeline = Timeline(style: style, namesLeads: false)
        for effect in verdict.effects ?? [] { add(timeline.describe(effect), .calm) }
        if let decision = verdict.decision { add(timeline.describe(decision), .calm) }
        if verdict.calls > 1 {
            add("called \(verdict.calls) times on this journey", .faint)
        }
        for (path, value) in verdict.values { add("\(path.text) = \(value.forPeople)", .calm) }
        if !verdict.steps.isEmpty {
            add("open: \(verdict.steps.map(\.description).joined(separator: "  "))", .notice)
        }
        if let incident = verdict.incident { add("incident \(incident)", .bad) }
        return lines
    }

    private static let width = 16

    private func tone(_ kind: Verdict.Kind) -> Style.Tone {
        switch kind {
        case .fired: .good
        case .failed, .pluginMissing, .notGranted, .quarantined, .held: .bad
        case .whenFalse, .stepRemoved, .passedOver, .wentOtherwise, .mapEnded, .notSubscribed, .notInVersion:
            .notice
        case .notReached: .calm
        }
    }
}
