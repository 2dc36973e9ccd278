import ArgumentParser
import Journeys
import Logging
import Plugins
import SQLiteStore
import Signalbox
import Store
import Values

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Assigns the leads of a spreadsheet (CSV) to a map.",
        usage: "signalbox import FILE.csv --map MAP --id COLUMN [OPTIONS]",
        discussion: """
            Every column but the id's becomes a field: `Lead Source` becomes lead_source. An empty cell is no \
            field. Values are text unless --number says otherwise. A second import of the same rows does \
            nothing. Bad rows are listed with their line and left out.

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

    @Option(help: ArgumentHelp("The column becomes the field NAME.", valueName: "NAME=COLUMN"))
    var field: [String] = []

    @Option(help: ArgumentHelp("A field whose values are numbers.", valueName: "field"))
    var number: [String] = []

    @Option(help: ArgumentHelp("Who assigns; the events say so.", valueName: "who"))
    var by = "import"

    func validate() throws {
        guard GivenCommand.isName(by) else { throw ValidationError("--by: \(GivenCommand.nameRule)") }
    }

    func run() throws {
        var reader = CSVReader(try InputFile.read(file))
        let sheet = try readHeader(&reader)
        let generation = try workspace.load()
        do throws(Refusal) {
            _ = try generation.rulebook.definition(of: MapID(map))
        } catch {
            tell("\(error.reason.rawValue): \(error.message)")
            throw Ending.foundWrong
        }
        let engine = try SerialEngine(
            store: try workspace.openStore(generation), generation: generation, logger: .quiet,
            clock: WallClock.now)
        let output = Output(outlivesReader: true)
        var report = Report(format: format.format, detail: .incidents, namesLeads: true, to: output)
        var progress = Progress(of: "rows")
        var leftOut = 0
        var isAtEnd = false
        while !isAtEnd {
            var batch: [(line: Int, command: Command)] = []
            while batch.count < Self.batchLimit, !isAtEnd {
                guard let row = reader.next() else {
                    isAtEnd = true
                    break
                }
                do {
                    batch.append((row.line, try sheet.command(try row.cells.get())))
                } catch {
                    leftOut += 1
                    progress.add(1)
                    leaveOut(row.line, "\(error)")
                }
            }
            let answers: [Answer]
            do throws(StoreError) {
                answers = try engine.handle(batch.map(\.command))
            } catch {
                report.end()
                tell("\(error)\nNothing was imported from line \(batch[0].line) on; what came before stands.")
                throw Ending.of(error)
            }
            for (answer, (line, command)) in zip(answers, batch) {
                report.answer(answer, to: command, given: command.value, line: line)
                if case .refused(let refusal) = answer { leaveOut(line, why(refusal, command.lead)) }
            }
            output.flush()
            progress.add(batch.count)
        }
        report.end()
        let counts = report.counts
        leftOut += counts.refused
        var parts = ["\(counts.accepted) assigned"]
        if counts.repeated > 0 { parts.append("\(counts.repeated) imported before") }
        parts.append("\(leftOut) left out")
        if counts.incidents > 0 { parts.append("\(counts.incidents) with incidents") }
        progress.end(parts.joined(separator: ", "))
        if leftOut > 0 || counts.incidents > 0 || generation.hasFailedPlugins { throw Ending.foundWrong }
    }

    /// How many rows share one commit.
    private static let batchLimit = 500

    private func leaveOut(_ line: Int, _ why: String) {
        tell("\(name):\(line): \(why.printable); the row is left out")
    }

    private func why(_ refusal: Refusal, _ lead: LeadID) -> String {
        let who = "lead \(lead.text.quotedForMessage)"
        return switch refusal.reason {
        case .idReused: "\(who) was imported with other values before, by this file or an earlier one"
        default: "\(who): \(refusal.reason.rawValue): \(refusal.message)"
        }
    }

    private var name: String { file == "-" ? "standard input" : file }

    private func readHeader(_ reader: inout CSVReader) throws -> LeadSheet {
        do {
            guard let header = reader.next() else {
                throw LeadSheet.Mistake(description: "the file is empty; its first row must name the columns")
            }
            return try LeadSheet(
                header: try header.cells.get(), map: MapID(map), by: by, id: id, channel: channel,
                fieldNames: field, numbers: number)
        } catch {
            tell("\(name):1: \(error)")
            throw Ending.cannotLoad
        }
    }
}
