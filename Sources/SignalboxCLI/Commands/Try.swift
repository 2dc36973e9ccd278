import ArgumentParser
import Authoring
import Foundation
import Journeys
import LuaSandbox
import Plugins
import Store
import Values
import Workspace

struct Try: ParsableCommand {
    static let eventLimitBytes = 16 << 20

    static let configuration = CommandConfiguration(
        commandName: "try",
        abstract: "Calls one action or decider in the sandbox, and shows its effects, usage and log.",
        usage: """
            signalbox try FUNCTION [--event FILE] [--with JSON] [OPTIONS]
                   signalbox try FUNCTION --lead LEAD --seq N [OPTIONS]
            """,
        discussion: """
            The event is a JSON object as the function gets it: name, at, map, track, step, payload, lead \
            with id, status and fields. What it does not say is made up: without --event that is the event that a \
            subscription names, or map.open, of the lead L1 without fields. A decider's has steps, the ids to choose from; \
            without them they are those of its map and track in the workspace. Nothing is stored, and no effect is carried out.

            With --lead and --seq the function is called on what it saw when the lead's event with that number ran \
            it: the event, the lead, the parameters, the time, random numbers, and what it read of its plugin's values.

            With --watch it is called again at each save of the workspace's files, and of the event's.
            """)

    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption

    @Argument(
        help: ArgumentHelp("PLUGIN.ACTION, PLUGIN.DECIDER or PLUGIN/on/N.", valueName: "function"),
        completion: .functionName)
    var function: String

    @Option(
        help: ArgumentHelp(
            "The event: a file with a JSON object, or - for standard input.", valueName: "file"))
    var event: String?

    @Option(help: ArgumentHelp("The parameters: a JSON object.", valueName: "json"))
    var with: String?

    @Option(
        help: "The lead whose recorded call is made again: its id, or a beginning of it that no other has.")
    var lead: String?

    @Option(help: ArgumentHelp("The number of the lead's event that ran it.", valueName: "number"))
    var seq: Int?

    @Flag(help: "Call again at each save, until the command is stopped.")
    var watch = false

    private var name: FunctionName {
        get throws {
            guard let name = FunctionName(described: function) else {
                throw ValidationError(
                    "\(function.quotedForMessage) is not PLUGIN.ACTION, PLUGIN.DECIDER or PLUGIN/on/N")
            }
            return name
        }
    }

    func validate() throws {
        guard (lead == nil) == (seq == nil) else { throw ValidationError("--lead and --seq go together") }
        guard event == nil || lead == nil else {
            throw ValidationError("give either --event, or --lead and --seq")
        }
        guard with == nil || lead == nil else {
            throw ValidationError("a recorded call has its parameters; leave out --with")
        }
        guard !watch || format.format == .text else {
            throw ValidationError("--watch is for people: leave out --format")
        }
        guard !watch || event != "-" else {
            throw ValidationError(
                "--watch reads the event again at each save: name a file in place of standard input")
        }
    }

    func run() throws {
        let name = try name
        let generation = try workspace.load()
        guard watch else { return try show(try call(name, on: generation)) }
        let watched = try WatchedWorkspace(
            workspace, after: generation, others: [event].compactMap(\.self))
        do {
            try show(try call(name, on: generation))
        } catch is ExitCode {
            // Why is told.
        }
        try watched.afterEachSave(in: workspace) { generation in
            let run = try call(name, on: generation)
            Output().line()
            try show(run)
        }
    }

    private func call(_ name: FunctionName, on generation: Generation) throws -> PluginRunner.Run {
        if let lead, let seq {
            try runRecorded(name, lead, seq, on: generation)
        } else {
            try runGiven(name, on: generation)
        }
    }

    /// Throws the status of a call that failed.
    private func show(_ run: PluginRunner.Run) throws {
        let output = Output()
        var listing = Listing(format.format, to: output)
        listing.element(json: json(run), text: text(run, output.style))
        listing.end()
        if case .failed = run.result.outcome { throw ExitStatus.foundWrong }
    }

    private func runRecorded(
        _ name: FunctionName, _ lead: String, _ seq: Int, on generation: Generation
    ) throws -> PluginRunner.Run {
        let store = try workspace.openStoreToRead()
        let id = try LeadLookup(store).find(lead)
        guard let record = try store.lead(id) else { throw ExitStatus.foundWrong }
        let found: FoundCall
        do throws(FoundCall.Missing) {
            found = try FoundCall(of: name, on: seq, of: record, in: store, generation)
        } catch {
            if case .store(let error) = error { throw error }
            printToStandardError("Lead \(id.text.quotedForMessage): \(error.message)")
            throw ExitStatus.foundWrong
        }
        return try found.run(on: generation)
    }

    private func runGiven(_ name: FunctionName, on generation: Generation) throws -> PluginRunner.Run {
        let given = try event.map { try readEvent($0) } ?? Table()
        let with = with ?? "{}"
        guard let read = try? JSONReader.read(with), let parameters = read.table else {
            throw ValidationError("--with is not a JSON object: \(with)")
        }
        if let fault = MadeEvent.fault(of: name, in: generation) {
            printToStandardError("\(fault.prefix(1).uppercased())\(fault.dropFirst())")
            throw ExitStatus.foundWrong
        }
        var event = MadeEvent.completed(given, for: name, in: generation)
        if case .named(let local) = name.name, generation.loaded(name.plugin)?.manifest.decider(local) != nil
        {
            event["steps"] = try steps(of: event, generation)
        }
        let at = event["at"]?.integer.map(Timestamp.init) ?? Timestamp("2000-01-01T00:00:00Z")!
        event["at"] = .integer(at.milliseconds)
        return PluginRunner(generation.catalogue, for: generation.rulebook).call(
            name, event: .table(event), parameters: GivenParameters(parameters), at: at, seed: 0)
    }

    private func readEvent(_ file: String) throws -> Table {
        let bytes = try InputFile.read(file, limitBytes: Self.eventLimitBytes)
        do {
            let value = try JSONReader.read(bytes)
            if let table = value.table { return table }
            printToStandardError("\(file): an event is a JSON object, not a \(value.typeName)")
        } catch {
            printToStandardError("\(file): not JSON: \(error)")
        }
        throw ExitStatus.cannotLoad
    }

    /// What a decider chooses from, as the engine always gives it.
    private func steps(of event: Table, _ generation: Generation) throws -> Value {
        let file = self.event ?? "The event"
        if let given = event["steps"] {
            if let steps = given.list, steps.allSatisfy({ $0.string != nil }) { return given }
            printToStandardError("\(file): `steps` must be a list of ids of steps")
            throw ExitStatus.cannotLoad
        }
        if let steps = MadeEvent.steps(of: event, in: generation) { return steps }
        printToStandardError(
            "\(file): a decider chooses from steps; give the event `steps`, or the `map` and `track` of a map that is there"
        )
        throw ExitStatus.cannotLoad
    }

    private func text(_ run: PluginRunner.Run, _ style: Style) -> [String] {
        var lines: [String] = []
        switch run.result.outcome {
        case .effects(let effects):
            lines.append(style("ok", .good) + (effects.isEmpty ? "  no effects" : ""))
            lines += effects.map { "  \($0.value.json)" }
        case .answer(let answer):
            lines += [style("ok", .good), "  \(answer.json)"]
        case .skipped:
            lines.append("skipped")
        case .failed(let failure):
            lines.append(style("failed", .bad) + "  \(failure.reason.rawValue): \(failure.message)")
            if let traceback = failure.traceback {
                lines += traceback.split(separator: "\n").map { style("    \($0)", .faint) }
            }
        }
        for record in run.result.log {
            let fields = record.fields.isNull ? "" : "  \(record.fields.json)"
            lines.append("  log \(record.level.rawValue): \(record.message)\(fields)".printable)
        }
        if let usage = run.usage {
            let microseconds = Int(usage.time / .microseconds(1))
            var text = "  \(microseconds) us, at most \(usage.peakMemoryBytes / 1024) KiB"
            if let instructions = usage.instructions, instructions > 0 {
                text += ", \(instructions) instructions"
            }
            lines.append(style(text, .faint))
        }
        return lines
    }

    private func json(_ run: PluginRunner.Run) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", "try")
        writer.field("run", function)
        switch run.result.outcome {
        case .effects(let effects):
            writer.field("outcome", "ok")
            writer.field("effects", .list(effects.map(\.value)))
        case .answer(let answer):
            writer.field("outcome", "ok")
            writer.field("answer", answer)
        case .skipped:
            writer.field("outcome", "skipped")
        case .failed(let failure):
            writer.field("outcome", "failed")
            writer.field("reason", failure.reason.rawValue)
            writer.field("message", failure.message)
            if let traceback = failure.traceback { writer.field("traceback", traceback) }
        }
        writer.field(
            "log",
            .list(
                run.result.log.map {
                    [
                        "level": .string($0.level.rawValue), "message": .string($0.message),
                        "fields": $0.fields,
                    ]
                }))
        if let usage = run.usage {
            writer.key("usage")
            writer.beginObject()
            writer.field("microseconds", Int(usage.time / .microseconds(1)))
            writer.field("peakMemoryBytes", usage.peakMemoryBytes)
            if let instructions = usage.instructions { writer.field("instructions", instructions) }
            writer.field("hostCalls", usage.hostCalls)
            writer.endObject()
        }
        writer.endObject()
        return writer.text
    }
}
