import Testing
import Values

@Suite("texts that are compared by their bytes")
struct ExactTextTests {
    private let composed = "\u{e9}"
    private let decomposed = "e\u{301}"

    @Test("two spellings of one letter are two texts, in every collection")
    func spellings() {
        #expect(composed == decomposed, "Swift's own comparison takes them for equal")
        #expect(ExactText(composed) != ExactText(decomposed))
        #expect(Set([ExactText(composed), ExactText(decomposed)]).count == 2)
        var counts: [ExactText: Int] = [:]
        counts[composed] = 1
        #expect(counts[composed] == 1 && counts[decomposed] == nil)
        counts[decomposed, default: 0] += 2
        #expect(counts[composed] == 1 && counts[decomposed] == 2)
        var names: Set<ExactText> = []
        #expect(names.insert(composed).inserted && names.insert(decomposed).inserted)
        #expect(names.contains(composed) && !names.contains("e"))
    }

    @Test("their order is that of their bytes")
    func order() {
        let texts = [decomposed, composed, "f", "e", "E", ""].map { ExactText($0) }.sorted()
        #expect(texts.map(\.text.utf8.first) == [nil, 0x45, 0x65, 0x65, 0x66, 0xC3])
        #expect(texts[3].text.utf8.count == 3)
    }

    @Test("values and tables are the same when they are written with the same bytes")
    func values() {
        #expect(Value.string(composed) != .string(decomposed))
        #expect(Value.string(composed) == .string("\u{e9}"))
        #expect(Value.list([.string(composed)]) != .list([.string(decomposed)]))
        #expect(Table(dictionaryLiteral: (composed, 1)) != Table(dictionaryLiteral: (decomposed, 1)))
        #expect(Value.double(0.0) != .double(-0.0))
        #expect(Value.integer(1) != .double(1))
        let values: Set<Value> = [
            .string(composed), .string(decomposed), .double(0.0), .double(-0.0), .integer(0), .null, false,
            .list([]), .table([:]), .string(""),
        ]
        #expect(values.count == 10)
    }
}
