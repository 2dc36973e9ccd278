import ArgumentParser
import Journeys
import Plugins
import Values
import Workspace

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says everything that is wrong in maps, plugins, templates and settings, with its place.")

    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption

    func run() throws {
        try workspace.requireFolder()
        let output = Output()
        var listing = Listing(format.format, to: output)
        let check = WorkspaceCheck(
            reading: DiskTree(root: workspace.folder), environment: workspace.environment)
        for mistake in check.mistakes { show(mistake, "mistake", &listing, output.style) }
        for notice in check.notices { show(notice, "notice", &listing, output.style) }
        if let generation = check.generation, check.mistakes.isEmpty {
            var parts = [
                counted(generation.rulebook.maps.count, "map"), counted(generation.plugins.count, "plugin"),
            ]
            if !generation.templates.isEmpty {
                parts.append(counted(generation.templates.count, "template"))
            }
            listing.text(["\(parts.joined(separator: ", ")): nothing is wrong."])
        }
        listing.end()
        if check.generation == nil { throw ExitStatus.cannotLoad }
        if !check.mistakes.isEmpty { throw ExitStatus.foundWrong }
    }

    private func show(_ mistake: Mistake, _ type: String, _ listing: inout Listing, _ style: Style) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", type)
        writer.field("file", mistake.place.file)
        if mistake.place.line > 0 {
            writer.field("line", mistake.place.line)
            if mistake.place.column > 0 { writer.field("column", mistake.place.column) }
        }
        writer.field("message", mistake.message)
        writer.endObject()
        let tone: Style.Tone = type == "mistake" ? .bad : .notice
        listing.element(
            json: writer.text,
            text: [
                "\(style("\(mistake.place)", tone)): \(type == "notice" ? "notice: " : "")\(mistake.message)"
            ])
    }
}
