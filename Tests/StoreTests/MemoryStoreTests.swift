import Store
import TestKit
import Testing

@Suite("the store in memory")
struct MemoryStoreTests {
    @Test("it keeps the contract of stores", arguments: StoreCheck.all)
    func contract(check: StoreCheck) throws {
        try check.run(MemoryStore())
    }
}
