import Values

/// A decider's answer, understood: exactly one of `keep` and `remove`, and only steps of the track (R34).
public struct DeciderAnswer: Sendable, Hashable {
    public let choice: Choice
    public let reason: String?

    public enum Choice: Sendable, Hashable {
        case keep([StepID])
        case remove([StepID])
    }

    init(_ choice: Choice, reason: String?) {
        self.choice = choice
        self.reason = reason
    }

    init(_ value: Value, steps: [StepID]) throws(CallFailure) {
        guard let table = value.table else {
            throw CallFailure(
                .answer,
                "a decider answers with a table that has `keep` or `remove`, not with \(value.typeName)"
                    + (value.isNull ? "; end it with `return { keep = { … } }`" : ""))
        }
        switch (table["keep"], table["remove"]) {
        case (let keep?, nil): choice = .keep(try Self.ids(keep, named: "keep", of: steps))
        case (nil, let remove?): choice = .remove(try Self.ids(remove, named: "remove", of: steps))
        case (nil, nil): throw CallFailure(.answer, "the answer has neither `keep` nor `remove`")
        case (_?, _?): throw CallFailure(.answer, "the answer has both `keep` and `remove`")
        }
        switch table["reason"] {
        case nil, .null: reason = nil
        case .string(let text): reason = text
        case let other?:
            throw CallFailure(.answer, "`reason` is a \(other.typeName); it must be a string")
        }
    }

    /// What stays.
    func kept(of steps: [StepID]) -> [StepID] {
        switch choice {
        case .keep(let kept):
            let kept = Set(kept)
            return steps.filter { kept.contains($0) }
        case .remove(let removed):
            let removed = Set(removed)
            return steps.filter { !removed.contains($0) }
        }
    }

    private static func ids(_ value: Value, named name: String, of steps: [StepID]) throws(CallFailure)
        -> [StepID]
    {
        let items: [Value]
        switch value {
        case .list(let list): items = list
        // An empty table of Lua is a table unless it says otherwise.
        case .table(let table) where table.isEmpty: items = []
        case .null, .bool, .integer, .double, .string, .table:
            throw CallFailure(.answer, "`\(name)` is a \(value.typeName); it must be a list of steps")
        }
        var ids: [StepID] = []
        let known = Set(steps)
        for item in items {
            guard let text = item.string else {
                throw CallFailure(.answer, "`\(name)` holds a \(item.typeName); it must hold ids of steps")
            }
            guard known.contains(StepID(text)) else {
                let names = steps.map(\.text).joined(separator: ", ")
                throw CallFailure(
                    .answer,
                    "`\(name)` names \(text.quotedForMessage), which the track does not have; its steps: \(names)"
                )
            }
            ids.append(StepID(text))
        }
        return ids
    }
}

extension CallResult {
    /// A decider's answer, or why there is none (R34).
    func answer(of steps: [StepID]) throws(CallFailure) -> DeciderAnswer {
        switch outcome {
        case .answer(let value): return try DeciderAnswer(value, steps: steps)
        case .failed(let failure): throw failure
        case .effects, .skipped: preconditionFailure("a decider answers")
        }
    }

    /// The steps that a decider's answer names.
    package var namedSteps: [StepID] {
        guard case .answer(let value) = outcome else { return [] }
        return ["keep", "remove"].flatMap { key in
            (value.table?[key]?.list ?? []).compactMap(\.string).map(StepID.init)
        }
    }

    /// The result of a decider's call as the engine takes it: failed where its answer is refused (R34).
    package func judged(for steps: [StepID]) -> CallResult {
        do throws(CallFailure) {
            _ = try answer(of: steps)
            return self
        } catch {
            return CallResult(.failed(error), log: log, reads: reads)
        }
    }
}
