import Foundation
import TestKit
import Testing
import Values

@testable import Journeys

@Suite("The grammar")
struct GrammarTests {
    // MARK: Commands

    @Test("a command that is written reads back, whatever its verb")
    func commands() throws {
        var random = SeededRandom(seed: 1)
        var seen: Set<GrammarVerb> = []
        for _ in 0..<500 {
            let command = random.command()
            seen.insert(command.order.verb)
            #expect(Command(reading: command.value) == command)
            let json = String(decoding: command.jsonBytes, as: UTF8.self)
            #expect(json == command.value.json)
            #expect(Command(reading: try JSONReader.read(json)) == command)
        }
        #expect(
            seen
                == Set(
                    GrammarVerb.allCases.filter {
                        $0.uses.contains(.command) || $0.uses.contains(.ownCommand)
                    }))
    }

    @Test("only a verb of commands files is taken from outside")
    func outside() {
        for verb in GrammarVerb.allCases {
            var keys = CommandKeys([
                "do": .string(verb.rawValue), "lead": "L1", "map": "m", "step": "t/s", "to": "won",
                "incident": 7, "todo": 2, "delivery": "L1/1/1", "kind": "email", "state": "dead",
                "reason": "no",
            ])
            do throws(MalformedCommand) {
                let command = try Command(taking: &keys)
                #expect(command.order.verb == verb)
                #expect(verb.uses.contains(.command) && GrammarVerb.ofCommandsFile.contains(verb))
            } catch {
                #expect(!verb.uses.contains(.command))
                #expect(error.message.contains("there is no command"))
            }
        }
    }

    @Test("what is not a command reads as none")
    func noCommands() {
        for value: Value in [
            .null, "advance", [:], ["do": "advance"], ["lead": "L1"], ["do": "fly", "lead": "L1"],
            ["do": "note", "lead": "L1", "text": "x"], ["do": "rerun", "lead": "L1", "incident": "7"],
            ["do": "complete", "lead": "L1"], ["do": "advance", "lead": "a\nb"],
            [
                "do": "undelivered", "lead": "L1", "delivery": "L1/1", "kind": "email", "to": "a@x",
                "state": "dead", "reason": "no",
            ],
        ] {
            #expect(Command(reading: value) == nil, "\(value)")
        }
    }

    // MARK: Effects and events

    @Test("an effect that is written reads back, whatever its verb")
    func effects() throws {
        var random = SeededRandom(seed: 2)
        var seen: Set<GrammarVerb> = []
        for _ in 0..<1000 {
            let effect = random.effect()
            seen.insert(effect.verb)
            #expect(try Effect(reading: effect.value) == effect)
            #expect(try Effect(reading: try JSONReader.read(effect.value.json)) == effect)
            #expect(effect.hostFunction.hasPrefix("host."))
            var writer = JSONWriter()
            effect.write(to: &writer)
            #expect(writer.text == effect.value.json)
        }
        #expect(seen == Set(GrammarVerb.allCases.filter { $0.uses.contains(.effect) }))
    }

    @Test("an event that an incident keeps reads back")
    func events() throws {
        var random = SeededRandom(seed: 3)
        for _ in 0..<500 {
            let event = random.event()
            #expect(Event(reading: try JSONReader.read(event.value.json)) == event)
        }
        #expect(Event(reading: ["name": "map.open"]) == nil)
    }

    // MARK: Lines

    @Test("a line that is written reads back, whatever happened")
    func lines() throws {
        var random = SeededRandom(seed: 4)
        let lead = LeadID("Zoë \"1\"")!
        for number in 1...1000 {
            let entry = random.entry()
            var lines = JournalLines(lead: lead, moment: number)
            let text = lines.line(entry, incident: 7)
            #expect(
                JournalLine(reading: text) == entry.expectedLine(of: lead, moment: number, incident: 7),
                "\(text)")
        }
    }

    @Test("the answer to a command that makes no moment reads back")
    func answers() {
        var random = SeededRandom(seed: 5)
        for line in [nil, 3] {
            let command = random.command()
            let refused = RefusedLine(
                Refusal(.stepNotOpen, "not \"open\"\n"), of: command.lead, given: command.value, line: line)
            #expect(JournalLine(reading: refused.json) == .refused(refused))
            let repeated = RepeatedLine(lead: command.lead, line: line, id: "form:\u{e9}", moment: 4)
            #expect(JournalLine(reading: repeated.json) == .repeated(repeated))
            let unreleased = RefusedLine(
                Refusal(.notQuarantined, "no"), of: nil, given: ["do": "release", "plugin": "p"], line: line)
            #expect(JournalLine(reading: unreleased.json) == .refused(unreleased))
            let released = ReleasedLine(plugin: "p", line: line)
            #expect(JournalLine(reading: released.json) == .released(released))
        }
    }

    @Test("what an older or a newer version wrote is read as far as it is known")
    func tolerance() {
        func call(_ rest: String) -> JournalLine {
            JournalLine(
                reading: #"{"type":"call","lead":"L","moment":1,"run":"p.a","trigger":"m/open/1",\#(rest)}"#)
        }
        func outcome(_ rest: String) -> CallLine.Outcome? {
            if case .call(let call) = call(rest) { call.outcome } else { nil }
        }
        #expect(
            outcome(#""outcome":"failed","reason":"r","message":"m","fallback":null,"new":1"#)
                == .failed(reason: "r", message: "m", fallback: nil))
        #expect(
            outcome(#""outcome":"ok","effects":[{"do":"fly"},{"do":"advance"}]"#)
                == .effects([.unknown(["do": "fly"]), .known(.advance)]))
        #expect(outcome(#""outcome":"skipped""#) == .skipped(reason: ""))
        #expect(
            outcome(#""outcome":"ok","effects":[],"log":[{"level":"loud","message":"x"}]"#) == .effects([]))
        for text in [
            "", "{", "7", "{}", #"{"type":"dream","lead":"L"}"#, #"{"type":"event","lead":"L"}"#,
            #"{"type":"call","lead":"L","moment":1,"run":"p.a","trigger":"t","outcome":"dreamt"}"#,
        ] {
            #expect(JournalLine(reading: text) == .unreadable(text))
        }
    }

    @Test("every line of the examples reads")
    func examples() throws {
        let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../examples").standardized
        var count = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: root.path) {
            let file = root.appendingPathComponent("\(name)/expected.jsonl")
            guard FileManager.default.fileExists(atPath: file.path) else { continue }
            for text in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                count += 1
                let line = JournalLine(reading: String(text))
                switch line {
                case .event, .conflict, .incident, .delivery, .todo, .refused, .repeated, .released: break
                case .call(let call):
                    guard case .effects(let effects) = call.outcome else { break }
                    for case .unknown(let value) in effects { Issue.record("\(name): \(value.json)") }
                case .unreadable(let text): Issue.record("\(name): \(text)")
                }
            }
        }
        #expect(count > 100)
    }
}

// MARK: - Random parts of the grammar

extension SeededRandom {
    private mutating func text() -> String {
        let parts = ["a", "Zoë", "\"", "\\", "\n", "\u{1B}", "\u{e9}", "e\u{301}", "你好", " ", "/", "."]
        return (0..<Int.random(in: 1...4, using: &self)).map { _ in pick(parts) }.joined()
    }

    private mutating func value(depth: Int = 2) -> Value {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &self) {
        case 0: .null
        case 1: .bool(once(in: 2))
        case 2: .integer(Int64.random(in: .min ... .max, using: &self))
        case 3: .double(pick([0.5, -0.0, 1e300, .leastNonzeroMagnitude, 1.0]))
        case 4: .string(text())
        case 5: .list((0..<2).map { _ in value(depth: depth - 1) })
        default: .table(table(depth: depth - 1))
        }
    }

    private mutating func table(depth: Int = 1) -> Table {
        (0..<Int.random(in: 0...3, using: &self)).reduce(into: Table()) { table, _ in
            table[text()] = value(depth: depth)
        }
    }

    private mutating func changes() -> LeadChanges {
        LeadChanges(
            fields: table(), channel: once(in: 2) ? text() : nil, agent: once(in: 2) ? text() : nil)
    }

    private mutating func path() -> StepPath {
        StepPath(TrackID("t\(Int.random(in: 1...9, using: &self))"), StepID("s"))
    }

    mutating func command() -> Command {
        let order: Order =
            switch Int.random(in: 0..<11, using: &self) {
            case 0: .assign(MapID(text()), changes())
            case 1: .complete(text())
            case 2: .advance
            case 3: .remove(text())
            case 4: .status(pick(LeadStatus.allCases))
            case 5: .set(changes())
            case 6: .retry
            case 7: .undelivered(undelivered())
            case 8: .erase
            case 9: .todoDone(Int.random(in: 1...1000, using: &self))
            default: .rerun(Int.random(in: 1...1000, using: &self), now: once(in: 2), again: once(in: 2))
            }
        return Command(
            lead: LeadID("L\(Int.random(in: 1...9, using: &self))")!, order: order, by: text(),
            id: once(in: 2) ? CommandID(text()) : nil)
    }

    private mutating func deliveryID() -> DeliveryID {
        DeliveryID(
            LeadID(pick(["L1", "Zoë \"1\"", "a/b", "/", "1/2/3", "e/\u{301}"]))!,
            moment: Int.random(in: 1...99, using: &self), number: pick([1, 7, .max]))
    }

    private mutating func undelivered() -> Undelivered {
        Undelivered(
            delivery: deliveryID(), kind: pick(Outgoing.Kind.allCases), to: text(),
            state: pick(Undelivered.State.allCases), reason: text(), isQuiet: once(in: 2))
    }

    mutating func effect() -> Effect {
        switch Int.random(in: 0..<12, using: &self) {
        case 0: return .set(changes())
        case 1: return .note(text())
        case 2:
            return .todo(once(in: 2) ? ["title": .string(text())] : ["title": "x", "due": "y", "agent": "z"])
        case 3:
            return once(in: 2)
                ? .outgoing(.email, ["to": ["a@x", "b@x"], "subject": .string(text())])
                : .outgoing(.webhook, ["endpoint": .string(text()), "payload": .string(text())])
        case 4, 5:
            let change: StoredChange.Change
            switch Int.random(in: 0..<4, using: &self) {
            case 0: change = .set(nil)
            case 1: change = .add(.integer(Int64.random(in: .min ... .max, using: &self)))
            case 2: change = .add(0.5)
            default: change = .set(.string(text()))
            }
            return .store(StoredChange(scope: once(in: 2) ? .lead : .plugin, key: text(), change: change))
        case 6: return .status(pick(LeadStatus.allCases))
        case 7: return .assign(MapID(text()))
        case 8: return .complete(text())
        case 9: return .advance
        case 10: return .remove(text())
        default: return .emit(text(), once(in: 2) ? value() : nil)
        }
    }

    mutating func event() -> Event {
        let places: [(EventName, Event.Place)] = [
            (.mapOpen, .map), (.trackClose, .track(TrackID("t"))), (.stepSkip, .step(path())),
            (.custom("p.\(text())"), .nowhere), (.mapLeave, .map), (.deliveryFailed, .nowhere),
        ]
        let (name, place) = pick(places)
        let ending = Event.Ending(outcome: pick(JourneyOutcome.allCases), cancelled: [path(), path()])
        return Event(
            seq: once(in: 5) ? nil : Int.random(in: 1...1000, using: &self), name: name,
            at: Timestamp(milliseconds: Int64.random(in: 0...4_000_000_000_000, using: &self)), by: text(),
            map: MapID("m"), journey: 2, place: place, payload: place == .nowhere ? value() : nil,
            ending: name == .mapLeave ? ending : nil)
    }

    private mutating func function() -> FunctionName {
        if once(in: 3) { return FunctionName(plugin: "p", subscription: 2) }
        return FunctionName(plugin: "p", name: pick(["act", "say \"hi\"", "back\\slash", "é"]))
    }

    private mutating func outcome() -> CallRecord.Outcome {
        let steps = [StepID("a"), StepID("b")]
        switch Int.random(in: 0..<6, using: &self) {
        case 0: return .skipped
        case 1: return .decided(DeciderAnswer(.keep([]), reason: once(in: 2) ? text() : nil))
        case 2: return .decided(DeciderAnswer(.remove(steps), reason: nil))
        case 3:
            return .failed(
                CallFailure(pick(CallFailure.Reason.allCases), text()), fallback: once(in: 2) ? steps : nil)
        default: return .effects((0..<Int.random(in: 0...3, using: &self)).map { _ in effect() })
        }
    }

    mutating func entry() -> JournalEntry {
        switch Int.random(in: 0..<5, using: &self) {
        case 0: return .event(event(), instant: Int.random(in: 1...99, using: &self))
        case 1:
            let log = LogRecord(level: pick(LogRecord.Level.allCases), message: text(), fields: value())
            return .call(
                CallRecord(
                    instant: once(in: 5) ? nil : 3, seq: once(in: 5) ? nil : 7,
                    rule: Trigger(name: text(), run: function(), parameters: .none, condition: nil),
                    outcome: outcome(), log: once(in: 2) ? [log] : [],
                    reads: once(in: 2) ? table() : Table()))
        case 2:
            return .conflict(
                Conflict(instant: 2, field: text(), won: function(), lost: [function(), function()]))
        case 3:
            return .delivery(
                Outgoing(
                    id: deliveryID(), kind: pick(Outgoing.Kind.allCases), to: text(), first: 1,
                    payload: table(), by: text()))
        default:
            let source = Incident.Source(trigger: text(), run: function(), event: event())
            return .incident(
                Incident(
                    reason: text(), message: text(), traceback: nil, source: once(in: 3) ? nil : source,
                    failed: nil))
        }
    }
}
