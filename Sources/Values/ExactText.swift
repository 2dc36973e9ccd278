/// A text that is compared by its UTF-8 bytes, everywhere.
///
/// `String` takes two spellings of one accented letter for equal (`é` as one character, and as `e` with a
/// mark behind it). The store, JSON, Lua and the file system take them for two texts, and so does the law:
/// two ids, fields or keys are the same when their bytes are. What is looked up or compared by a text that
/// comes from outside has a type that conforms to this: an identifier of its own, or ``ExactText``.
public protocol ExactlyCompared: Sendable, Hashable, Comparable, CustomStringConvertible {
    var text: String { get }
}

extension ExactlyCompared {
    @inlinable
    public static func == (left: Self, right: Self) -> Bool { sameBytes(left.text, right.text) }

    /// The order of the texts' bytes.
    @inlinable
    public static func < (left: Self, right: Self) -> Bool { compareBytes(left.text, right.text) < 0 }

    @inlinable
    public func hash(into hasher: inout Hasher) { hasher.combine(bytesOf: text) }

    @inlinable public var description: String { text }
}

/// A key of a dictionary or a set that is a text without an identifier type of its own: a field's name, a path, a
/// column. With a dictionary of such keys, `fields["score"]` looks up by bytes.
public struct ExactText: ExactlyCompared, ExpressibleByStringLiteral {
    public let text: String

    @inlinable
    public init(_ text: String) { self.text = text }

    @inlinable
    public init(stringLiteral text: String) { self.text = text }
}

extension Hasher {
    /// The text's UTF-8 bytes, so that texts with the same bytes have the same hash.
    @inlinable
    public mutating func combine(bytesOf text: String) {
        text.withBytes { combine(bytes: UnsafeRawBufferPointer($0)) }
        // As `String` does, so that two texts in a row are not taken for one.
        combine(0xFF as UInt8)
    }
}

extension Dictionary where Key == ExactText {
    public subscript(text: String) -> Value? {
        get { self[ExactText(text)] }
        set { self[ExactText(text)] = newValue }
    }

    public subscript(text: String, default value: @autoclosure () -> Value) -> Value {
        get { self[ExactText(text), default: value()] }
        set { self[ExactText(text)] = newValue }
    }
}

extension Set<ExactText> {
    public func contains(_ text: String) -> Bool { contains(ExactText(text)) }

    @discardableResult
    public mutating func insert(_ text: String) -> (inserted: Bool, memberAfterInsert: ExactText) {
        insert(ExactText(text))
    }
}
