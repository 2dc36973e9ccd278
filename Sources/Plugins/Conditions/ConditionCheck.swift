package import Journeys
import LuaSandbox
import Values

/// Checks the conditions (`when`) of a map's file, more strictly than a journey runs them.
package enum ConditionCheck {
    /// What is wrong with them, each at its place. There is at least one condition.
    package static func mistakes(in conditions: [Placed<String>]) -> [Mistake] {
        let exports: Export
        do throws(LoadFailure) {
            exports = try Sandbox(HostLibrary.program(checking: conditions.map(\.value)), limits: Limits())
                .exports
        } catch {
            return [Mistake(conditions[0].place, "the map's `when` do not load: \(error.message)")]
        }
        guard case .list(let chunks)? = exports["conditions"], case .list(let library)? = exports["names"]
        else {
            preconditionFailure("conditions.lua exports the conditions and the names")
        }
        let names = ConditionNames(
            library: library.compactMap { if case .string(let name) = $0 { name } else { nil } })
        func hint(for message: String, _ text: String) -> String {
            // Behind `when:1: `.
            let rest = message.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? message
            return SyntaxHint(for: rest, at: 1, in: Array(text.utf8)).map { "; \($0.text)" } ?? ""
        }
        return zip(conditions, chunks).flatMap { condition, chunk in
            if case .string(let message) = chunk {
                let what = "`when` is not a Lua expression over event and lead"
                return [
                    Mistake(
                        condition.place, "\(what): \(message.printable)\(hint(for: message, condition.value))"
                    )
                ]
            }
            return names.mistakes(in: condition.value).map { Mistake(condition.place, $0) }
        }
    }
}
