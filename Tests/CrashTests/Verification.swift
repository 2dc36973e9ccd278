import GRDB
import Journeys
import Logging
import Plugins
import SQLiteStore
import Signalbox
import Store
import Synchronization
import TestKit
import Testing
import Values
import Workspace

/// What was answered, over all the processes that there were.
struct Acknowledged {
    private(set) var commands: Set<String> = []
    /// The lines of a moment; of the last one before a kill perhaps not all.
    private(set) var journals: [MomentKey: [String]] = [:]

    struct MomentKey: Hashable {
        let lead: String
        let moment: Int
    }

    /// Reads what one process answered to `given`, in whose order the lines of its input stood.
    mutating func read(_ lines: [String], to given: [Workload.Given]) throws {
        var byMoment: [MomentKey: Workload.Given] = [:]
        var byID: [String: Workload.Given] = [:]
        for command in given {
            byID[command.id] = command
            guard let moment = command.moment else { continue }
            byMoment[MomentKey(lead: command.lead, moment: moment)] = command
        }
        var found: [MomentKey: [String]] = [:]
        for line in lines {
            let table = try #require(try JSONReader.read(line).table)
            let lead = try #require(table["lead"]?.string)
            switch table["type"]?.string {
            case "refused":
                let command = given[Int(try #require(table["line"]?.integer)) - 1]
                #expect(command.moment == nil, "\(line)")
                commands.insert(command.id)
            case "repeated":
                let id = try #require(table["id"]?.string)
                let command = try #require(byID[id])
                #expect(command.lead == lead && command.moment == table["moment"]?.integer.map { Int($0) })
                commands.insert(command.id)
            default:
                let moment = Int(try #require(table["moment"]?.integer))
                let key = MomentKey(lead: lead, moment: moment)
                let command = try #require(byMoment[key], "a moment that nobody asked for: \(line)")
                commands.insert(command.id)
                found[key, default: []].append(line)
            }
        }
        for (key, lines) in found {
            #expect(journals[key] == nil, "\(key) was answered as a new moment twice")
            journals[key] = lines
        }
    }
}

/// Checks a store against the commands that were given to it, all of which were answered.
struct Verification {
    let path: String
    let given: [Workload.Given]
    let acknowledged: Acknowledged

    func run() throws {
        let store: any Store = try SQLiteStore(at: path, mode: .readOnly)
        let contents = try StoreContents(of: store)
        try contents.requireWhole()
        try expectCommandsOnce(contents, store)
        try expectNumbers(contents)
        expectWhatWasAnswered(contents)
        try expectReplay(contents, store)
    }

    /// Every lead's moments are those of its accepted commands, in their order.
    private func expectCommandsOnce(_ contents: StoreContents, _ store: any Store) throws {
        #expect(Set(given.map(\.id)).isSubset(of: acknowledged.commands))
        var expected: [LeadID: [String?]] = [:]
        for command in given {
            let accepted = try store.accepted(CommandID(command.id), of: LeadID(command.lead)!)
            #expect(accepted?.moment == command.moment, "\(command)")
            guard command.moment != nil else { continue }
            expected[LeadID(command.lead)!, default: []].append(command.id)
        }
        #expect(Set(contents.leads.map(\.id)) == Set(expected.keys))
        for (lead, moments) in zip(contents.leads, contents.moments) {
            #expect(moments.map { $0.command.table?["id"]?.string } == expected[lead.id])
        }
    }

    /// `seq` from 1 without gaps, and no line in a moment that is not its own.
    private func expectNumbers(_ contents: StoreContents) throws {
        for (lead, moments) in zip(contents.records, contents.moments) {
            var seq = 0
            for moment in moments {
                #expect(!moment.journal.isEmpty)
                for line in moment.journal {
                    let table = try #require(try JSONReader.read(line).table)
                    #expect(table["lead"]?.string == lead.id.text)
                    #expect(table["moment"]?.integer == Int64(moment.number))
                    guard table["type"] == "event" else { continue }
                    seq += 1
                    #expect(table["seq"]?.integer == Int64(seq))
                }
            }
            #expect(lead.lastSeq == seq)
        }
    }

    private func expectWhatWasAnswered(_ contents: StoreContents) {
        for moment in contents.moments.joined() {
            let key = Acknowledged.MomentKey(lead: moment.lead.text, moment: moment.number)
            guard let lines = acknowledged.journals[key] else { continue }
            #expect(Array(moment.journal.prefix(lines.count)) == lines)
        }
    }

    /// The commands, given to an engine in memory in the order of their commits, come to the same.
    private func expectReplay(_ contents: StoreContents, _ store: any Store) throws {
        var moments: [Acknowledged.MomentKey: StoredMoment] = [:]
        for moment in contents.moments.joined() {
            moments[.init(lead: moment.lead.text, moment: moment.number)] = moment
        }
        let fresh: any Store = MemoryStore()
        let time = Mutex(Timestamp(milliseconds: 0))
        let engine = try SerialEngine(
            store: fresh, generation: Workload.generation(),
            logger: Logger(label: "replay", factory: { _ in SwiftLogNoOpLogHandler() }),
            clock: { time.withLock { $0 } })
        for key in try commitOrder() {
            let moment = try #require(moments[key])
            time.withLock { $0 = moment.at }
            let command = try #require(Command(reading: moment.command))
            guard case .accepted(let accepted) = try engine.handle([command])[0] else {
                Issue.record("refused in the replay: \(command)")
                return
            }
            #expect(
                try accepted.journal.map(Self.withoutCircumstances)
                    == moment.journal.map(Self.withoutCircumstances))
        }
        let expected = try StoreContents(of: fresh)
        #expect(contents.records == expected.records)
        #expect(contents.formerRecords == expected.formerRecords)
        #expect(contents.leads == expected.leads)
        #expect(contents.notes == expected.notes)
        #expect(contents.todos == expected.todos)
        #expect(contents.incidents.count == expected.incidents.count)
        #expect(Set(contents.incidents.map(\.number)).count == contents.incidents.count)
        #expect(contents.outbox.map(\.id) == expected.outbox.map(\.id))
        #expect(contents.outbox.map(\.payload) == expected.outbox.map(\.payload))
        #expect(Set(contents.outbox.map(\.id)).count == contents.outbox.count)
        for key in ["opened", "stepped"] {
            #expect(try store.value(key, of: "probe") == fresh.value(key, of: "probe"))
        }
    }

    private func commitOrder() throws -> [Acknowledged.MomentKey] {
        let sql = """
            SELECT leads.lead, moments.moment FROM moments JOIN leads ON leads.id = moments.lead
            ORDER BY moments.id
            """
        return try DatabaseQueue(path: path).read { db in
            try Row.fetchAll(db, sql: sql).map { .init(lead: $0[0], moment: $0[1]) }
        }
    }

    /// The line without what depends on which moments shared a commit: the number of an incident, for one
    /// whose moment was not committed stays unused, and what a call read of the values of all leads.
    private static func withoutCircumstances(_ line: String) throws -> String {
        var table = try JSONReader.read(line).table ?? Table()
        table["incident"] = nil
        table["reads"] = nil
        return Value.table(table).json
    }
}
