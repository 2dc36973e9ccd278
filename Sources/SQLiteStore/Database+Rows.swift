import GRDB
import Store
import Values

// What commits and operators change of rows that are there.

extension Database {
    /// What is stored under a plugin's key.
    func stored(_ key: String, of plugin: String) throws -> ValueChanges.Stored {
        try PreparedStatement("SELECT value FROM plugin_values WHERE plugin = ? AND key = ?", on: self)
            .first(.text(plugin), .text(key)) { row in
                do throws(StoreError) {
                    return .value(try Value(storedJSON: try row.bytes(0)))
                } catch {
                    return .damaged
                }
            } ?? .value(nil)
    }

    func settle(
        _ settlement: MomentRecord.Settlement, lead: Argument, moment: Argument
    ) throws {
        switch settlement {
        case .incident(let number, let state):
            try PreparedStatement(
                "UPDATE incidents SET state = ?, settled = ? WHERE number = ? AND lead = ?", on: self
            ).run(.text(state.name.rawValue), Argument(state.number), .integer(number), lead)
        case .decider(let trigger):
            try PreparedStatement(
                """
                UPDATE incidents SET state = 'retried', settled = ?
                WHERE lead = ? AND trigger_name = ? AND state = 'open'
                """, on: self
            ).run(moment, lead, .text(trigger))
        }
    }

    func put(_ value: Value?, _ key: String, of plugin: String) throws {
        if let value {
            try PreparedStatement(
                "INSERT OR REPLACE INTO plugin_values (plugin, key, value) VALUES (?, ?, ?)", on: self
            ).run(.text(plugin), .text(key), .text(value.json))
        } else {
            try PreparedStatement("DELETE FROM plugin_values WHERE plugin = ? AND key = ?", on: self)
                .run(.text(plugin), .text(key))
        }
    }
}
