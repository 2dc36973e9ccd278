import LuaSandbox
import Testing
import Values

/// The forms in which the same table of ten keys is handed over: made at once, late pairs, keys with words, and pairs that the
/// host gives when they are looked at.
enum LateForm: CaseIterable {
    case atOnce, late, keyed, asked

    static let names = (1...10).map { "step \($0)" }
    static let words = ["waiting", "open", "closed"]
    private static let content = names.enumerated().reduce(into: Table()) { table, name in
        table[name.element] = .string(words[name.offset % words.count])
    }

    /// What a function body returns, records and logs, or how it fails, with the table in each form as `t` and once more
    /// as `u`.
    static func results(of body: String, limits: Limits = Limits()) throws -> [String] {
        let sandbox = try Sandbox(
            "return { run = function(a, b) local t, u = a, b; \(body) end }",
            limits: limits)
        let run = try #require(sandbox.exports["run"]?.functionID)
        let table = (TableKeys(names), TableWords(words))
        let keyed = KeyedTables(KeyedForm([table, table])) { values in
            for index in values.indices { values[index] = UInt8(index % names.count % words.count) }
        }
        return allCases.map { form in
            let input = CallInput(
                arguments: form.arguments, keyed: keyed, wantsResult: true,
                asked: { AskedTable(EncodedValue(.table(content))) })
            let report = sandbox.call(run, input)
            switch report.outcome {
            case .success(let value): return "\(value.json) \(report.records.map(\.json)) \(report.log)"
            case .failure(let failure): return "\(failure.reason): \(failure.message) \(failure.traceback)"
            }
        }
    }

    /// The host gives one of a call's arguments so at most.
    private var arguments: [EncodedValue] {
        (0..<2).map { number in
            var encoder = ValueEncoder()
            switch self {
            case .atOnce: encoder.table { $0.fields(Self.content) }
            case .asked where number == 0: return .asked
            case .late, .asked: encoder.lateTable { $0.fields(Self.content) }
            case .keyed: encoder.keyed(number)
            }
            return encoder.finish()
        }
    }
}
