import Journeys
import Plugins
import TestKit
import Testing
import Values
import Workspace

/// `host.store` and `host.lead.store` where sums cannot be kept, by the real library.
@Suite("Sums of stored values in a call")
struct StoredSumsTests {
    private func run(_ body: String) throws -> CallResult.Outcome {
        try outcome(ofAction: body, event: ["lead": ["id": "L1", "fields": [:]]])
    }

    private func failure(_ body: String) throws -> CallFailure? {
        if case .failed(let failure) = try run(body) { failure } else { nil }
    }

    private static let sums = [
        ("1.7e308", "1.7e308", "the sum of 1.7e+308 and 1.7e+308 is not finite"),
        ("-1.7e308", "-1.7e308", "the sum of -1.7e+308 and -1.7e+308 is not finite"),
        ("math.maxinteger", "1", "the sum of 9223372036854775807 and 1 does not fit 64 bits"),
        ("math.mininteger", "-1", "the sum of -9223372036854775808 and -1 does not fit 64 bits"),
        ("'text'", "1", "1 cannot be added to \"text\""), ("true", "1", "1 cannot be added to true"),
        ("{ 1 }", "0.5", "0.5 cannot be added to a table"),
    ]

    @Test(
        "a sum that the call can see fails it, with the key, both values and the plugin's line",
        arguments: sums)
    func seen(there: String, amount: String, why: String) throws {
        for store in ["host.store", "host.lead.store"] {
            let failure = try failure("\(store).set('n', \(there))\n\(store).add('n', \(amount))")
            #expect(failure?.reason == .error)
            let message = failure?.message ?? ""
            #expect(message.contains("p.lua:3: \(store).add: \"n\": \(why)"), "\(message)")
        }
    }

    @Test("what was added and never read fails the call that then reads it")
    func readAfterAdding() throws {
        let message = try failure(
            "host.store.add('n', 1.7e308)\nhost.store.add('n', 1.7e308)\nhost.store.get('n')")?
            .message
        #expect(
            message?.contains(
                "p.lua:4: host.store.get: \"n\": the sum of 1.7e+308 and 1.7e+308 is not finite")
                == true, "\(message ?? "")")
        #expect(try failure("host.lead.store.add('n', 1.7e308)\nhost.lead.store.add('n', 1.7e308)") != nil)
        guard
            case .effects(let effects) = try run("host.store.add('n', 1.7e308) host.store.add('n', 1.7e308)")
        else {
            Issue.record("the call read nothing, and failed")
            return
        }
        #expect(effects.count == 2)
    }

    @Test("a call that caught the failure asked for nothing by it")
    func caught() throws {
        guard
            case .effects(let effects) = try run(
                """
                host.store.set('n', math.maxinteger)
                assert(not pcall(host.store.add, 'n', 1))
                host.store.add('n', -1)
                assert(host.store.get('n') == math.maxinteger - 1)
                host.store.add('n', 1)
                host.store.set('n', 1) host.store.add('n', 0.5)
                assert(host.store.get('n') == 1.5)
                host.store.set('n', nil) host.store.add('n', 2)
                assert(host.store.get('n') == 2 and math.type(host.store.get('n')) == 'integer')
                """)
        else {
            Issue.record("the call failed")
            return
        }
        #expect(effects.count == 7)
    }

    @Test("an amount that is not finite is refused", arguments: ["1/0", "-1/0", "0/0"])
    func amounts(amount: String) throws {
        for store in ["host.store", "host.lead.store"] {
            #expect(try failure("\(store).add('n', \(amount))") != nil)
        }
    }

    @Test(
        "a key that cannot be kept is refused by each function",
        arguments: ["''", "'a\\n'", "'a\\0'", "('x'):rep(257)", "1", "nil", "'\\xc2\\x85'", "'\\xff'"])
    func keys(key: String) throws {
        for store in ["host.store", "host.lead.store"] {
            #expect(try failure("\(store).set(\(key), 1)") != nil)
            #expect(try failure("\(store).add(\(key), 1)") != nil)
        }
        #expect(try failure("host.store.set(('x'):rep(256), 1)") == nil)
    }
}
