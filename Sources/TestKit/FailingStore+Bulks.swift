public import Store

extension FailingStore {
    public func addBulk(_ bulk: NewBulk) throws(StoreError) -> Int {
        try step(.put)
        return try store.addBulk(bulk)
    }

    public func settle(_ results: [BulkResult], ofBulk number: Int) throws(StoreError) {
        try step(.put)
        try store.settle(results, ofBulk: number)
    }

    public func bulk(_ number: Int) throws(StoreError) -> StoredBulk? {
        try reading(.listing) { store throws(StoreError) in try store.bulk(number) }
    }

    public func unfinishedBulks() throws(StoreError) -> [Int] {
        try reading(.listing) { store throws(StoreError) in try store.unfinishedBulks() }
    }

    public func nextItems(ofBulk number: Int, limit: Int) throws(StoreError) -> [BulkItem] {
        try reading(.listing) { store throws(StoreError) in
            try store.nextItems(ofBulk: number, limit: limit)
        }
    }

    public func failures(ofBulk number: Int, after place: Int, limit: Int) throws(StoreError) -> [BulkFailure]
    {
        try reading(.listing) { store throws(StoreError) in
            try store.failures(ofBulk: number, after: place, limit: limit)
        }
    }
}
