import ArgumentParser
import Authoring
import Journeys
import Plugins
import Values
import Workspace

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract:
            "Says everything that is wrong or surprising in maps, plugins, templates and settings, with its place.",
        discussion: """
            A mistake keeps a file from being used. A surprise is allowed and probably not what was meant: a trigger that \
            fires at another time than one would think, a name that nothing has. A comment silences one where it is: \
            `signalbox: allow ID, because ...`.

            The exit status is 1 where a mistake or a surprise was found, and 65 where the workspace cannot be loaded.
            """)

    @OptionGroup var workspace: WorkspaceOption

    @Option(
        help: ArgumentHelp(
            "How findings are written; sarif is what editors and CI services read.", valueName: "format"))
    var format: CheckFormat = .text

    enum CheckFormat: String, ExpressibleByArgument, CaseIterable {
        case text, json, jsonl, sarif

        /// That of a listing; nil where it is none.
        var ofListing: Format? { Format(rawValue: rawValue) }
    }

    func run() throws {
        try workspace.requireFolder()
        let output = Output()
        let tree = DiskTree(root: workspace.folder)
        let check = WorkspaceCheck(reading: tree, environment: workspace.environment)
        let surprises = Survey(of: check.readable).surprises
        let wrong = (check.mistakes.map { Finding($0, .mistake) } + surprises.map { Finding($0) })
            .sorted { $0.place < $1.place }
        let findings = wrong + check.notices.map { Finding($0, .notice) }
        var excerpts = SourceExcerpts(
            from: tree, pluginFolder: check.readable.settings.plugins.folder, columns: output.columns)
        if let format = format.ofListing {
            var listing = Listing(format, to: output)
            for finding in findings {
                listing.element(json: finding.json, text: lines(of: finding, &excerpts, output.style))
            }
            listing.text(summary(of: check, surprises.count))
            listing.end()
        } else {
            output.json(
                SARIFLog.text(findings, version: HostVersion.program) { excerpts.length(at: $0) })
            output.flush()
        }
        if check.generation == nil { throw ExitStatus.cannotLoad }
        if !wrong.isEmpty { throw ExitStatus.foundWrong }
    }

    private func lines(
        of finding: Finding, _ excerpts: inout SourceExcerpts<DiskTree>, _ style: Style
    ) -> [String] {
        let excerpt = excerpts.lines(at: finding.place, style)
        let advice = finding.kind.surprise.map { ["      \($0.advice)"] } ?? []
        return [finding.line(style)] + excerpt + advice
    }

    /// What was read, where there are no mistakes.
    private func summary(of check: WorkspaceCheck, _ surprises: Int) -> [String] {
        guard let generation = check.generation, check.mistakes.isEmpty else { return [] }
        var parts = [
            counted(generation.rulebook.maps.count, "map"), counted(generation.plugins.count, "plugin"),
        ]
        if !generation.templates.isEmpty { parts.append(counted(generation.templates.count, "template")) }
        let result = surprises == 0 ? "nothing is wrong" : "no mistakes, \(counted(surprises, "surprise"))"
        return ["\(parts.joined(separator: ", ")): \(result)."]
    }
}
