import Store
import TestKit
import Testing

@Suite("the store that fails")
struct FailingStoreTests {
    @Test("it keeps the contract of stores when nothing is to fail", arguments: StoreCheck.all)
    func contract(check: StoreCheck) throws {
        try check.run(FailingStore(MemoryStore(), failing: 0))
    }

    @Test("the operation that was named fails and does nothing")
    func operation() throws {
        let memory = MemoryStore()
        let store = FailingStore(memory, failing: 2)
        var samples = SampleMoments()
        let moments = [samples.next("L1"), samples.next("L1")]
        try store.commit([moments[0]])
        #expect(throws: FailingStore.failure) { try store.commit([moments[1]]) }
        #expect(memory.counts().moments == 1)
        try store.commit([moments[1]])
        #expect(try store.counts().moments == 2)
        #expect(store.operationCount == 4)
    }

    @Test("reading is not counted when only commits are")
    func commits() throws {
        let store = FailingStore(MemoryStore(), failing: 1, of: .commits)
        var samples = SampleMoments()
        let moment = samples.next("L1")
        _ = try store.counts()
        #expect(throws: FailingStore.failure) { try store.commit([moment]) }
        #expect(try store.counts().moments == 0)
        #expect(store.operationCount == 1)
    }
}
