/// Something of the lead or the event that a `when` reads.
package struct ConditionPath: Sendable {
    /// `lead`, `fields` and `score`.
    package let keys: [String]

    /// As the expression has it: `lead.fields.score`.
    package var text: String {
        keys.dropFirst().reduce(keys[0]) { text, key in
            LuaName.isName(key) ? "\(text).\(key)" : "\(text)[\"\(key)\"]"
        }
    }

    /// In the order of the expression, also those in parts that were not run.
    package static func all(in expression: String) -> [ConditionPath] {
        LuaNames.of(expression: expression).compactMap { use in
            guard use.name == "lead" || use.name == "event" else { return nil }
            return ConditionPath(keys: [use.name] + use.keys)
        }
    }
}
