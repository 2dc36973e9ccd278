import CSandbox
import Values

/// Keys that many tables share, put in order once: the steps of a map.
public final class TableKeys: @unchecked Sendable {
    /// Never changed after it was made; with its bytes freed in `deinit`.
    let native: UnsafeMutablePointer<sbx_keys>
    let count: Int

    /// - Parameter keys: no two of them have the same bytes.
    public init(_ keys: [String]) {
        count = keys.count
        let text = UnsafeMutableBufferPointer<UInt8>.allocate(
            capacity: keys.reduce(0) { $0 + $1.utf8.count })
        let ends = UnsafeMutablePointer<UInt32>.allocate(capacity: keys.count)
        let order = UnsafeMutablePointer<UInt32>.allocate(capacity: keys.count)
        var end = 0
        for (number, key) in keys.enumerated() {
            for byte in key.utf8 {
                text.initializeElement(at: end, to: byte)
                end += 1
            }
            (ends + number).initialize(to: UInt32(end))
        }
        let sorted = keys.indices.sorted { compareBytes(keys[$0], keys[$1]) < 0 }
        for (place, number) in sorted.enumerated() { (order + place).initialize(to: UInt32(number)) }
        native = .allocate(capacity: 1)
        native.initialize(
            to: sbx_keys(count: UInt32(keys.count), text: text.baseAddress, ends: ends, order: order))
    }

    deinit {
        native.pointee.text?.deallocate()
        native.pointee.ends.deallocate()
        native.pointee.order.deallocate()
        native.deallocate()
    }
}

/// The few words that the values of such tables are.
public final class TableWords: @unchecked Sendable {
    /// Never changed after it was made.
    let native: UnsafeMutableBufferPointer<sbx_bytes>

    public init(_ words: [String]) {
        native = .allocate(capacity: words.count)
        for (number, word) in words.enumerated() {
            let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: word.utf8.count)
            _ = bytes.initialize(from: word.utf8)
            native.initializeElement(at: number, to: sbx_bytes(UnsafeBufferPointer(bytes)))
        }
    }

    deinit {
        for word in native { word.start?.deallocate() }
        native.deallocate()
    }
}

/// What some tables have in common: the keys of each, and the words that its values are.
public final class KeyedForm: Sendable {
    let tables: [(keys: TableKeys, words: TableWords)]
    /// How many keys all of them have.
    let valueCount: Int

    public init(_ tables: [(keys: TableKeys, words: TableWords)]) {
        self.tables = tables
        valueCount = tables.reduce(0) { $0 + $1.keys.count }
    }
}

/// Tables of a form, for the calls whose arguments name them (``ValueEncoder/keyed(_:)``): Lua makes one only when the
/// program looks at it as a whole.
public final class KeyedTables: @unchecked Sendable {
    /// Never changed after it was made. The values lie behind the tables, in the same piece of memory.
    let native: UnsafeMutableBufferPointer<sbx_keyed>
    /// What the native tables point to.
    private let form: KeyedForm

    /// - Parameter fill: writes a value for each key of each table, one table behind the other: the number of its word.
    ///   It writes all of them. A call that looks at another number fails.
    public init(_ form: KeyedForm, fill: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
        self.form = form
        let tables = form.tables.count
        let tableBytes = tables * MemoryLayout<sbx_keyed>.stride
        let place = PlainMemory.allocate(tableBytes + form.valueCount)
        native = UnsafeMutableBufferPointer(
            start: place.bindMemory(to: sbx_keyed.self, capacity: tables), count: tables)
        let values = UnsafeMutableBufferPointer(
            start: (place + tableBytes).bindMemory(to: UInt8.self, capacity: form.valueCount),
            count: form.valueCount)
        fill(values)
        var start = 0
        for (number, table) in form.tables.enumerated() {
            let end = start + table.keys.count
            native.initializeElement(
                at: number,
                to: sbx_keyed(
                    keys: table.keys.native, values: values.baseAddress.map { $0 + start },
                    words: table.words.native.baseAddress, word_count: UInt32(table.words.native.count)))
            start = end
        }
    }

    deinit { PlainMemory.free(native.baseAddress) }
}
