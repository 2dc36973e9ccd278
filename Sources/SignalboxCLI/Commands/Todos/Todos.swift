import ArgumentParser
import Authoring
import Journeys
import SQLiteStore
import Store
import Values

struct Todos: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "todos",
        abstract: "Shows what plugins asked to be done, and marks it as done.",
        subcommands: [List.self, Done.self], defaultSubcommand: List.self, aliases: ["todo"])

    // So that they may come before the subcommand's name too.
    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption
}

extension Todos {
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists what is to be done, what must be done first at the top.",
            usage: "signalbox todos [OPTIONS]",
            discussion: """
                With --agent those that are for this agent, and those that name nobody, of the leads that the agent works. \
                Those without a time come last. With --done those that are done, the latest first.

                The number of a to-do counts those of its lead; `todos done LEAD NUMBER` takes it.
                """)

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption

        @Option(help: ArgumentHelp("Only those of this agent.", valueName: "agent"))
        var agent: String?

        @Option(
            help: ArgumentHelp("Only those of this lead: its id, or a beginning of it.", valueName: "lead"))
        var lead: String?

        @Option(help: ArgumentHelp("Only those with a time before this one.", valueName: "time"))
        var dueBefore: String?

        @Flag(help: "Only those that are done.")
        var done = false

        @Flag(help: "Those that are open and those that are done.")
        var all = false

        @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
        var limit = 1000

        /// How many leads are read at once.
        private static let pageSize = 1000

        func validate() throws {
            guard (1..<Int.max).contains(limit) else { throw ValidationError("--limit is 1 at least") }
            guard !(done && all) else { throw ValidationError("give either --done or --all") }
            if let dueBefore, Timestamp(dueBefore) == nil {
                throw ValidationError(
                    "--due-before: \(dueBefore.quotedForMessage) is not a time such as 2026-11-22T09:00:00Z")
            }
        }

        func run() throws {
            let store = try workspace.openStoreToRead()
            let id = try lead.map { try LeadLookup(store).find($0) }
            var damaged: [DamagedLead] = []
            let found = try todos(in: store, of: id, &damaged)
            let output = Output()
            var listing = Listing(format.format, to: output)
            let shown = found.prefix(limit)
            for todo in shown { listing.element(json: todo.json, text: []) }
            if listing.isText {
                var table = TextTable(
                    ["due", "to-do", "lead", "no.", "agent", "by", "since"] + (showsDone ? ["done"] : []),
                    whole: ["due", "since", "done"], output.style)
                for todo in shown { table.add(todo.cells(withDone: showsDone)) }
                let lookup = LeadLookup(store)
                try table.shorten("lead", within: output.columns) { try lookup.beginning(ofText: $0) }
                listing.text(shown.isEmpty ? [nothing] : table.lines(within: output.columns))
            }
            listing.end()
            if found.count > limit {
                printToStandardError("These are the first \(limit) of \(found.count); --limit shows more.")
            }
            try endIfDamaged(damaged)
        }

        private var showsDone: Bool { done || all }

        private var nothing: String { all ? "No to-dos." : done ? "No to-do is done." : "No open to-dos." }

        private func todos(
            in store: any StoreReader, of lead: LeadID?, _ damaged: inout [DamagedLead]
        ) throws -> [StoredTodo] {
            var found: [StoredTodo] = []
            func add(_ lead: LeadID, workedBy worker: String?) throws {
                found += try store.todos(of: lead).filter { isWanted($0, of: worker) }
            }
            if let lead {
                try add(lead, workedBy: try store.lead(lead)?.agent)
            } else {
                var last: LeadID?
                while true {
                    let page = try store.leads(matching: .all, after: last, limit: Self.pageSize) { lead in
                        if !damaged.contains(lead) { damaged.append(lead) }
                    }
                    for lead in page { try add(lead.id, workedBy: lead.agent) }
                    guard page.count == Self.pageSize else { break }
                    last = page.last?.id
                }
            }
            return found.sorted { left, right in
                if done, let first = left.done, let second = right.done, first.at != second.at {
                    return first.at > second.at
                }
                if left.due != right.due {
                    guard let first = left.due else { return false }
                    return right.due.map { first < $0 } ?? true
                }
                if left.at != right.at { return left.at < right.at }
                let leads = compareBytes(left.lead.text, right.lead.text)
                return leads != 0 ? leads < 0 : left.number < right.number
            }
        }

        private func isWanted(_ todo: StoredTodo, of worker: String?) -> Bool {
            if !all, (todo.done != nil) != done { return false }
            if let agent, !sameBytes(todo.todo["agent"]?.string ?? worker ?? "", agent) { return false }
            guard let end = dueBefore.flatMap({ Timestamp($0) }) else { return true }
            return todo.due.map { $0 < end } ?? false
        }
    }
}

extension StoredTodo {
    /// A day begins in UTC.
    fileprivate var due: Timestamp? {
        todo["due"]?.string.flatMap { Timestamp($0) ?? Timestamp("\($0.prefix(10))T00:00:00Z") }
    }

    fileprivate func cells(withDone: Bool) -> [String] {
        let end = done.map { "\($0.at.forPeople) by \($0.by)" } ?? ""
        return [
            todo["due"]?.string ?? "", (todo["title"]?.string ?? "").shortened, lead.text, String(number),
            todo["agent"]?.string ?? "", by, at.forPeople,
        ] + (withDone ? [end] : [])
    }

    fileprivate var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", "todo")
        writer.field("lead", lead.text)
        writer.field("moment", moment)
        writer.field("number", number)
        for entry in todo { writer.field(entry.key, entry.value) }
        writer.field("by", by)
        writer.field("at", at.description)
        writeDone(to: &writer)
        writer.endObject()
        return writer.text
    }
}
