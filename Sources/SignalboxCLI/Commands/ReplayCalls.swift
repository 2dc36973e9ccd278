import ArgumentParser
import Authoring
import Foundation
import Journeys
import Plugins
import Store
import Synchronization
import Values
import Workspace

struct ReplayCalls: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Runs the recorded calls on other code, and shows what would come to something else.",
        usage: "signalbox replay --plugins DIR [OPTIONS]",
        discussion: """
            Each call that is recorded runs again on the plugins in DIR, on what it saw then: its event, the lead, the time, \
            random numbers, and what it read of its plugin's values. Maps, settings and templates are those of the \
            workspace. Nothing is stored, and no effect is carried out.

            Not compared are calls whose end did not depend on their input alone: those that were cut off by a deadline or a \
            crash, and those that were not made because of a limit or a quarantine.

            The exit status is 1 where something differs. With --format json and jsonl each difference is one JSON \
            object.
            """)

    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption

    @Option(help: ArgumentHelp("The folder with the other plugins.", valueName: "dir"))
    var plugins: String

    @Option(
        help: ArgumentHelp(
            "Only calls since this time (2026-11-22T09:00:00Z), or of the last 2h or 3 days.",
            valueName: "time"))
    var since: String?

    @Option(help: "Only calls for events of this map.")
    var map: String?

    func validate() throws {
        if let since, SinceTime.read(since) == nil { throw ValidationError(SinceTime.mistake(since)) }
    }

    func run() throws {
        let recorded = try workspace.load()
        let candidate = try workspace.load(withPluginsIn: plugins)
        let store = try workspace.openStoreToRead()
        let replay = Replay(
            of: store, recorded, on: candidate, since: since.flatMap(SinceTime.read),
            map: map.map { MapID($0) })
        let progress = Mutex(Progress(of: "call"))
        let (leads, damaged) = try leads(in: store)
        let (summary, differences) = try replay.run(
            leads, threads: ProcessInfo.processInfo.activeProcessorCount
        ) { count in progress.withLock { $0.add(count) } }
        let output = Output()
        var listing = Listing(format.format, to: output)
        for difference in differences {
            var writer = JSONWriter()
            difference.write(to: &writer)
            listing.element(json: writer.text, text: lines(difference, output.style))
        }
        listing.end()
        var parts = [
            "\(summary.unchanged) unchanged", "\(summary.changed) changed",
            "\(summary.newlyFailing) newly failing", "\(summary.newlyPassing) newly passing",
        ]
        if summary.notCompared > 0 { parts.append("\(summary.notCompared) not compared") }
        progress.withLock { $0.end(parts.joined(separator: ", ")) }
        try endIfDamaged(damaged)
        if !differences.isEmpty { throw ExitStatus.foundWrong }
    }

    /// With those that do not read back.
    private func leads(in store: any StoreReader) throws -> (whole: [LeadID], damaged: [DamagedLead]) {
        var leads: [LeadID] = []
        var damaged: [DamagedLead] = []
        while true {
            let page = try store.leads(matching: LeadFilter(), after: leads.last, limit: 1_000) { lead in
                // One behind a page is met again on the next.
                if !damaged.contains(lead) { damaged.append(lead) }
            }
            if page.isEmpty { return (leads, damaged) }
            leads += page.map(\.id)
        }
    }

    private func lines(_ difference: Replay.Difference, _ style: Style) -> [String] {
        var head = StyledLine(style)
        let tone: Style.Tone =
            switch difference.kind {
            case .changed: .notice
            case .newlyFailing: .bad
            case .newlyPassing: .good
            }
        head.add(difference.kind.rawValue, tone, width: 15)
        head.add("\(difference.lead.text)  moment \(difference.moment)  \(difference.trigger)", .strong)
        if difference.trigger != difference.run.description { head.add("  \(difference.run)", .faint) }
        func line(_ name: String, _ value: Value) -> String {
            var line = StyledLine(style, indent: 15)
            line.add("\(name)  \(value.json)")
            return line.text
        }
        return [head.text, line("was", difference.was), line("now", difference.now), ""]
    }
}
