import ArgumentParser
import Authoring
import Journeys
import Values
import Workspace

struct ListTriggers: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "triggers",
        abstract: "Lists what would run on each event, in the order in which it would.",
        discussion: """
            For each event of each map its triggers, in the order of the map's file, and then the plugins' subscriptions, \
            with where each is written. A decider has the number 0: it is asked before its track's events fire.

            With --format json and jsonl each is one JSON object.
            """)

    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption

    @Option(help: "Only those of this map.", completion: .mapID)
    var map: String?

    @Option(help: "Only those of this event, as step.close; a * matches any characters.")
    var event: String?

    @Option(
        help: ArgumentHelp(
            "Only those at this place; a * matches any characters but a slash.", valueName: "path"))
    var at: String?

    func run() throws {
        let generation = try workspace.load()
        let maps =
            try map.map { [try found($0, in: generation)] }
            ?? generation.rulebook.maps.keys.sorted {
                compareBytes($0.text, $1.text) < 0
            }
        let output = Output()
        var listing = Listing(format.format, to: output)
        var isEmpty = true
        for map in maps {
            let triggers = TriggerListing(of: map, in: generation)?.triggers.filter(isWanted) ?? []
            if triggers.isEmpty { continue }
            if !isEmpty { listing.text([""]) }
            isEmpty = false
            listing.text([output.style(map.text, .strong)])
            show(triggers, in: &listing, output)
        }
        if isEmpty { listing.text(["Nothing would run."]) }
        listing.end()
    }

    private func show(_ triggers: [ListedTrigger], in listing: inout Listing, _ output: Output) {
        var table = TextTable(
            ["event", "at", "", "trigger", "runs", "when", "written"], whole: ["event", "at", ""],
            output.style)
        for trigger in triggers {
            var writer = JSONWriter()
            trigger.write(to: &writer)
            listing.element(json: writer.text, text: [])
            // A subscription is its own trigger.
            let run = trigger.trigger == trigger.run.description ? "" : trigger.run.description
            table.add([
                trigger.event, trigger.at ?? "", "\(trigger.number)", trigger.trigger, run,
                trigger.when ?? "",
                "\(trigger.place)",
            ])
        }
        listing.text(table.lines(within: output.columns))
    }

    private func isWanted(_ trigger: ListedTrigger) -> Bool {
        if let event, !Subscriptions.matches(trigger.event, pattern: event) { return false }
        guard let at else { return true }
        return trigger.at.map { Subscriptions.matches($0, pattern: at) } ?? false
    }

    private func found(_ map: String, in generation: Generation) throws -> MapID {
        let id = MapID(map)
        if generation.rulebook.maps[id] != nil { return id }
        let hint = suggestion(for: map, among: generation.rulebook.maps.keys.map(\.text).sorted())
        printToStandardError("There is no map \(map.quotedForMessage)\(hint.isEmpty ? "." : hint)")
        throw ExitStatus.foundWrong
    }
}
