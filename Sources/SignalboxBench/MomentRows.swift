import Journeys
import Logging
import Plugins
import Signalbox
import Store
import Values
import Workspace

/// What a moment leaves in the store: the bytes of a row of its own and of one of its lead's.
struct MomentRows: Sendable {
    var lead: String
    let status: String
    let map: String?
    let number: Int
    let at: Int
    var command: [UInt8]
    var journal: [UInt8]
    /// The lead after it.
    var record: [UInt8]
    /// What it changed of that; nil for the lead's first.
    var change: [UInt8]?
    /// Whether it is the last that the lead will have.
    let isLast: Bool

    private init(
        _ moment: Answer.Accepted, from earlier: LeadRecord?, to lead: LeadRecord, after command: Command
    ) {
        self.lead = lead.id.text
        status = lead.status.rawValue
        map = lead.journey?.map.text
        number = moment.moment
        at = Int(moment.at.milliseconds)
        self.command = Array(command.value.json.utf8)
        journal = Array(moment.journal.joined(separator: "\n").utf8)
        record = lead.jsonBytes
        change = earlier.map { RecordChange(from: $0, to: lead).json }
        isLast = if case .status = command.order { true } else { false }
    }

    /// When all of the moments are.
    static let time = Timestamp(milliseconds: 1_700_000_000_000)

    /// What the commands leave in a store, `together` of them in one commit, in which no lead has two.
    static func rows(
        of commands: [Command], _ generation: Generation, together: Int
    ) throws -> [MomentRows] {
        let store: any Store = MemoryStore()
        let engine = try SerialEngine(
            store: store, generation: generation, logger: .silent, clock: { time })
        var rows: [MomentRows] = []
        rows.reserveCapacity(commands.count)
        for start in stride(from: 0, to: commands.count, by: together) {
            for answer in try engine.handle(Array(commands[start..<start + together])) {
                guard case .accepted(let moment) = answer, let lead = try store.lead(moment.lead) else {
                    throw BenchmarkError(description: "a command of the workload came to \(answer)")
                }
                let earlier = try store.lead(moment.lead, after: moment.moment - 1)
                rows.append(MomentRows(moment, from: earlier, to: lead, after: commands[rows.count]))
            }
        }
        return rows
    }
}

extension Logger {
    /// Says nothing to anybody.
    static var silent: Logger { Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() }) }
}
