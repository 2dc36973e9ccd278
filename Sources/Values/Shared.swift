/// A value in one word: a copy of it counts one reference and copies nothing of what it holds, and the first change after
/// one makes the copy.
public struct Shared<Content: Sendable>: Sendable {
    @usableFromInline var box: Box

    /// Safe to share: it is changed by the only value that holds it.
    @usableFromInline
    final class Box: @unchecked Sendable {
        // The compiler checks it for the value that holds it: nothing is read while that is changed.
        @exclusivity(unchecked) @usableFromInline var content: Content

        @inlinable init(_ content: Content) { self.content = content }
    }

    @inlinable public init(_ content: Content) { box = Box(content) }

    /// Whether it is a copy of the other, and neither was changed since: not whether they are equal.
    @inlinable public func isCopy(of other: Self) -> Bool { box === other.box }

    /// Changed where it lies, by this value alone.
    @inlinable public var content: Content {
        _read { yield box.content }
        _modify {
            if !isKnownUniquelyReferenced(&box) { box = Box(box.content) }
            yield &box.content
        }
    }
}
