package import Journeys
import LuaSandbox
package import Values

/// A condition over one lead: the language of `when`, without an event.
///
/// Owner: one thread at a time.
package final class LeadCondition {
    private let sandbox: Sandbox
    private let function: FunctionID
    /// The fields of the lead that it names.
    package let fields: [String]

    /// What is wrong with the text of one.
    package struct InvalidCondition: Error, CustomStringConvertible {
        package let description: String
    }

    /// What a condition came to for a lead of which it does not hold because it cannot be evaluated.
    package struct Unevaluated: Error {
        package let message: String
        /// Whether something that it looks at is not there: a lead without the field is not one that it asks for.
        package let isOfMissing: Bool
    }

    package init(_ text: String) throws(InvalidCondition) {
        guard !text.isBlank else { throw InvalidCondition(description: "the condition is empty") }
        let sandbox: Sandbox
        do throws(LoadFailure) {
            sandbox = try Sandbox(HostLibrary.program(checking: [text]), limits: Limits())
        } catch {
            throw InvalidCondition(description: "the condition does not load: \(error.message)")
        }
        guard case .list(let chunks)? = sandbox.exports["conditions"], chunks.count == 1,
            case .list(let names)? = sandbox.exports["names"]
        else { preconditionFailure("conditions.lua exports the condition and the names") }
        if case .string(let message) = chunks[0] {
            throw InvalidCondition(
                description: "it is not a Lua expression over lead: \(Self.withoutPlace(message).printable)")
        }
        guard let function = chunks[0].functionID else {
            preconditionFailure("a condition is a function or says why it is not one")
        }
        let uses = LuaNames.of(expression: text)
        guard !uses.contains(where: { sameBytes($0.name, "event") }) else {
            throw InvalidCondition(description: "there is no event here; the condition is about lead")
        }
        let library = names.compactMap { if case .string(let name) = $0 { name } else { nil } }
        if let mistake = ConditionNames(library: library).mistakes(in: text).first {
            throw InvalidCondition(description: mistake)
        }
        fields = uses.filter { sameBytes($0.name, "lead") && $0.keys.count > 1 && $0.keys[0] == "fields" }
            .map { $0.keys[1] }
        self.sandbox = sandbox
        self.function = function
    }

    /// Whether it holds for the lead, at this time.
    package func holds(for lead: Lead, at time: Timestamp) throws(Unevaluated) -> Bool {
        let input = CallInput(
            arguments: [EncodedValue(.null), InstantEncoding.encode(lead, nil)],
            context: EncodedValue(["now": .integer(time.milliseconds)]), now: time.milliseconds,
            seed: randomSeed(lead: lead.id, seq: lead.lastSeq, trigger: ""), mayRecord: false,
            wantsResult: true)
        switch sandbox.call(function, input).outcome {
        case .success(let value): return value == true
        case .failure(let failure):
            let message = Self.withoutPlace(failure.message)
            throw Unevaluated(
                message: message, isOfMissing: failure.reason == .error && message.contains("nil"))
        }
    }

    /// It has one line, which says nothing.
    private static func withoutPlace(_ message: String) -> String {
        let place = "when:1: "
        return message.hasPrefix(place) ? String(message.dropFirst(place.count)) : message
    }
}
