import Journeys
import Testing
import Values

@Suite("Changes of plugins' stored values")
struct StoredChangeTests {
    private func sum(_ old: Value?, _ amount: Value) throws(Refusal) -> Value? {
        try StoredChange(scope: .plugin, key: "n", change: .add(amount)).applied(to: old)
    }

    @Test(
        "integers stay integers, and a double makes the sum a double",
        arguments: [
            (nil, 2, 2), (nil, 0.5, 0.5), (.null, 3, 3), (1, 2, 3), (1, 0.5, 1.5), (0.5, 1, 1.5),
            (1.5, 1.5, 3.0),
            (.integer(.max), -1, .integer(.max - 1)), (.integer(.min), 1, .integer(.min + 1)),
            (.integer(.max), 0.0, 9.223372036854775807e18), (1.7e308, -1.7e308, 0.0),
        ] as [(Value?, Value, Value)])
    func sums(old: Value?, amount: Value, expected: Value) throws {
        #expect(try sum(old, amount) == expected)
    }

    @Test(
        "a sum that cannot be kept says what was there and what was added",
        arguments: [
            (.integer(.max), 1, "9223372036854775807 and 1 does not fit 64 bits"),
            (.integer(.min), -1, "-9223372036854775808 and -1 does not fit 64 bits"),
            (1.7e308, 1.7e308, "1.7e+308 and 1.7e+308 is not finite"),
            (1, .double(.infinity), "is not finite"), (1.5, .double(.nan), "is not finite"),
            ("x", 1, "1 cannot be added to a string"), (true, 0.5, "0.5 cannot be added to a boolean"),
            ([], 1, "1 cannot be added to a list"), ([:], 1, "1 cannot be added to a table"),
        ] as [(Value, Value, String)])
    func invalid(old: Value, amount: Value, why: String) {
        let refusal = #expect(throws: Refusal.self) { try sum(old, amount) }
        #expect(refusal?.reason == .invalidValue)
        #expect(refusal?.message.contains("host.store.add: \"n\": ") == true)
        #expect(refusal?.message.contains(why) == true, "\(refusal?.message ?? "")")
        let change = StoredChange(scope: .lead, key: "n", change: .add(amount))
        #expect(change.value(after: old) == old)
    }

    @Test("a key is 1 to 256 bytes without control characters")
    func keys() {
        for key in ["a", "\u{e9}", " ", String(repeating: "x", count: 256)] {
            #expect(StoredChange.isKey(key))
        }
        for key in ["", "\n", "a\u{0}", "\u{7f}", "\u{85}", String(repeating: "x", count: 257)] {
            #expect(!StoredChange.isKey(key))
        }
    }

    @Test("a field that is not finite is refused", arguments: [Value.double(.infinity), [.double(.nan)]])
    func fields(value: Value) {
        let refusal = #expect(throws: Refusal.self) { try RecordLimits().check(field: "f", value) }
        #expect(refusal?.reason == .invalidField)
        #expect(refusal?.message == "field \"f\" has a number that is not finite")
    }
}
