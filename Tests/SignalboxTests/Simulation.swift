import Journeys
import Logging
import Plugins
import Signalbox
import Store
import Synchronization
import TestKit
import Testing
import Values
import Workspace

/// The real engine on one thread, with a store that fails, plugins that fail, restarts and changes of
/// generations, all drawn from a seed, beside a small account of what has to be true.
struct Simulation {
    private var random: SeededRandom
    private let memory: any Store = MemoryStore()
    private let store: FailingStore
    private let faults: Faults
    private let clock = VirtualClock()
    private let generations: [Generation]
    private var generation = 0
    private var engine: SerialEngine
    private var account = Account()
    private var commandCount = 0
    /// What plugins are told to do these days.
    private var modes = Self.weathers[0]

    private static let weathers = [
        ["ok", "ok", "ok", "busy", "error", "bad", "nothing", "loop"], ["ok", "busy"], ["loop"],
    ]

    private static let leads = (1...8).map { LeadID("L\($0)")! }
    private static let logger = Logger(label: "simulation", factory: { _ in SwiftLogNoOpLogHandler() })

    init(seed: UInt64) throws {
        random = SeededRandom(seed: seed)
        let faults = Faults(seed: seed &+ 1)
        self.faults = faults
        store = FailingStore(memory) { (operation, _) throws(StoreError) in try faults.strike(operation) }
        generations = try SimulatedWorkspace.generations()
        engine = try SerialEngine(
            store: store, generation: generations[0], logger: Self.logger, clock: { [clock] in clock.now })
    }

    /// How many moments were answered.
    var momentCount: Int { account.order.reduce(0) { $0 + $1.moments.count } }

    /// What came about, and how often: reasons of refusals and incidents, and more.
    private(set) var met: [String: Int] = [:]

    /// Does one thing, and looks whether all is as it must be.
    mutating func step() throws {
        faults.isActive.withLock { $0 = true }
        defer { faults.isActive.withLock { $0 = false } }
        switch Int.random(in: 0..<40, using: &random) {
        case 0: restart()
        case 1:
            generation = Int.random(in: 0..<generations.count, using: &random)
            engine.install(generations[generation])
        case 2:
            let time = Timestamp(
                milliseconds: clock.now.milliseconds + Int64.random(in: 1...86_400_000, using: &random))
            clock.advance(to: time)
        case 3:
            // An operator releases, and the engine is started again, as the command line does it.
            faults.isActive.withLock { $0 = false }
            try Quarantine.release("probe", in: memory)
            account.order.append(Account.Commit(generation: generation, at: clock.now, releases: true))
            restart()
        case 4: modes = random.pick(Self.weathers)
        default: try give()
        }
    }

    private mutating func restart() {
        for _ in 0..<20 {
            do {
                engine = try SerialEngine(
                    store: store, generation: generations[generation], logger: Self.logger,
                    clock: { [clock] in clock.now })
                met["restart", default: 0] += 1
                return
            } catch {
                // The store could not be read; the next try may.
            }
        }
    }

    // MARK: Commands

    private mutating func give() throws {
        let commands = (0..<Int.random(in: 1...5, using: &random)).map { _ in command() }
        let answers: [Answer]
        do {
            answers = try engine.handle(commands)
        } catch {
            met["failure", default: 0] += 1
            try requireEqual(error, FailingStore.failure)
            try requireStored(Set(commands.map(\.lead)))
            return
        }
        try requireEqual(answers.count, commands.count)
        var commit = Account.Commit(generation: generation, at: clock.now)
        for (command, answer) in zip(commands, answers) {
            note(answer)
            if let moment = try account.take(answer, to: command, at: clock.now) {
                commit.moments.append(moment)
            }
        }
        if !commit.moments.isEmpty { account.order.append(commit) }
        try requireStored(Set(commands.map(\.lead)))
    }

    private mutating func note(_ answer: Answer) {
        switch answer {
        case .accepted: met["accepted", default: 0] += 1
        case .repeated: met["repeated", default: 0] += 1
        case .refused(let refusal): met[refusal.reason.rawValue, default: 0] += 1
        }
    }

    private mutating func command() -> Command {
        let lead = random.pick(Self.leads)
        let order = order()
        commandCount += 1
        guard random.once(in: 2) else { return Command(lead: lead, order: order) }
        // Now and then an id comes again: with its command, or with another one.
        if random.once(in: 4), let known = account.given.randomElement(using: &random) {
            return random.once(in: 3) ? Command(lead: lead, order: order, id: known.id) : known
        }
        let command = Command(lead: lead, order: order, by: "kim", id: CommandID("c\(commandCount)"))
        account.given.append(command)
        return command
    }

    private mutating func order() -> Order {
        let changes = LeadChanges(fields: ["mode": .string(random.pick(modes))])
        let steps = ["one/a", "one/b", "film/v", "pick/x", "pick/y", "last/m", "last/n", "nowhere/z"]
        return switch Int.random(in: 0..<20, using: &random) {
        case 0...4:
            .assign(
                random.pick([MapID("m"), MapID("m"), MapID("m"), MapID("other"), MapID("none")]), changes)
        case 5...11: .complete(random.pick(steps))
        case 12: .advance
        case 13: .remove(random.pick(steps))
        case 14: .status(random.pick([.open, .open, .won, .lost]))
        case 15: .retry
        case 16: .todoDone(Int.random(in: 0...3, using: &random))
        case 17: .set(LeadChanges(fields: ["done": random.pick([true, .null])]))
        default: .set(changes)
        }
    }

    /// The store has what was answered, and no more.
    private func requireStored(_ leads: Set<LeadID>) throws {
        for lead in leads {
            let record = try memory.lead(lead)
            try requireEqual(record?.lastMoment ?? 0, account.leads[lead]?.moment ?? 0)
            try requireEqual(record?.lastSeq ?? 0, account.leads[lead]?.seq ?? 0)
        }
    }

    // MARK: The end

    /// Looks at everything: the store is whole, and the same commands give the same again.
    mutating func finish() throws {
        let contents = try StoreContents(of: memory)
        try contents.requireWhole()
        for incident in contents.incidents { met[incident.reason, default: 0] += 1 }
        for (key, known) in account.accepted {
            try requireEqual(try memory.accepted(key.id, of: key.lead), known)
        }
        let fresh: any Store = MemoryStore()
        let time = Mutex(Timestamp(milliseconds: 0))
        func newEngine(_ generation: Int) throws -> SerialEngine {
            try SerialEngine(
                store: fresh, generation: generations[generation], logger: Self.logger,
                clock: { time.withLock { $0 } })
        }
        var engine = try newEngine(0)
        for commit in account.order {
            time.withLock { $0 = commit.at }
            if commit.releases {
                try Quarantine.release("probe", in: fresh)
                engine = try newEngine(commit.generation)
                continue
            }
            engine.install(generations[commit.generation])
            // One by one: which moments shared a commit makes no difference.
            for moment in commit.moments {
                let answer = try engine.handle([moment.command])[0]
                guard case .accepted(let accepted) = answer else {
                    throw BrokenExpectation("in the replay, \(moment.command) came to \(answer)")
                }
                try requireEqual(try accepted.journal.map(Self.withoutNumber), moment.journal)
            }
        }
        let replayed = try StoreContents(of: fresh)
        try requireEqual(replayed.records, contents.records)
        try requireEqual(replayed.todos, contents.todos)
        met["done", default: 0] += contents.todos.joined().count { $0.done != nil }
        try requireEqual(replayed.outbox.map(\.id), contents.outbox.map(\.id))
        try requireEqual(replayed.incidents.count, contents.incidents.count)
        try requireEqual(try fresh.value("n", of: "probe"), try memory.value("n", of: "probe"))
    }

    /// The number of an incident whose commit failed stays unused, so a replay has others.
    fileprivate static func withoutNumber(_ line: String) throws -> String {
        var table = try JSONReader.read(line).table ?? Table()
        table["incident"] = nil
        return Value.table(table).json
    }
}

/// What was answered.
private struct Account {
    var leads: [LeadID: (moment: Int, seq: Int)] = [:]
    var accepted: [CommandKey: AcceptedCommand] = [:]
    /// Commands with ids, accepted or not.
    var given: [Command] = []
    var order: [Commit] = []

    /// Moments that were committed together, or a release of a quarantine.
    struct Commit {
        let generation: Int
        let at: Timestamp
        var releases = false
        var moments: [AcknowledgedMoment] = []
    }

    struct AcknowledgedMoment {
        let command: Command
        let journal: [String]
    }

    /// Throws when the answer cannot be.
    mutating func take(_ answer: Answer, to command: Command, at: Timestamp) throws -> AcknowledgedMoment? {
        let known = command.id.flatMap { accepted[CommandKey($0, of: command.lead)] }
        switch answer {
        case .accepted(let answer):
            try require(known == nil, "\(command) was done twice")
            let last = leads[command.lead] ?? (0, 0)
            try requireEqual(answer.moment, last.moment + 1)
            try requireEqual(answer.at, at)
            var seq = last.seq
            for line in answer.journal {
                let table = try JSONReader.read(line).table ?? Table()
                try requireEqual(table["moment"], .integer(Int64(answer.moment)))
                guard table["type"] == "event" else { continue }
                seq += 1
                try requireEqual(table["seq"], .integer(Int64(seq)))
            }
            leads[command.lead] = (answer.moment, seq)
            if let id = command.id {
                accepted[CommandKey(id, of: command.lead)] = AcceptedCommand(
                    moment: answer.moment, canonicalRequest: command.canonicalRequest)
            }
            return AcknowledgedMoment(
                command: command, journal: try answer.journal.map(Simulation.withoutNumber))
        case .repeated(let lead, let id, let moment):
            try requireEqual(command.id, id)
            try requireEqual(command.lead, lead)
            try requireEqual(
                known, AcceptedCommand(moment: moment, canonicalRequest: command.canonicalRequest))
        case .refused(let refusal):
            if refusal.reason == .idReused {
                try require(
                    known != nil && known?.isRequest(of: command) == false,
                    "\(command): \(refusal)")
            } else {
                try require(known == nil, "\(command) was done, and is refused now: \(refusal)")
            }
        }
        return nil
    }
}

/// When the store fails: by a seed of its own, in bursts.
private final class Faults: Sendable {
    let isActive = Mutex(false)
    private let state: Mutex<(random: SeededRandom, burst: Int)>

    init(seed: UInt64) { state = Mutex((SeededRandom(seed: seed), 0)) }

    func strike(_ operation: FailingStore.Operation) throws(StoreError) {
        // What cannot be read of quarantine does not stop a plugin, which a replay would not know of.
        guard isActive.withLock({ $0 }), operation != .value("engine") else { return }
        let fails = state.withLock { state in
            if state.burst > 0 {
                state.burst -= 1
                return true
            }
            guard state.random.once(in: 150) else { return false }
            state.burst = state.random.pick([0, 0, 0, 1, 2, 5])
            return true
        }
        if fails { throw FailingStore.failure }
    }
}

/// Plugins that do what the lead's field `mode` says, in three versions, with maps that change too.
private enum SimulatedWorkspace {
    static func generations() throws -> [Generation] {
        try [
            generation(stamp: "first", decider: "return { keep = { \"x\", \"y\" } }", extra: ""),
            generation(
                stamp: "second", decider: "return { remove = { \"y\" } }",
                extra: ", { step: o, optional: true }"),
            generation(stamp: "third", decider: "error(\"no choice\")", extra: ""),
        ]
    }

    private static func generation(stamp: String, decider: String, extra: String) throws -> Generation {
        try Generation(
            reading: MemoryTree([
                "signalbox.yaml": "plugins: { limits: { instructions: 5000, deadline: 2s } }\n",
                "maps/m.yaml": """
                map: m
                finish: won
                triggers:
                  open: [ { run: probe.act } ]
                  close: [ { run: probe.act } ]
                tracks:
                  - track: one
                    steps: [ { step: a, triggers: { close: [ { run: probe.act } ] } }, { step: b }\(extra) ]
                  - track: film
                    kind: video
                    steps: [ { step: v, triggers: { close: [ { run: probe.act } ] } } ]
                  - track: pick
                    kind: flex
                    flex: { decide: probe.choose }
                    steps: [ { step: x, triggers: { close: [ { run: probe.act } ] } }, { step: y } ]
                  - track: last
                    steps: [ { step: m, mirror: done }, { step: n } ]

                """,
                "maps/other.yaml":
                    "map: other\ntracks: [ { track: one, steps: [ { step: a, triggers: { close: [ { run: probe.act } ] } } ] } ]\n",
                "plugins/probe.lua": """
                return { name = "probe", api = 1, needs = { "email" }, actions = { act = { run = function(event)
                  local mode = event.lead.fields.mode
                  host.store.add("n", 1)
                  host.lead.set { stamp = "\(stamp)", dice = math.random(1000000) }
                  if mode == "error" then error("as it was told") end
                  if mode == "loop" then while true do end end
                  if mode == "nothing" then return end
                  host.lead.store.set("seen", host.store.get("n"))
                  host.email.send { to = "a@example.com", subject = event.id }
                  if event.name ~= "step.close" then host.todo.add { title = event.name } end
                  if mode == "busy" then
                    host.bus.emit("probe.again", { from = event.name })
                    host.lead.complete("one/b")
                    host.lead.complete("nowhere/z")
                  end
                end } },
                deciders = { choose = { decide = function(event)
                  local mode = event.lead.fields.mode
                  if mode == "bad" then return { keep = { "nothing like it" } } end
                  if mode == "loop" then while true do end end
                  \(decider)
                end } },
                on = { { event = "probe.again", run = function(event) host.note.add(event.payload.from) end } } }
                """,
            ]))
    }
}
