import Journeys
import Store
import TestKit
import Testing
import Values

@Suite("a store for dry runs")
struct DryRunStoreTests {
    @Test("what could not be committed in the store that it shows cannot be committed in it")
    func refusals() throws {
        var samples = SampleMoments()
        let base = MemoryStore()
        try base.commit([samples.next("L1")])
        try base.put("text", "n", of: "p")
        let store = DryRunStore(over: base)
        let moment = samples.next("L1") { moment in
            moment.values = [
                .init(plugin: "p", key: "m", change: .add(1)), .init(plugin: "p", key: "n", change: .add(1)),
            ]
        }
        let error = #expect(throws: StoreError.self) { try store.commit([moment]) }
        guard case .invalidSums(let sums)? = error?.code else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(sums.map(\.change) == [1])
        #expect(try store.value("m", of: "p") == nil)
        #expect(try store.lead(moment.lead.id)?.lastMoment == 1)
        var infinite = moment
        infinite.values = []
        infinite.lead.fields["f"] = .double(.infinity)
        #expect(throws: StoreError.self) { try store.commit([infinite]) }
        #expect(throws: StoreError.self) { try store.put(.double(.nan), "n", of: "p") }
        infinite.lead.fields["f"] = 1
        infinite.values = [
            moment.values[0], .init(plugin: "p", key: "n", change: .set(nil)), moment.values[1],
        ]
        try store.commit([infinite])
        #expect(try store.value("m", of: "p") == 1 && store.value("n", of: "p") == 1)
        #expect(base.value("n", of: "p") == "text")
    }

    @Test("texts are the same when their bytes are: leads, ids of commands, plugins' names and keys")
    func spellings() throws {
        let (composed, decomposed) = ("\u{e9}", "e\u{301}")
        var samples = SampleMoments()
        let base = MemoryStore()
        try base.commit([
            samples.next(composed, commandID: composed) {
                $0.values = [.init(plugin: "p", key: "\u{e9}", change: .set("base"))]
            }
        ])
        let store = DryRunStore(over: base)
        #expect(try store.lead(lead(decomposed)) == nil && store.value(decomposed, of: "p") == nil)
        try store.commit([
            samples.next(decomposed, commandID: composed) {
                $0.values = [.init(plugin: "p", key: "e\u{301}", change: .set("run"))]
            }, samples.next(composed, commandID: decomposed),
        ])
        #expect(try store.lead(lead(composed))?.lastMoment == 2)
        #expect(try store.lead(lead(decomposed))?.lastMoment == 1)
        #expect(try store.value(composed, of: "p") == "base" && store.value(decomposed, of: "p") == "run")
        for (id, name, moment) in [
            (composed, composed, 1), (decomposed, composed, 2), (composed, decomposed, 1),
        ] {
            #expect(try store.accepted(CommandID(id), of: lead(name))?.moment == moment)
        }
        #expect(try store.accepted(CommandID(decomposed), of: lead(decomposed)) == nil)
    }

    @Test("to-dos are those of the store that it shows, with what was added and done since")
    func todos() throws {
        var samples = SampleMoments()
        let call = MomentRecord.Todo(todo: ["title": "call"], by: "plugin:todo")
        let base = MemoryStore()
        try base.commit([samples.next("L1") { $0.todos = [call, call] }])
        let store = DryRunStore(over: base)
        let before = try store.todos(of: lead("L1"))
        try store.commit([
            samples.next("L1") { moment in
                moment.doneTodos = [2]
                moment.todos = [call]
            },
            samples.next("L1") { $0.doneTodos = [3] }, samples.next("L2") { $0.todos = [call] },
        ])
        #expect(try store.todos(of: lead("L1")).map { $0.done?.moment } == [nil, 2, 3])
        #expect(try store.todos(of: lead("L2")).map(\.number) == [1])
        #expect(try base.todos(of: lead("L1")) == before && base.todos(of: lead("L2")) == [])
        try store.commit([samples.erasure(of: "L1")])
        #expect(try store.todos(of: lead("L1")) == [])
    }

    private func lead(_ text: String) throws -> LeadID { try #require(LeadID(text)) }
}
