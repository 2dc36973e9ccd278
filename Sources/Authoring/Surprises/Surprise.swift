package import Journeys

/// Something that is allowed and probably not what was meant, at its place.
package struct Surprise: Sendable, Hashable {
    package let kind: SurpriseKind
    package let place: FilePlace
    /// One sentence without a full stop, as in ``Journeys/Mistake``.
    package let message: String
    /// Other lines of the file on which a comment silences it.
    let silencedOn: ClosedRange<Int>?

    init(
        _ kind: SurpriseKind, _ place: FilePlace, _ message: String, silencedOn: ClosedRange<Int>? = nil
    ) {
        self.kind = kind
        self.place = place
        self.message = message
        self.silencedOn = silencedOn
    }
}

extension Surprise: Comparable {
    package static func < (left: Surprise, right: Surprise) -> Bool {
        if left.place != right.place { return left.place < right.place }
        return (left.kind.rawValue, left.message) < (right.kind.rawValue, right.message)
    }
}
