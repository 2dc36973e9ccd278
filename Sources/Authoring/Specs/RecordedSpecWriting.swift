import Journeys
import Store
import Values
import Workspace

/// Writes a spec moment by moment, and gives the same commands to a world like the spec's, to know what it needs.
struct RecordedSpecWriting {
    private let lead: LeadRecord
    private let store: any StoreReader
    private let world: SpecWorld
    private let maps: KeptMaps
    private var parts: [Part] = []
    private var hasIncidents = false
    /// The numbers of the lead's incidents in its store, in their order.
    private var incidents: [Int] = []
    /// The files that the spec puts over the workspace's.
    private var files = Table()

    private enum Part {
        case line(String)
        /// A value between a beginning and an end.
        case value(String, Value, String)
    }

    init(_ lead: LeadRecord, store: any StoreReader, workspace: SpecWorkspace) {
        self.lead = lead
        self.store = store
        world = SpecWorld(workspace)
        maps = KeptMaps(generation: workspace.generation, store: store)
        _ = world.respond(.begin)
    }

    mutating func add(_ stored: StoredMoment) throws(RecordedSpec.Fault) {
        guard let command = Command(reading: stored.command) else { throw .notKept(moment: stored.number) }
        switch command.order {
        case .undelivered where Self.leftNothing(stored):
            parts.append(.line(""))
            parts.append(
                .line(
                    "    -- Left out: in moment \(stored.number) the engine told of a delivery that did not arrive. It changed nothing."
                ))
            return
        case .undelivered, .erase: throw .notGiven(moment: stored.number)
        case .assign, .complete, .advance, .remove, .status, .set, .retry, .rerun, .todoDone: break
        }
        parts.append(.line(""))
        do throws(StoreError) {
            try giveMaps(stored)
        } catch {
            throw .store(error)
        }
        giveValues(stored)
        write(command, at: stored.at)
        let walked = WalkedMoment(stored.journal, moment: stored.number, at: stored.at) { _ in nil }
        let told = walked.value.table ?? Table()
        expect(told)
        give(command, stored)
        incidents += (told["incidents"]?.list ?? []).compactMap {
            $0.table?["incident"]?.integer.map { Int($0) }
        }
    }

    /// Whether nothing of a moment that told of a delivery is seen by what came after it: beside `delivery.failed` no event fired, and
    /// no call has an effect.
    private static func leftNothing(_ stored: StoredMoment) -> Bool {
        stored.journal.allSatisfy { text in
            switch JournalLine(reading: text) {
            case .event(let event): event.name == .deliveryFailed
            case .call(let call): call.outcome == .effects([]) || call.outcome == .skipped(reason: "when")
            case .incident: true
            case .conflict, .delivery, .todo, .refused, .repeated, .released, .unreadable: false
            }
        }
    }

    /// Gives the command to the world.
    private func give(_ command: Command, _ stored: StoredMoment) {
        var order = stored.command.table ?? Table()
        if case .rerun(let incident, _, _) = command.order {
            order["incident"] = world.incident(place(of: incident), of: lead.id).map { .integer(Int64($0)) }
        }
        for key in ["lead", "by", "id", "at"] { order[key] = nil }
        _ = world.respond(
            .ask([
                "do": "command", "lead": .string(lead.id.text), "order": .table(order),
                "by": .string(command.by), "at": .integer(stored.at.milliseconds),
            ]))
    }

    /// The place of an incident among the lead's own, from 1; 0 for one of another.
    private func place(of incident: Int) -> Int { (incidents.firstIndex(of: incident) ?? -1) + 1 }

    // MARK: What a moment needs

    /// Puts the versions of maps in place that journeys of this moment begin on.
    private mutating func giveMaps(_ stored: StoredMoment) throws(StoreError) {
        let opened = stored.journal.compactMap { line -> MapID? in
            if case .event(let event) = JournalLine(reading: line), event.name == .mapOpen {
                event.map
            } else {
                nil
            }
        }
        if opened.isEmpty { return }
        var versions: [MapID: MapVersion] = [:]
        for map in stored.provenance?.maps ?? [] { versions[MapID(map.map)] = MapVersion(map.version) }
        if let journey = try store.kept(lead.id, after: stored.number)?.journey {
            versions[journey.map] = journey.version
        }
        for map in opened {
            guard let version = versions[map], world.version(of: map) != version,
                let kept = try store.map(version)
            else { continue }
            let folder = "\(WorkspaceFiles.mapFolder)/"
            let path = kept.file.hasPrefix(folder) ? kept.file : "\(folder)\(map).yaml"
            files[path] = .string(String(decoding: kept.source, as: UTF8.self))
            parts.append(.value("    test.file(\(LuaLiteral.quoted(path)), ", files[path] ?? .null, ")"))
            _ = world.respond(.ask(["do": "files", "files": .table(files)]))
        }
    }

    /// Gives plugins the values that their calls of this moment read, where other leads left them.
    private mutating func giveValues(_ stored: StoredMoment) {
        var first: [(plugin: String, read: Table)] = []
        for line in stored.journal {
            guard case .call(let call) = JournalLine(reading: line) else { continue }
            let plugin = call.run.plugin
            let index = first.firstIndex { sameBytes($0.plugin, plugin) } ?? first.count
            if index == first.count { first.append((plugin, Table())) }
            for read in call.reads where first[index].read[read.key] == nil {
                first[index].read[read.key] = read.value
            }
        }
        for (plugin, read) in first {
            var missing = Table()
            for entry in read where world.value(entry.key, of: plugin) ?? .null != entry.value {
                missing[entry.key] = entry.value
            }
            if missing.isEmpty { continue }
            parts.append(.value("    test.store(\(LuaLiteral.quoted(plugin)), ", .table(missing), ")"))
            _ = world.respond(.ask(["do": "store", "plugin": .string(plugin), "values": .table(missing)]))
        }
    }

    // MARK: What the spec says

    private mutating func write(_ command: Command, at: Timestamp) {
        var options: Table = ["at": .string(at.description)]
        if !sameBytes(command.by, Command.defaultBy) { options["by"] = .string(command.by) }
        options["agent"] = command.order.changes?.agent.map(Value.string)
        options["channel"] = command.order.changes?.channel.map(Value.string)
        let call: String
        switch command.order {
        case .assign(let map, let changes):
            call = "assign(\(LuaLiteral.quoted(map.text)), "
            if !changes.fields.isEmpty { options["fields"] = .table(changes.fields) }
        case .complete(let step): call = "complete(\(LuaLiteral.quoted(step)), "
        case .advance: call = "advance("
        case .remove(let step): call = "remove(\(LuaLiteral.quoted(step)), "
        case .status(let status): call = "status(\(LuaLiteral.quoted(status.rawValue)), "
        case .set(let changes):
            parts.append(.value("    moment = lead:set(", .table(changes.fields), ","))
            parts.append(.value("      ", .table(options), ")"))
            return
        case .retry: call = "retry("
        case .rerun(let incident, let now, let again):
            call = "rerun(\(place(of: incident)), "
            if now { options["now"] = true }
            if again { options["again"] = true }
        case .todoDone(let number): call = "todo_done(\(number), "
        case .erase, .undelivered: preconditionFailure("a command that no spec gives was let through")
        }
        parts.append(.value("    moment = lead:\(call)", .table(options), ")"))
    }

    private mutating func expect(_ moment: Table) {
        expect("moment.fired", moment["fired"]?.list ?? [])
        expect("moment.effects", moment["effects"]?.list ?? [])
        let told = (moment["incidents"]?.list ?? []).enumerated().map { index, incident -> (Int, Value) in
            var told: Table = ["reason": incident.table?["reason"] ?? .null]
            told["run"] = incident.table?["run"]
            return (index + 1, .table(told))
        }
        if told.isEmpty { return }
        hasIncidents = true
        parts.append(.line("    expect(#moment.incidents):equals(\(told.count))"))
        for (place, incident) in told {
            parts.append(.value("    expect(moment.incidents[\(place)]):contains ", incident, ""))
        }
    }

    private mutating func expect(_ name: String, _ items: [Value]) {
        parts.append(.value("    expect(\(name)):equals ", items.isEmpty ? [:] : .list(items), ""))
    }

    /// What the lead is after the last moment that is written.
    mutating func end(after last: Int) throws(StoreError) {
        guard let record = last == lead.lastMoment ? lead : try store.kept(lead.id, after: last) else {
            return
        }
        parts.append(.line(""))
        parts.append(.line("    expect(lead:status()):equals(\(LuaLiteral.quoted(record.status.rawValue)))"))
        if let agent = record.agent {
            parts.append(.value("    expect(lead.agent):equals(", .string(agent), ")"))
        }
        parts.append(.value("    expect(lead.fields):equals ", .table(record.fields), ""))
        guard let journey = record.journey else { return }
        let definition = try maps.definition(of: journey.map, in: journey.version)
        let open = definition.steps.indices.filter { journey.steps[$0] == .open }
            .map { Value.string(definition.steps[$0].path.description) }
        expect("lead.open", open)
    }

    func text(_ anonymity: Anonymity?, _ last: Int) -> String {
        let id = anonymity?.text(lead.id.text) ?? lead.id.text
        var made: Table = ["id": .string(id)]
        if hasIncidents { made["incidents"] = true }
        let moments = last == 1 ? "moment 1" : "moments 1 to \(last)"
        var lines = [
            "-- What happened to a lead, as `signalbox record` wrote it.",
            "describe(\(LuaLiteral.quoted("lead \(id)")), function()",
            "  it(\"goes through \(moments) as it did\", function()",
            "    local lead = test.lead \(LuaLiteral.text(.table(made)))",
            "    local moment",
        ]
        for part in parts {
            switch part {
            case .line(let line): lines.append(line)
            case .value(let start, let value, let end):
                lines += LuaLiteral.lines(start, anonymity?.value(value) ?? value, end)
            }
        }
        return (lines + ["  end)", "end)", ""]).joined(separator: "\n")
    }
}
