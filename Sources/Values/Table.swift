/// Text keys with values, always in the order of the keys' bytes.
///
/// Two keys are the same when their bytes are: `String` itself would take two spellings of one
/// accented letter for equal, and two fields of a lead would become one. The fixed order makes
/// everything that is written from a table the same on every run (R37).
///
/// A table with many keys is kept in pieces, so that a key that is set or taken out in whatever order, and a change
/// of one of two copies, moves one piece and not the table.
public struct Table: Sendable {
    /// All entries, while they are few; else empty.
    private var entries: [Entry] = []
    /// None of them is empty; together they are in order. Nil, which a copy of the table need not count, while the
    /// entries are few.
    private var pieces: [[Entry]]?

    /// How many entries a piece may have.
    static let pieceLimit = 64

    public struct Entry: Sendable {
        public let key: String
        public fileprivate(set) var value: Value

        fileprivate static let stride = MemoryLayout<Entry>.stride

        /// Whether two entries lie in memory as one and its copy do. Two that do not may still be equal.
        fileprivate static func isSame(
            _ left: UnsafeRawBufferPointer, _ leftStart: Int, _ right: UnsafeRawBufferPointer,
            _ rightStart: Int
        ) -> Bool {
            let word = MemoryLayout<UInt64>.size
            let size = MemoryLayout<Entry>.size
            for offset in Swift.stride(from: 0, to: size - size % word, by: word)
            where left.loadUnaligned(fromByteOffset: leftStart + offset, as: UInt64.self)
                != right.loadUnaligned(fromByteOffset: rightStart + offset, as: UInt64.self)
            { return false }
            return (size - size % word..<size).allSatisfy { left[leftStart + $0] == right[rightStart + $0] }
        }
    }

    /// The pieces that a large table is kept in, for whoever keeps what is made of each. Nil while the entries are few.
    package var parts: [Part]? { pieces.map { $0.map(Part.init) } }

    /// A piece of a table.
    package struct Part: Sendable {
        package let entries: [Entry]

        /// Whether it is the other piece itself: not one that is equal.
        package func isSame(as other: Part) -> Bool { Cursor.isSame(entries, other.entries) }
    }

    public init() {}

    public init(reservingCapacity count: Int) {
        entries.reserveCapacity(Swift.min(count, Self.pieceLimit))
    }

    public var isEmpty: Bool { entries.isEmpty && pieces == nil }
    public var count: Int { pieces?.reduce(0) { $0 + $1.count } ?? entries.count }
    public var keys: some Sequence<String> { lazy.map(\.key) }

    /// The value of `key`; setting nil takes the key out.
    public subscript(key: String) -> Value? {
        get {
            if let pieces { return pieces[pieces.place(of: key)].value(of: key) }
            return entries.value(of: key)
        }
        set {
            if pieces != nil {
                pieces?.set(newValue, for: key)
                guard let rest = pieces, rest.count == 1 else { return }
                entries = rest[0]
                pieces = nil
            } else {
                entries.set(newValue, for: key)
                guard entries.count > Self.pieceLimit else { return }
                var divided = [entries]
                divided.split(0)
                pieces = divided
                entries = []
            }
        }
    }

    /// Adds an entry. False, and nothing changes, where the key has one.
    mutating func add(_ value: Value, for key: String) -> Bool {
        if pieces != nil || entries.count >= Self.pieceLimit {
            guard self[key] == nil else { return false }
            self[key] = value
            return true
        }
        return entries.add(value, for: key)
    }

    /// Changes the table that is the value of `key`, where it lies: no copy of it is made. What is not a table counts as
    /// an empty one; one that becomes empty is taken out.
    public mutating func change(tableAt key: String, _ body: (inout Table) -> Void) {
        var inner = self[key]?.table ?? Table()
        // So that `inner` is the only one that holds its entries.
        if !inner.isEmpty { self[key] = .null }
        body(&inner)
        self[key] = inner.isEmpty ? nil : .table(inner)
    }

    /// Every key whose value is another than in an earlier table, with the value that it has here, in order; nil where it
    /// has none. What both share, as the copies of a table do that was changed a little, is not looked at.
    package func changes(since earlier: Table) -> [(key: String, value: Value?)] {
        if isCopy(of: earlier) { return [] }
        var differences = Differences(new: Cursor(self), old: Cursor(earlier))
        var changes: [(key: String, value: Value?)] = []
        while let change = differences.next() { changes.append(change) }
        return changes
    }

    /// Whether both share all their entries, as copies do of which neither was changed: not whether they are equal.
    @inlinable package func isCopy(of other: Table) -> Bool {
        unsafeBitCast(self, to: (UInt, UInt).self) == unsafeBitCast(other, to: (UInt, UInt).self)
    }

    /// Finds one change after the other.
    fileprivate struct Differences {
        var new: Cursor
        var old: Cursor

        mutating func next() -> (key: String, value: Value?)? {
            while true {
                if new.skipPiece(sharedWith: &old) || new.skipEntries(sharedWith: &old) { continue }
                switch (new.entry, old.entry) {
                case (nil, nil):
                    return nil
                case (let entry?, nil):
                    new.advance()
                    return (entry.key, entry.value)
                case (nil, let before?):
                    old.advance()
                    return (before.key, nil)
                case (let entry?, let before?):
                    let order = compareBytes(entry.key, before.key)
                    if order <= 0 { new.advance() }
                    if order >= 0 { old.advance() }
                    if order > 0 { return (before.key, nil) }
                    if order < 0 || entry.value != before.value { return (entry.key, entry.value) }
                }
            }
        }
    }

    /// A place in a table, of which whole pieces can be passed over.
    fileprivate struct Cursor {
        /// The piece that it is in; empty behind the last.
        private var piece: [Entry]
        private var offset = 0
        private let pieces: [[Entry]]?
        private var nextPiece = 0

        init(_ table: Table) {
            piece = table.entries
            pieces = table.pieces
            if pieces != nil { leavePiece() }
        }

        var entry: Entry? { offset < piece.count ? piece[offset] : nil }

        mutating func advance() {
            offset += 1
            if offset == piece.count { leavePiece() }
        }

        /// Passes over a piece that begins here and is the very same in both.
        mutating func skipPiece(sharedWith other: inout Cursor) -> Bool {
            guard offset == 0, other.offset == 0, !piece.isEmpty, Self.isSame(piece, other.piece) else {
                return false
            }
            leavePiece()
            other.leavePiece()
            return true
        }

        /// Passes over entries that come next and are the very same in both: of two copies of a piece, of which one was
        /// changed.
        mutating func skipEntries(sharedWith other: inout Cursor) -> Bool {
            let most = Swift.min(piece.count - offset, other.piece.count - other.offset)
            let (start, otherStart) = (offset * Entry.stride, other.offset * Entry.stride)
            let same = piece.withUnsafeBytes { bytes in
                other.piece.withUnsafeBytes { others in
                    (0..<most).first { index in
                        let place = index * Entry.stride
                        return !Entry.isSame(bytes, start + place, others, otherStart + place)
                    } ?? most
                }
            }
            if same == 0 { return false }
            offset += same
            other.offset += same
            if offset == piece.count { leavePiece() }
            if other.offset == other.piece.count { other.leavePiece() }
            return true
        }

        private mutating func leavePiece() {
            offset = 0
            if let pieces, nextPiece < pieces.count {
                piece = pieces[nextPiece]
                nextPiece += 1
            } else {
                piece = []
            }
        }

        static func isSame(_ left: [Entry], _ right: [Entry]) -> Bool {
            left.withUnsafeBufferPointer { left in
                right.withUnsafeBufferPointer { left.baseAddress == $0.baseAddress && left.count == $0.count }
            }
        }
    }

    /// See ``Value/approximateBytes``.
    public var approximateBytes: Int {
        reduce(8) { $0 + Self.approximateBytes(of: $1.key, $1.value) }
    }

    /// What an entry adds to ``approximateBytes``.
    public static func approximateBytes(of key: String, _ value: Value) -> Int {
        key.utf8.count + 8 + value.approximateBytes
    }
}

extension [[Table.Entry]] {
    /// The last piece whose first key is not behind `key`, or the first one.
    fileprivate func place(of key: String) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if compareBytes(self[middle][0].key, key) <= 0 { low = middle + 1 } else { high = middle }
        }
        return Swift.max(0, low - 1)
    }

    fileprivate mutating func set(_ value: Value?, for key: String) {
        let place = place(of: key)
        self[place].set(value, for: key)
        if self[place].count > Table.pieceLimit {
            split(place)
        } else if self[place].isEmpty {
            remove(at: place)
        }
    }

    /// What is written in order, as everything that is written from a table is, leaves full pieces behind.
    fileprivate mutating func split(_ place: Int) {
        let isLast = place == count - 1
        let size = isLast ? Table.pieceLimit : Table.pieceLimit / 2
        let rest = Array<Table.Entry>(self[place][size...])
        self[place].removeSubrange(size...)
        insert(rest, at: place + 1)
    }
}

extension [Table.Entry] {
    fileprivate mutating func set(_ value: Value?, for key: String) {
        if let value, endsBefore(key) {
            append(Table.Entry(key: key, value: value))
            return
        }
        let (index, found) = position(of: key)
        switch (value, found) {
        case (let value?, true): self[index].value = value
        case (let value?, false): insert(Table.Entry(key: key, value: value), at: index)
        case (nil, true): remove(at: index)
        case (nil, false): break
        }
    }

    fileprivate mutating func add(_ value: Value, for key: String) -> Bool {
        if endsBefore(key) {
            append(Table.Entry(key: key, value: value))
            return true
        }
        let (index, found) = position(of: key)
        if !found { insert(Table.Entry(key: key, value: value), at: index) }
        return !found
    }

    /// Whether the key comes behind all of these: what is written in order goes to the end.
    private func endsBefore(_ key: String) -> Bool { last.map { compareBytes($0.key, key) < 0 } ?? true }

    fileprivate func value(of key: String) -> Value? {
        // A few are looked at one after the other: nearly all are of another length, and of those nothing else is touched.
        if count <= 8 {
            let length = key.utf8.count
            return withUnsafeBufferPointer { entries in
                for index in entries.indices
                where entries[index].key.utf8.count == length && sameBytes(entries[index].key, key) {
                    return entries[index].value
                }
                return nil
            }
        }
        let (index, found) = position(of: key)
        return found ? self[index].value : nil
    }

    fileprivate func position(of key: String) -> (index: Int, found: Bool) {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            let order = compareBytes(self[middle].key, key)
            if order == 0 { return (middle, true) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return (low, false)
    }
}

extension Table: BidirectionalCollection {
    public struct Index: Comparable, Sendable {
        fileprivate var piece: Int
        fileprivate var offset: Int

        public static func < (left: Index, right: Index) -> Bool {
            left.piece == right.piece ? left.offset < right.offset : left.piece < right.piece
        }
    }

    public var startIndex: Index { Index(piece: 0, offset: 0) }

    public var endIndex: Index {
        pieces.map { Index(piece: $0.count, offset: 0) } ?? Index(piece: 0, offset: entries.count)
    }

    public func index(after index: Index) -> Index {
        let isLastOfPiece = pieces.map { index.offset + 1 == $0[index.piece].count } ?? false
        return isLastOfPiece
            ? Index(piece: index.piece + 1, offset: 0)
            : Index(piece: index.piece, offset: index.offset + 1)
    }

    public func index(before index: Index) -> Index {
        guard index.offset == 0, let pieces else {
            return Index(piece: index.piece, offset: index.offset - 1)
        }
        return Index(piece: index.piece - 1, offset: pieces[index.piece - 1].count - 1)
    }

    public subscript(position: Index) -> Entry {
        pieces.map { $0[position.piece][position.offset] } ?? entries[position.offset]
    }

    /// Goes through one piece after the other.
    public struct Iterator: IteratorProtocol {
        fileprivate var piece: [Entry]
        fileprivate var offset = 0
        fileprivate let pieces: [[Entry]]?
        fileprivate var nextPiece = 0

        public mutating func next() -> Entry? {
            if offset == piece.count {
                guard let pieces, nextPiece < pieces.count else { return nil }
                piece = pieces[nextPiece]
                nextPiece += 1
                offset = 0
            }
            defer { offset += 1 }
            return piece[offset]
        }
    }

    public func makeIterator() -> Iterator { Iterator(piece: entries, pieces: pieces) }
}

extension Table: Hashable {
    public static func == (left: Table, right: Table) -> Bool {
        if left.isCopy(of: right) { return true }
        var differences = Table.Differences(new: Table.Cursor(left), old: Table.Cursor(right))
        return differences.next() == nil
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        for entry in self {
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
