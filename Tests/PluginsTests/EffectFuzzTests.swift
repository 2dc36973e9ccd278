import Journeys
import TestKit
import Testing
import Values

@testable import Plugins

/// Random records, as a plugin that got past the host's library may make them.
@Suite("Random effects", .serialized)
struct EffectFuzzTests {
    private static let verbs = [
        "set", "status", "assign", "complete", "remove", "advance", "emit", "note", "todo", "email",
        "webhook", "store.set",
        "store.add",
    ]
    private static let keys = [
        "agent", "fields", "to", "map", "step", "event", "payload", "text", "title", "due", "cc", "bcc",
        "reply_to", "subject", "html", "template", "values", "headers", "key", "value", "amount", "lead",
        "do", "endpoint",
    ]
    private static let texts = [
        "", "open", "won", "p.done", "q.done", "step.close", "p.", "a@x", "kim@example.com", "a@x\nBcc: b@x",
        "a@",
        "@", "a@x.", "a b@x", "Kim <a@x>", "X-A", "x-a", "Bcc", "Content-X", "X:A", "é", "e\u{301}@x",
        "\u{2028}",
        "\u{85}", "\u{202E}", "İ", "K", String(repeating: "x", count: 256),
        String(repeating: "é", count: 129),
        String(repeating: "h", count: 77), String(repeating: "a", count: 252) + "@x", "\r\n", "\u{0}",
    ]
    private let decoder = EffectDecoder(plugin: "p", granted: ["email", "webhook"], limits: RecordLimits())

    @Test("a record becomes effects that keep their forms and read back, or a failure in one line")
    func effects() throws {
        try Fuzzing("effects", part: 0.7).run(
            make: { random in (0...(random.once(in: 4) ? 2 : 0)).map { _ in Self.record(&random) } },
            bytes: { Array(Value.list($0).json.utf8) }
        ) { records in
            let effects: [Effect]
            do throws(CallFailure) {
                effects = try decoder.effects(records)
            } catch {
                try require(
                    [.value, .refused].contains(error.reason) && !error.message.isEmpty
                        && !error.message.hasControlCharacters, "\(error)")
                return
            }
            try requireEqual(effects.count, records.count)
            for (effect, record) in zip(effects, records) {
                try Self.checkForm(effect)
                try requireEqual(try JSONReader.read(effect.value.json), effect.value)
                // What is read of the record again, as from the journal, is the same.
                try requireEqual(try decoder.effects([effect.value]), [effect])
                try requireEqual(effect.value.table?["do"], record.table?["do"])
            }
        }
    }

    @Test("an address that is taken has two parts and nothing that divides or ends a header's line")
    func addresses() throws {
        try Fuzzing("addresses", part: 0.15).run(
            make: { random in
                let parts = (0...Int.random(in: 0...3, using: &random)).map { _ in
                    random.once(in: 2) ? random.pick(Self.texts) : random.text(upTo: 4)
                }
                return parts.joined(separator: random.pick(["@", ".", "", "@x."]))
            }, bytes: { Array($0.utf8) }
        ) { text in
            guard EmailAddress.isValid(text) else { return }
            try Self.checkAddress(text)
        }
    }

    @Test("a sum is the exact one, in 64 bits or finite, or is refused with what was there left")
    func sums() throws {
        let numbers: [Value] = [
            .null, 0, 1, -1, .integer(.max), .integer(.min), 0.5, -0.0, 1e308, -1e308,
            .double(.leastNonzeroMagnitude),
            9.007199254740993e15, "1", true, [], [:],
        ]
        try Fuzzing("sums", part: 0.15).run(
            make: { random in [random.pick(numbers), Self.number(&random)] },
            bytes: { Array(Value.list($0).json.utf8) }
        ) { pair in
            let record: Value = ["do": "store.add", "key": "n", "amount": pair[1]]
            guard case .store(let change)? = try decoder.effects([record]).first else {
                throw BrokenExpectation("it is not a change")
            }
            let sum: Value?
            do throws(Refusal) {
                sum = try change.applied(to: pair[0])
            } catch {
                try requireEqual(error.reason, .invalidValue)
                try requireEqual(change.value(after: pair[0]), pair[0])
                return
            }
            switch (pair[0], pair[1], sum) {
            case (.null, let amount, let sum?): try requireEqual(sum, amount)
            case (.integer(let left), .integer(let right), .integer(let sum)?):
                try requireEqual(left.addingReportingOverflow(right).overflow, false)
                try requireEqual(sum, left &+ right)
            case (_, _, .double(let sum)?): try require(sum.isFinite, "\(sum)")
            default: throw BrokenExpectation("the sum is \(String(describing: sum))")
            }
        }
    }

    // MARK: Records

    private static func record(_ random: inout SeededRandom) -> Value {
        if random.once(in: 30) { return value(&random, 2) }
        var table: Table
        let name = Value.string(random.pick(["x", "p.done", "open", "kim@example.com"]))
        switch random.pick(verbs) {
        case "email": table = ["do": "email", "to": "kim@example.com", "subject": "Hello"]
        case "webhook": table = ["do": "webhook", "endpoint": "crm", "payload": value(&random, 3)]
        case "todo": table = ["do": "todo", "title": "Call"]
        case "store.set": table = ["do": "store.set", "key": "n", "value": 1]
        case "store.add": table = ["do": "store.add", "key": "n", "amount": number(&random)]
        case "emit": table = ["do": "emit", "event": "p.done", "payload": value(&random, 3)]
        case "set": table = ["do": "set", "fields": ["a": value(&random, 3)], "agent": name]
        case let verb: table = ["do": .string(verb), "to": name, "map": name, "step": name, "text": name]
        }
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let key = random.once(in: 8) ? text(&random) : random.pick(keys)
            table[key] = random.once(in: 6) ? nil : value(&random, 4)
        }
        return .table(table)
    }

    private static func number(_ random: inout SeededRandom) -> Value {
        if random.once(in: 2) { return .integer(random.pick([.min, .max, 0, -1, 1 << 53])) }
        let double = Double(bitPattern: random.next())
        return .double(double.isFinite ? double : 1.7e308)
    }

    private static func text(_ random: inout SeededRandom) -> String {
        random.once(in: 3) ? random.text() : random.pick(texts)
    }

    /// At most as deep as a sandbox lets values be.
    private static func value(_ random: inout SeededRandom, _ depth: Int) -> Value {
        switch Int.random(in: 0...(depth > 0 ? 9 : 6), using: &random) {
        case 0: return random.pick([.null, .bool(true), .bool(false)])
        case 1: return number(&random)
        case 2...6: return .string(text(&random))
        case 7:
            var deep = value(&random, depth - 1)
            for _ in 0..<Int.random(in: 0...24, using: &random) { deep = .list([deep]) }
            return deep
        case 8:
            return .list((0..<Int.random(in: 0...3, using: &random)).map { _ in value(&random, depth - 1) })
        default:
            var table = Table()
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                table[text(&random)] = value(&random, depth - 1)
            }
            return .table(table)
        }
    }

    // MARK: Forms

    private static func checkForm(_ effect: Effect) throws {
        switch effect {
        case .set(let changes):
            if let agent = changes.agent { try checkName(agent) }
            for field in changes.fields { try RecordLimits().check(field: field.key, field.value) }
        case .note(let text): try require(!text.isEmpty, "the note is empty")
        case .todo(let todo):
            try require(todo["title"]?.string?.isEmpty == false, "the title is empty")
            for entry in todo {
                try require(["title", "due", "agent"].contains(entry.key), "the key \(entry.key)")
                if entry.key != "title" { try checkName(entry.value.string ?? "") }
            }
        case .outgoing(.email, let message): try checkMail(message)
        case .outgoing(.webhook, let message):
            try checkName(message["endpoint"]?.string ?? "")
            try require(Set(message.keys).isSubset(of: ["endpoint", "payload"]), "the keys of \(message)")
        case .store(let stored):
            try require(StoredChange.isKey(stored.key), "the key \(stored.key)")
            if case .add(let amount) = stored.change {
                try require(amount.integer != nil || amount.fault(deeperThan: 0) == nil, "\(amount)")
            }
        case .status(let status): try require(LeadStatus.allCases.contains(status), "\(status)")
        case .assign(let map): try checkName(map.text)
        case .complete(let step), .remove(let step): try checkName(step)
        case .advance: break
        case .emit(let event, _):
            try require(event.hasPrefix("p.") && !EventName.ofTheEngine.map(\.text).contains(event), event)
            try checkName(event)
        }
    }

    private static func checkName(_ text: String) throws {
        try require((1...256).contains(text.utf8.count) && !text.hasControlCharacters, "the name \(text)")
    }

    private static func checkAddress(_ text: String) throws {
        let halves = text.unicodeScalars.split(separator: "@", omittingEmptySubsequences: false)
        try require(halves.count == 2 && halves.allSatisfy { !$0.isEmpty }, "the address \(text)")
        try require(
            !text.unicodeScalars.contains { ",;:<>(){}[]\\\" \r\n".unicodeScalars.contains($0) }, text)
        try require(text.utf8.count <= 254 && !text.hasControlCharacters, "the address \(text)")
    }

    private static func checkMail(_ message: Table) throws {
        let people = ["to", "cc", "bcc"].compactMap { message[$0] }
        try require(!people.isEmpty, "nobody gets it")
        for value in people + [message["reply_to"]].compactMap(\.self) {
            for address in value.list ?? [value] { try checkAddress(address.string ?? "") }
        }
        let headers = message["headers"]?.table ?? [:]
        for line in [message["subject"]].compactMap(\.self) + headers.map(\.value) {
            try require(line.string?.hasControlCharacters == false, "the line \(line)")
        }
        for header in headers {
            try require(header.key.utf8.allSatisfy { $0 > 32 && $0 < 127 }, "the header \(header.key)")
            try require(!header.key.contains(":"), "the header \(header.key)")
            try require(
                !["to", "cc", "bcc", "from", "subject"].contains(header.key.lowercased()), header.key)
        }
        try requireEqual(Set(headers.keys.map { $0.lowercased() }).count, headers.count)
    }
}
