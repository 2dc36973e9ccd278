import Journeys
import Logging
import Plugins
import Signalbox
import Store
import Values
import Workspace

/// What a test acts on: plugins that it calls, and leads on an engine of its own with a clock that stands still until it is told.
///
/// Owner: one thread at a time.
final class SpecWorld {
    private let workspace: SpecWorkspace
    private var generation: Generation
    private var clock = VirtualClock()
    private var store = MemoryStore()
    /// Made when a lead is first walked.
    private var engine: SerialEngine?
    private let engineRunner: SpecEngineRunner
    private var notes = SpecNotes()
    /// What calls run on that no lead makes, by the generation.
    private var runner: (generation: Generation, runner: PluginRunner)?
    /// What they run on of plugins with settings of their own.
    private var configured: [ObjectIdentifier: PluginRunner] = [:]
    private static let configuredLimit = 100

    init(_ workspace: SpecWorkspace) {
        self.workspace = workspace
        generation = workspace.generation
        engineRunner = SpecEngineRunner(workspace.generation)
    }

    func respond(_ question: SpecQuestion) -> SpecAnswer {
        switch question {
        case .begin:
            generation = workspace.generation
            clock = VirtualClock()
            engine = nil
            store = MemoryStore()
            notes = SpecNotes()
            return .done
        case .ask(let asked): return .value(answer(asked))
        case .end: return .notes(notes)
        }
    }

    /// `{ value = ... }`, or `{ error = ... }` for what the spec cannot have.
    private func answer(_ question: Value) -> Value {
        let table = question.table ?? Table()
        do throws(SpecMistake) {
            switch table["do"]?.string {
            case "run": return ["value": try run(table)]
            case "lead": return ["value": try lead(table)]
            case "command": return ["value": try command(table)]
            case "look": return ["value": try look(table)]
            case "wait": return ["value": wait(table)]
            case "now": return ["value": .integer(clock.now.milliseconds)]
            case "files": return ["value": try overlay(table)]
            case "store": return ["value": try put(table)]
            case "failed":
                note(table)
                return ["value": true]
            case let verb: preconditionFailure("a spec asks for \(verb ?? "nothing")")
            }
        } catch {
            return ["error": .string(error.message)]
        }
    }

    private func note(_ table: Table) {
        notes.differences = (table["differences"]?.list ?? []).map { one in
            SpecFailure.Difference(
                path: one.table?["path"]?.string ?? "", expected: one.table?["expected"]?.string ?? "",
                actual: one.table?["actual"]?.string ?? "")
        }
    }

    private func overlay(_ table: Table) throws(SpecMistake) -> Value {
        var files: [ExactText: [UInt8]] = [:]
        for file in table["files"]?.table ?? Table() {
            files[ExactText(file.key)] = Array((file.value.string ?? "").utf8)
        }
        generation = try workspace.generation(with: files)
        engine?.install(generation)
        return true
    }

    private func put(_ table: Table) throws(SpecMistake) -> Value {
        let plugin = table["plugin"]?.string ?? ""
        guard generation.plugins[plugin] != nil else {
            let hint = suggestion(for: plugin, among: generation.plugins.keys.sorted())
            throw SpecMistake("there is no plugin \(plugin.quotedForMessage)\(hint)")
        }
        for entry in try Self.table(table, "values") {
            do throws(StoreError) {
                try store.put(entry.value.isNull ? nil : entry.value, entry.key, of: plugin)
            } catch {
                throw SpecMistake("\(entry.key.quotedForMessage): \(error.message)")
            }
        }
        return true
    }

    private func wait(_ table: Table) -> Value {
        if let till = table["till"]?.integer { clock.advance(to: Timestamp(milliseconds: till)) }
        return .integer(clock.now.milliseconds)
    }

    /// Moves the clock to a time that the spec gives, as a text or in milliseconds; never back.
    private func advance(to value: Value?) throws(SpecMistake) {
        guard let value else { return }
        clock.advance(to: try Self.time(value))
    }

    private static func time(_ value: Value) throws(SpecMistake) -> Timestamp {
        let time = value.integer.map { Timestamp(milliseconds: $0) } ?? value.string.flatMap { Timestamp($0) }
        guard let time else {
            throw SpecMistake(
                "at: expected milliseconds or a time such as 2026-11-22T09:00:00Z, got \(value.phrase)")
        }
        return time
    }
}

// MARK: What a recording asks

extension SpecWorld {
    /// The version of a map that a journey would begin on.
    func version(of map: MapID) -> MapVersion? {
        guard case .available(let definition)? = generation.rulebook.maps[map] else { return nil }
        return definition.version
    }

    /// What a plugin keeps for all leads.
    func value(_ key: String, of plugin: String) -> Value? { store.value(key, of: plugin) }

    /// The number of a lead's incident, by its place among the lead's, from 1.
    func incident(_ place: Int, of lead: LeadID) -> Int? {
        let numbers = store.incidents(of: lead, before: nil, limit: .max).map(\.number).sorted()
        return numbers.indices.contains(place - 1) ? numbers[place - 1] : nil
    }
}

// MARK: One call

extension SpecWorld {
    private static let optionLeadKeys = MadeEvent.leadKeys + ["store"]

    private func run(_ table: Table) throws(SpecMistake) -> Value {
        let text = table["name"]?.string ?? ""
        guard let function = FunctionName(described: text) else {
            throw SpecMistake("\(text.quotedForMessage) is not PLUGIN.ACTION, PLUGIN.DECIDER or PLUGIN/on/N")
        }
        if let fault = MadeEvent.fault(of: function, in: generation) { throw SpecMistake(fault) }
        let options = table["options"]?.table ?? Table()
        var lead = try Self.table(options, "lead")
        try Self.check(lead, has: Self.optionLeadKeys, in: "lead")
        let stored = lead["store"]?.table ?? Table()
        lead["store"] = nil
        var given = try Self.table(options, "event")
        try Self.check(given, has: MadeEvent.keys.filter { $0 != "lead" }, in: "event")
        if !lead.isEmpty { given["lead"] = .table(lead) }
        if let at = try options["at"].map({ value throws(SpecMistake) in try Self.time(value) }) {
            given["at"] = .integer(at.milliseconds)
        }
        if let steps = options["steps"] { given["steps"] = steps }
        var event = MadeEvent.completed(given, for: function, in: generation)
        if event["at"]?.integer == nil { event["at"] = .integer(clock.now.milliseconds) }
        let isDecider = isDecider(function)
        if isDecider, event["steps"] == nil {
            event["steps"] = MadeEvent.steps(of: event, in: generation) ?? .list([])
        }
        let steps = event["steps"]?.list.flatMap { $0.isEmpty ? nil : $0 }
        let result = try runner(for: function.plugin, settings: options["settings"]).call(
            function, event: .table(event), parameters: GivenParameters(try Self.table(options, "params")),
            at: Timestamp(milliseconds: event["at"]?.integer ?? 0), seed: 0,
            stored: try Self.table(options, "store"), ofLead: stored, judged: steps != nil
        ).result
        return value(of: result, run: function, isDecider: isDecider)
    }

    private func isDecider(_ function: FunctionName) -> Bool {
        guard case .named(let name) = function.name else { return false }
        return generation.loaded(function.plugin)?.manifest.decider(name) != nil
    }

    private func runner(for plugin: String, settings: Value?) throws(SpecMistake) -> PluginRunner {
        guard let settings else {
            if let runner, runner.generation === generation { return runner.runner }
            let made = PluginRunner(generation.catalogue, for: generation.rulebook)
            runner = (generation, made)
            return made
        }
        guard let table = settings.table else {
            throw SpecMistake("settings: expected a table, got \(settings.phrase)")
        }
        guard let loaded = generation.loaded(plugin) else {
            return PluginRunner(generation.catalogue, for: generation.rulebook)
        }
        let other = try workspace.plugin(loaded, of: generation, settings: table)
        if let known = configured[ObjectIdentifier(other)] { return known }
        if configured.count >= Self.configuredLimit { configured.removeAll() }
        let catalogue = generation.catalogue.with(other)
        let made = PluginRunner(catalogue, for: generation.rulebook)
        configured[ObjectIdentifier(other)] = made
        return made
    }

    private func value(of result: CallResult, run: FunctionName, isDecider: Bool) -> Value {
        var table: Table = ["run": .string(run.description)]
        switch result.outcome {
        case .effects(let effects):
            table["outcome"] = "ok"
            table["effects"] = .list(effects.map(\.value))
        case .answer(let answer):
            table["outcome"] = "ok"
            for entry in answer.table ?? Table() { table[entry.key] = entry.value }
        case .skipped: table["outcome"] = "skipped"
        case .failed(let failure):
            table["outcome"] = "failed"
            table["reason"] = .string(failure.reason.rawValue)
            table["message"] = .string(failure.message)
            let traceback = failure.traceback?.split(separator: "\n").map(String.init) ?? []
            table["traceback"] = .string(traceback.joined(separator: "\n"))
            notes.calls.append(
                FailedSpecCall(
                    run: run.description, reason: failure.reason.rawValue, message: failure.message,
                    traceback: traceback))
        }
        table["log"] = .list(
            result.log.map {
                ["level": .string($0.level.rawValue), "message": .string($0.message), "fields": $0.fields]
            })
        return .table(table)
    }

    /// A table of the spec's; an empty one is a table, whatever made it.
    private static func table(_ options: Table, _ key: String) throws(SpecMistake) -> Table {
        guard let value = options[key] else { return Table() }
        if let table = value.table { return table }
        if value.list?.isEmpty == true { return Table() }
        throw SpecMistake("\(key): expected a table, got \(value.phrase)")
    }

    private static func check(_ table: Table, has known: [String], in what: String) throws(SpecMistake) {
        for key in table.keys where !known.contains(where: { sameBytes($0, key) }) {
            throw SpecMistake(
                "\(what): unknown key \(key.quotedForMessage)\(suggestion(for: key, among: known))")
        }
    }
}

// MARK: Leads

extension SpecWorld {
    private func lead(_ table: Table) throws(SpecMistake) -> Value {
        _ = try id(table)
        return true
    }

    private func id(_ table: Table) throws(SpecMistake) -> LeadID {
        let text = table["lead"]?.string ?? ""
        guard let id = LeadID(text) else {
            throw SpecMistake("\(text.quotedForMessage) is not a lead's id: \(LeadID.rule)")
        }
        return id
    }

    private func command(_ table: Table) throws(SpecMistake) -> Value {
        try advance(to: table["at"])
        var given = table["order"]?.table ?? Table()
        given["lead"] = table["lead"]
        if let by = table["by"] { given["by"] = by }
        for key in ["fields"] where given[key]?.list?.isEmpty == true { given[key] = [:] }
        let answer: Answer
        let engine = try currentEngine()
        do {
            var keys = CommandKeys(given)
            let command = try Command(taking: &keys)
            answer = try engine.handle([command])[0]
        } catch let mistake as MalformedCommand {
            throw SpecMistake(mistake.message)
        } catch {
            throw SpecMistake("the store in memory failed: \(error)")
        }
        switch answer {
        case .accepted(let accepted):
            let walked = WalkedMoment(accepted) { self.store.incident($0) }
            notes.calls += walked.failedCalls
            return walked.value
        case .refused(let refusal): throw SpecMistake(refusal.message + hint(for: refusal, given))
        case .repeated: preconditionFailure("a spec's commands have no ids")
        }
    }

    private func currentEngine() throws(SpecMistake) -> SerialEngine {
        if let engine { return engine }
        let (clock, engineRunner, generation) = (clock, engineRunner, generation)
        do throws(StoreError) {
            let made = try SerialEngine(
                store: store, generation: generation,
                logger: Logger(label: "signalbox.spec", factory: { _ in SwiftLogNoOpLogHandler() }),
                makeRunner: { engineRunner.runner(on: generation, asking: $0) }, clock: { clock.now })
            engine = made
            return made
        } catch {
            throw SpecMistake("the store in memory failed: \(error)")
        }
    }

    /// The nearest name of what is not there.
    private func hint(for refusal: Refusal, _ given: Table) -> String {
        switch refusal.reason {
        case .unknownStep:
            guard let id = LeadID(given["lead"]?.string ?? ""), let record = store.lead(id),
                let journey = record.journey, let definition = try? definition(of: journey)
            else { return "" }
            return suggestion(
                for: given["step"]?.string ?? "", among: definition.steps.map(\.path.description))
        case .unknownLead, .unknownMap, .mapUnavailable, .alreadyOnMap, .noJourney, .journeyClosed,
            .stepNotOpen, .notFlex,
            .noCurrentTrack, .requiredStepsOpen, .trackHeld, .nothingHeld, .unknownIncident, .cannotRerun,
            .unknownTodo, .todoNotOpen, .unknownPlugin, .notQuarantined, .idReused, .invalidField,
            .invalidValue, .fieldTooLarge,
            .leadTooLarge, .leadDamaged, .busy, .loopLimit, .momentLimit:
            return ""
        }
    }

    private func definition(of journey: JourneyRecord) throws(StoreError) -> MapDefinition {
        try KeptMaps(generation: generation, store: store).definition(of: journey.map, in: journey.version)
    }

    /// The lead as it is now.
    private func look(_ table: Table) throws(SpecMistake) -> Value {
        let id = try id(table)
        guard let record = store.lead(id) else {
            return [
                "status": "open", "fields": [:], "open": .list([]), "notes": .list([]), "todos": .list([]),
            ]
        }
        var lead: Table = ["status": .string(record.status.rawValue), "fields": .table(record.fields)]
        lead["agent"] = record.agent.map(Value.string)
        lead["channel"] = record.channel.map(Value.string)
        lead["notes"] = .list(store.notes(of: id).map { .string($0.text) })
        lead["todos"] = .list(
            store.todos(of: id).map { todo in
                var shown = todo.todo
                shown["done"] = todo.done.map { .string($0.at.description) }
                return .table(shown)
            })
        lead["open"] = .list([])
        if let journey = record.journey {
            do throws(StoreError) {
                let definition = try definition(of: journey)
                lead["journey"] = journey.value(on: definition)
                let open = definition.steps.indices.filter { journey.steps[$0] == .open }
                lead["open"] = .list(open.map { .string(definition.steps[$0].path.description) })
            } catch {
                throw SpecMistake("the store in memory failed: \(error)")
            }
        }
        return .table(lead)
    }
}

extension JourneyRecord {
    /// As calls see it, with its phase.
    fileprivate func value(on definition: MapDefinition) -> Value {
        var tracks = Table()
        for (index, track) in definition.tracks.enumerated() {
            tracks[track.id.text] = .string(self.tracks[index].rawValue)
        }
        var steps = Table()
        for (index, step) in definition.steps.enumerated() {
            steps[step.path.description] = .string(self.steps[index].rawValue)
        }
        return [
            "map": .string(map.text), "version": .string(version.text), "tracks": .table(tracks),
            "steps": .table(steps),
        ]
    }
}
