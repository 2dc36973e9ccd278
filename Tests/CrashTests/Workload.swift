import Foundation
import Journeys
import Plugins
import TestKit
import Values
import Workspace

/// Commands for some leads without an end, each accepted when its lead's come in their order, and each
/// with at least one line of journal. A few that are always refused are among them.
struct Workload {
    private var random: SeededRandom
    private var upcoming: [Int: [Table]] = [:]
    private var count = 0
    private let leadCount: Int

    /// A command as a line, and what will come of it.
    struct Given: Sendable {
        let id: String
        let lead: String
        /// The number of its moment; nil when it is refused.
        let moment: Int?
        let line: String
    }

    private var moments: [String: Int] = [:]

    init(seed: UInt64, leads: Int = 25) {
        random = SeededRandom(seed: seed)
        leadCount = leads
    }

    mutating func next() -> Given {
        let number = Int.random(in: 1...leadCount, using: &random)
        let lead = "L\(number)"
        count += 1
        var table: Table
        var moment: Int?
        if random.once(in: 20) {
            table = random.pick([
                ["do": "complete", "step": "nowhere/nothing"], ["do": "assign", "map": "nowhere"],
            ])
        } else {
            if upcoming[number, default: []].isEmpty { upcoming[number] = journey() }
            table = upcoming[number]!.removeFirst()
            moments[lead, default: 0] += 1
            moment = moments[lead]
        }
        let id = "command \(count)"
        table["lead"] = .string(lead)
        table["id"] = .string(id)
        return Given(id: id, lead: lead, moment: moment, line: Value.table(table).json)
    }

    /// From an assignment to the end of the journey.
    private mutating func journey() -> [Table] {
        var steps = ["talk/a", "talk/b"].shuffled(using: &random)
        steps += ["choice/x", "choice/y"].shuffled(using: &random)
        let fields: Table = ["score": .integer(Int64.random(in: 0...99, using: &random))]
        var commands: [Table] = [["do": "assign", "map": "journey", "fields": .table(fields)]]
        for step in steps.prefix(Int.random(in: 0...4, using: &random)) {
            commands.append(["do": "complete", "step": .string(step)])
        }
        commands.append(["do": "status", "to": random.pick(["won", "lost", "closed"])])
        return commands
    }

    /// The workspace on which the commands run: its calls leave something of every kind.
    static let files = [
        "maps/journey.yaml": """
        map: journey
        triggers:
          open: [ { run: probe.opened } ]
          close: [ { run: probe.closed } ]
        tracks:
          - track: films
            kind: video
            steps: [ { step: tour } ]
          - track: talk
            steps:
              - { step: a, triggers: { close: [ { run: probe.stepped }, { run: probe.fail } ] } }
              - { step: b, triggers: { close: [ { run: probe.stepped } ] } }
          - track: choice
            kind: flex
            flex: { decide: probe.choose }
            steps: [ { step: x, triggers: { close: [ { run: probe.stepped } ] } }, { step: y }, { step: z } ]

        """,
        "plugins/probe.lua": """
        return { name = "probe", api = 1, needs = { "email" },
          actions = {
            opened = { run = function(event)
              host.email.send { to = "a@example.com", subject = event.id }
              host.email.send { to = "b@example.com", subject = event.id }
              host.note.add("opened at " .. event.seq)
              host.store.add("opened", 1)
              host.lead.store.add("opened", 1)
            end },
            stepped = { run = function(event)
              host.lead.set { last = event.step, dice = math.random(1000) }
              host.store.add("stepped", 1)
              host.todo.add { title = "look at " .. event.track .. "/" .. event.step }
              if event.step == "b" then host.bus.emit("probe.done", { n = event.seq }) end
            end },
            closed = { run = function(event)
              host.email.send { to = "c@example.com", subject = event.outcome }
            end },
            fail = { run = function(event) error("as it was asked to") end },
          },
          deciders = {
            choose = { decide = function(event) return { keep = { "x", "y" } } end },
          },
          on = { { event = "probe.done", run = function(event) host.lead.complete("films/tour") end } },
        }

        """,
    ]

    /// Lays the workspace, with its store in `store`.
    static func lay(in folder: String, store: String? = nil) throws {
        for (name, text) in files {
            let file = URL(fileURLWithPath: "\(folder)/\(name)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: false, encoding: .utf8)
        }
        if let store {
            try "store: \(store)\n".write(
                toFile: "\(folder)/signalbox.yaml", atomically: false, encoding: .utf8)
        }
    }

    static func generation() throws -> Generation { try Generation(reading: MemoryTree(files)) }
}
