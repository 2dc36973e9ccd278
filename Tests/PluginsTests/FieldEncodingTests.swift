import LuaSandbox
import TestKit
import Testing
import Values

@testable import Journeys
@testable import Plugins

/// Fields that are kept encoded from call to call.
@Suite("Encoded fields")
struct FieldEncodingTests {
    /// As `event.lead.fields` crosses to Lua.
    private func table(_ fields: [EncodedFields]) -> EncodedValue {
        var encoder = ValueEncoder()
        encoder.table { encoder in for piece in fields { encoder.fields(piece) } }
        return encoder.finish()
    }

    private func lead(_ id: String, _ fields: Table) throws -> Lead {
        var lead = Lead(id: try #require(LeadID(id)))
        // A command's changes are limited in what they may hold, which does not matter here.
        try lead.apply(LeadChanges(fields: fields), limits: RecordLimits(fieldBytes: .max, leadBytes: .max))
        return lead
    }

    @Test("are those of the lead after every change, whichever leads come between", arguments: 0..<12)
    func changes(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var encodings = FieldEncodings()
        var fields = [Table(), Table(), Table()]
        for step in 0..<300 {
            let one = Int.random(in: 0..<3, using: &random)
            // Grows first, then shrinks.
            for _ in 0..<Int.random(in: 0...20, using: &random) {
                let key = "f\(Int.random(in: 0..<400, using: &random))"
                let goes = Int.random(in: 0..<300, using: &random) < step
                fields[one][key] = goes ? nil : .string("value \(step)")
            }
            let encoded = encodings.fields(of: try lead("L\(one)", fields[one]))
            if let encoded {
                #expect(table(encoded) == EncodedValue(.table(fields[one])))
            } else {
                #expect(fields[one].count <= 64)
            }
        }
    }

    @Test("that take more room than there is are encoded anew, and are right")
    func limit() throws {
        var encodings = FieldEncodings()
        let text = String(repeating: "x", count: FieldEncodings.limitBytes / 300)
        for round in 0..<3 {
            for number in 0..<5 {
                var fields = Table()
                for key in 0..<100 { fields["f\(key)"] = .string("\(round) \(number) \(key) \(text)") }
                let encoded = try #require(encodings.fields(of: try lead("L\(number)", fields)))
                #expect(table(encoded) == EncodedValue(.table(fields)))
            }
        }
    }
}
