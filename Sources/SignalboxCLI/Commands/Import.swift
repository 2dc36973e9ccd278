import ArgumentParser
import Journeys
import Logging
import Plugins
import SQLiteStore
import Signalbox
import Store
import Values
import Workspace

struct Import: ParsableCommand {
    /// Of the file, which is read whole.
    static let fileLimitBytes = 256 << 20

    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Assigns the leads of a spreadsheet (CSV) to a map.",
        usage: "signalbox import FILE.csv --map MAP --id COLUMN [OPTIONS]",
        discussion: """
            Every column but the id's becomes a field: `Lead Source` becomes lead_source. A blank cell is not \
            a field. Values are text unless --number says otherwise. A second import of the same rows does \
            nothing. Bad rows are listed with their line and left out. Incidents are counted by trigger and \
            message; --verbose shows each.

            COLUMN is a column's name in the first row, spaces around it left out. A name that two columns \
            have is refused.

            signalbox import leads.csv --map courses --id "Prospect ID" --number visits
            """)

    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption

    @Argument(
        help: ArgumentHelp(
            "The file, its first row the names of the columns; - for standard input.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("The map to assign to.", valueName: "map"))
    var map: String

    @Option(help: ArgumentHelp("The column that holds the lead's id.", valueName: "column"))
    var id: String

    @Option(
        help: ArgumentHelp(
            "The column that says how the lead came; it becomes a field too.", valueName: "column"))
    var channel: String?

    @Option(
        help: ArgumentHelp(
            "The column becomes the field NAME; a column that is named twice becomes both fields.",
            valueName: "NAME=COLUMN"))
    var field: [String] = []

    @Option(help: ArgumentHelp("A field whose values are numbers.", valueName: "field"))
    var number: [String] = []

    @Flag(help: "Show every incident, and not only how many there are of each kind.")
    var verbose = false

    @Option(help: ArgumentHelp("Who assigns; the events say so.", valueName: "who"))
    var by = "import"

    func validate() throws {
        guard Command.isAuthor(by) else { throw ValidationError("--by: \(Command.authorRule)") }
    }

    func run() throws {
        var reader = CSVReader(try InputFile.read(file, limitBytes: Self.fileLimitBytes))
        let sheet = try readHeader(&reader)
        let generation = try workspace.load()
        do throws(Refusal) {
            _ = try generation.rulebook.definition(of: MapID(map))
        } catch {
            printToStandardError("\(error.reason.rawValue): \(error.message)")
            throw ExitStatus.foundWrong
        }
        let target = try workspace.commandTarget(loaded: generation)
        let interruption = try Interruption()
        let output = Output(outlivesReader: true, until: interruption)
        let live = try target.taker(workspace, until: interruption)
        var report = Report(
            format: format.format, detail: verbose ? .incidents : .summary, namesLeads: true, to: output)
        var progress = Progress(of: "row")
        var leftOut = 0
        let (lastLine, failure) = try CommandStream(live, until: interruption).run { [reader] stream in
            Self.give(reader, as: sheet, to: stream, until: interruption)
        } showing: { row in
            switch row {
            case .unfit(let why, let line):
                leftOut += 1
                leaveOut(line, why)
            case .answer(let answer, let given):
                report.answer(answer, to: given.command, given: given.value, line: given.line)
                if case .refused(let refusal) = answer {
                    leaveOut(given.line, why(refusal, given.command.lead))
                }
            case .own(let command, let moment): report.own(command, moment)
            case .released: break
            }
        } pausing: { count in
            output.flush()
            progress.add(count)
        }
        live.end { report.own($0, $1) }
        report.end()
        let counts = report.counts
        leftOut += counts.refused
        var parts = ["\(counts.accepted) assigned"]
        if counts.repeated > 0 { parts.append("\(counts.repeated) imported before") }
        parts.append("\(leftOut) left out")
        if counts.incidents > 0 { parts.append("\(counts.incidents) with incidents") }
        progress.end(parts.joined(separator: ", "))
        if let failure {
            printToStandardError(
                "\(failure.error)\n\(failure.consequence("imported"))"
            )
            throw ExitStatus.of(failure.error)
        }
        if let lastLine {
            interruption.end("Nothing was imported after line \(lastLine); what came before is done.")
        }
        if leftOut > 0 || counts.incidents > 0 || live.hasMistakes {
            throw ExitStatus.foundWrong
        }
    }

    /// Gives each row; answers the line of the last where an interruption ended that.
    private static func give(
        _ rows: CSVReader, as sheet: LeadSheet, to stream: CommandStream, until interruption: Interruption
    ) -> Int? {
        var rows = rows
        var last = 1
        while let row = rows.next() {
            if interruption.isAsked { return last }
            last = row.line
            let isWanted: Bool
            do {
                let command = try sheet.command(try row.cells.get())
                isWanted = stream.give(
                    .command(command), given: command.value, line: row.line, bytes: row.bytes)
            } catch {
                isWanted = stream.give(unfit: "\(error)", line: row.line)
            }
            if !isWanted { break }
        }
        return nil
    }

    private func leaveOut(_ line: Int, _ why: String) {
        printToStandardError("\(name):\(line): \(why.printable); the row is left out")
    }

    private func why(_ refusal: Refusal, _ lead: LeadID) -> String {
        let who = "lead \(lead.text.quotedForMessage)"
        return refusal.reason == .idReused
            ? "\(who) was imported with other values before, by this file or an earlier one"
            : "\(who): \(refusal.reason.rawValue): \(refusal.message)"
    }

    private var name: String { file == "-" ? "standard input" : file }

    private func readHeader(_ reader: inout CSVReader) throws -> LeadSheet {
        do {
            guard let header = reader.next() else {
                throw LeadSheet.SheetError(
                    description: "the file is empty; its first row must name the columns")
            }
            let sheet = try LeadSheet(
                header: try header.cells.get(), map: MapID(map), by: by, id: id, channel: channel,
                fieldNames: field, numbers: number)
            if let stray = sheet.firstNamelessValue(in: reader) {
                printToStandardError("\(name):\(stray.line): \(stray.mistake)")
                throw ExitStatus.cannotLoad
            }
            return sheet
        } catch let ending as ExitCode {
            throw ending
        } catch {
            printToStandardError("\(name):1: \(error)")
            throw ExitStatus.cannotLoad
        }
    }
}
