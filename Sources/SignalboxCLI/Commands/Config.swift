import ArgumentParser
import Journeys
import Values
import Workspace

struct Config: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Shows each setting, its value, and where the value came from.",
        discussion: """
            A variable of the environment goes before signalbox.yaml. It is named SIGNALBOX_ with the \
            setting's name in capitals and _ for each dot: SIGNALBOX_SERVE_LISTEN is serve.listen. Of a \
            secret only the variable or the file is shown that keeps it.
            """)

    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption

    func run() throws {
        try workspace.requireFolder()
        let file = SettingsFile(
            reading: DiskTree(root: workspace.folder), environment: workspace.environment)
        guard file.mistakes.isEmpty else {
            for mistake in file.mistakes { printToStandardError("\(mistake)") }
            throw ExitStatus.cannotLoad
        }
        let output = Output()
        var listing = Listing(format.format, to: output)
        var table = TextTable(["setting", "value", "from"], whole: ["setting"], output.style)
        let entries = file.entries
        for entry in entries {
            table.add([entry.path, entry.text, entry.origin.text])
            listing.element(json: entry.json, text: [])
        }
        let lines = table.lines(within: output.columns)
        // What somebody set is what is looked for.
        listing.text(
            lines.prefix(1)
                + zip(lines.dropFirst(), entries).map { line, entry in
                    entry.origin == .standard ? output.style(line, .faint) : line
                })
        listing.end()
    }
}

extension SettingEntry.Origin {
    /// `default`, `signalbox.yaml:3`, or the variable.
    fileprivate var text: String {
        switch self {
        case .standard: "default"
        case .file(let place): "\(FilePlace(file: place.file, wholeLine: place.line))"
        case .environment(let name): name
        }
    }
}

extension SettingEntry {
    fileprivate var json: String {
        var table: Table = ["setting": .string(path), "value": value]
        switch origin {
        case .standard: table["from"] = "default"
        case .file(let place):
            table["from"] = "file"
            table["file"] = .string(place.file)
            table["line"] = .integer(Int64(place.line))
        case .environment(let name):
            table["from"] = "environment"
            table["variable"] = .string(name)
        }
        return Value.table(table).json
    }
}
