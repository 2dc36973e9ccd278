import ArgumentParser
import Foundation
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
        discussion: """
            Every column but the id's becomes a field: `Lead Source` becomes lead_source. An empty cell is no \
            field. Values are text unless --number says otherwise. A second import of the same rows does \
            nothing. Bad rows are listed with their line and left out.
            """)

    @OptionGroup var workspace: WorkspaceOption

    @Argument(help: "The file; its first row names the columns.")
    var file: String

    @Option(help: "The map to assign to.")
    var map: String

    @Option(help: "The column that holds the lead's id.")
    var id: String

    @Option(help: "The column that holds how the lead came.")
    var channel: String?

    @Option(help: "NAME=COLUMN: the column becomes the field NAME.")
    var field: [String] = []

    @Option(help: "A field whose values are numbers.")
    var number: [String] = []

    @Option(help: "Who assigns.")
    var by = "import"

    func run() throws {
        guard let data = FileManager.default.contents(atPath: file) else {
            tell("\(file): the file cannot be read")
            throw Ending.cannotLoad
        }
        var reader = CSVReader(Array(data))
        let sheet = try readHeader(&reader)
        let generation = try workspace.load()
        let engine = try Engine(
            store: try workspace.openStore(generation), generation: generation, logger: .quiet,
            clock: WallClock.now)

        var counts = Counts()
        var progress = Progress(of: "rows")
        var isAtEnd = false
        while !isAtEnd {
            var batch: [(line: Int, command: Command)] = []
            while batch.count < Self.batchLimit, !isAtEnd {
                guard let row = reader.next() else {
                    isAtEnd = true
                    break
                }
                counts.rows += 1
                do {
                    batch.append((row.line, try sheet.command(try row.cells.get())))
                } catch {
                    counts.bad += 1
                    tell("\(file):\(row.line): \(error); the row is left out")
                }
            }
            for (answer, (line, command)) in zip(try engine.handle(batch.map(\.command)), batch) {
                switch answer {
                case .accepted(let accepted):
                    counts.assigned += 1
                    if accepted.hasIncidents { counts.incidents += 1 }
                case .repeated: counts.repeated += 1
                case .refused(let refusal):
                    counts.bad += 1
                    tell("\(file):\(line): lead \(command.lead): \(refusal.reason.rawValue): \(refusal.message); the row is left out")
                }
            }
            progress.add(batch.count)
        }
        progress.end(counts.summary)
        if counts.bad > 0 || counts.incidents > 0 || generation.hasFailedPlugins { throw Ending.foundWrong }
    }

    private static let batchLimit = 500

    private struct Counts {
        var rows = 0
        var assigned = 0
        var repeated = 0
        var bad = 0
        var incidents = 0

        var summary: String {
            var parts = ["\(assigned) assigned"]
            if repeated > 0 { parts.append("\(repeated) were imported before") }
            parts.append("\(bad) left out")
            if incidents > 0 { parts.append("\(incidents) with incidents") }
            return parts.joined(separator: ", ")
        }
    }

    private func readHeader(_ reader: inout CSVReader) throws -> LeadSheet {
        do {
            guard let header = reader.next() else {
                throw LeadSheet.Mistake(description: "the file is empty; its first row must name the columns")
            }
            return try LeadSheet(
                header: try header.cells.get(), map: MapID(map), by: by, id: id, channel: channel,
                fieldNames: field, numbers: number)
        } catch {
            tell("\(file):1: \(error)")
            throw Ending.cannotLoad
        }
    }
}
