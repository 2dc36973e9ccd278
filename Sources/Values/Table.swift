/// Text keys with values, always in the order of the keys' bytes.
///
/// Two keys are the same when their bytes are: `String` itself would take two spellings of one
/// accented letter for equal, and two fields of a lead would become one. The fixed order makes
/// everything that is written from a table the same on every run (R37).
public struct Table: Sendable {
    private var entries: [Entry] = []

    public struct Entry: Sendable {
        public let key: String
        public fileprivate(set) var value: Value
    }

    public init() {}

    public init(reservingCapacity count: Int) { entries.reserveCapacity(count) }

    public var isEmpty: Bool { entries.isEmpty }
    public var count: Int { entries.count }
    public var keys: some Sequence<String> { entries.lazy.map(\.key) }

    /// The value of `key`; setting nil takes the key out.
    public subscript(key: String) -> Value? {
        get {
            let (index, found) = position(of: key)
            return found ? entries[index].value : nil
        }
        set {
            // What is written in order, as everything written from a table is, goes to the end.
            if let newValue, entries.last.map({ compareBytes($0.key, key) < 0 }) ?? true {
                entries.append(Entry(key: key, value: newValue))
                return
            }
            let (index, found) = position(of: key)
            switch (newValue, found) {
            case (let value?, true): entries[index].value = value
            case (let value?, false): entries.insert(Entry(key: key, value: value), at: index)
            case (nil, true): entries.remove(at: index)
            case (nil, false): break
            }
        }
    }

    /// See ``Value/approximateBytes``.
    public var approximateBytes: Int {
        entries.reduce(8) { $0 + $1.key.utf8.count + 8 + $1.value.approximateBytes }
    }

    private func position(of key: String) -> (index: Int, found: Bool) {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            let order = compareBytes(entries[middle].key, key)
            if order == 0 { return (middle, true) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return (low, false)
    }
}

extension Table: RandomAccessCollection {
    public var startIndex: Int { entries.startIndex }
    public var endIndex: Int { entries.endIndex }
    public subscript(position: Int) -> Entry { entries[position] }
}

extension Table: Hashable {
    public static func == (left: Table, right: Table) -> Bool {
        left.entries.count == right.entries.count
            && zip(left.entries, right.entries).allSatisfy {
                sameBytes($0.key, $1.key) && $0.value == $1.value
            }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(entries.count)
        for entry in entries {
            hasher.combine(bytesOf: entry.key)
            hasher.combine(entry.value)
        }
    }
}

extension Table: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, Value)...) {
        for (key, value) in elements { self[key] = value }
    }
}
