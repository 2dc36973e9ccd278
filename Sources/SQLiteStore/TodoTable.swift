import GRDB
import Journeys
import Store
import Values

/// What plugins asked to be done for leads.
struct TodoTable {
    private let db: Database

    init(on db: Database) { self.db = db }

    /// A lead's to-dos in the order of their numbers.
    func todos(of lead: LeadID) throws -> [StoredTodo] {
        let todos = try PreparedStatement(
            """
            SELECT todos.moment, at, by, todo, done_moment, done_at, done_by
            FROM todos JOIN leads ON leads.id = todos.lead
            WHERE leads.lead = ? ORDER BY todos.moment, place
            """, on: db
        ).rows(.text(lead.text)) { row in
            StoredTodo(
                lead: lead, moment: try row.count(0), number: 1, at: try row.timestamp(1),
                by: try row.text(2), todo: try row.table(3), done: try Self.done(row, from: 4))
        }
        return todos.enumerated().map { index, todo in
            var todo = todo
            todo.number = index + 1
            return todo
        }
    }

    /// How a to-do was marked as done, of three columns from this one on: all of them have a value, or none.
    static func done(_ row: ResultRow, from column: Int) throws -> StoredTodo.Done? {
        guard let moment = try row.optionalCount(column) else {
            guard try row.optionalTimestamp(column + 1) == nil, try row.optionalText(column + 2) == nil else {
                throw StoreError.damaged("a to-do that is open says when it was done")
            }
            return nil
        }
        return StoredTodo.Done(
            moment: moment, at: try row.timestamp(column + 1), by: try row.text(column + 2))
    }

    /// Keeps what the moment marks as done, and what it adds.
    ///
    /// - Parameters:
    ///   - index: the moment's in the commit.
    ///   - row: its lead's.
    func write(_ moment: MomentRecord, at index: Int, lead row: Int) throws {
        let lead = Argument.integer(row)
        let number = Argument.integer(moment.number)
        let at = Argument.integer(Int(moment.at.milliseconds))
        for todo in moment.doneTodos {
            try PreparedStatement(
                """
                UPDATE todos SET done_moment = ?, done_at = ?, done_by = ?
                WHERE lead = ? AND done_moment IS NULL AND (moment, place) =
                    (SELECT moment, place FROM todos WHERE lead = ? ORDER BY moment, place LIMIT 1 OFFSET ?)
                """, on: db
            ).run(number, at, .text(moment.command.by), lead, lead, .integer(todo - 1))
            guard todo > 0, db.changesCount == 1 else {
                throw StoreError.conflict(moment, at: index, .todoNotOpen(todo))
            }
        }
        for (place, todo) in moment.todos.enumerated() {
            try PreparedStatement(
                "INSERT INTO todos (lead, moment, place, at, by, todo) VALUES (?, ?, ?, ?, ?, ?)", on: db
            ).run(
                lead, number, .integer(place + 1), at, .text(todo.by), .text(Value.table(todo.todo).json))
        }
    }
}

extension Schema {
    /// The fifteenth migration. To-dos of earlier versions are open.
    static let doneTodos = """
        ALTER TABLE todos ADD COLUMN done_moment INTEGER;  -- of its lead, that marked it as done; null: it is open
        ALTER TABLE todos ADD COLUMN done_at INTEGER;
        ALTER TABLE todos ADD COLUMN done_by TEXT;
        """
}
