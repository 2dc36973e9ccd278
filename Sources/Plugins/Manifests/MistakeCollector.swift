package import Journeys
import Values

/// Gathers what is wrong with one file while it is read, so that nothing hides behind the first mistake.
///
/// A new mistake belongs to ``report(_:_:)``: then it holds for files of the workspace alone, and versions that
/// the store keeps stay readable (R19).
///
/// Used by one reading on one thread.
package final class MistakeCollector {
    /// Beyond so many mistakes of one file the rest is counted, not shown.
    static let limit = 500

    package let file: String
    private var list: [Mistake] = []
    package private(set) var count = 0
    /// Those with which nothing can be made of the file.
    package private(set) var unreadable: [Mistake] = []

    package init(file: String) { self.file = file }

    package var mistakes: [Mistake] {
        guard count > list.count else { return list.sorted() }
        let rest = Mistake(FilePlace(wholeFile: file), "\(count - list.count) more mistakes are not shown")
        return list.sorted() + [rest]
    }

    /// A mistake of a file of the workspace, which a kept version may have.
    package func report(_ place: FilePlace, _ message: String) {
        count += 1
        if list.count < Self.limit { list.append(Mistake(place, message)) }
    }

    /// A mistake with which the file says nothing that could be used, kept or not.
    package func reportUnreadable(_ place: FilePlace, _ message: String) {
        report(place, message)
        if unreadable.count < Self.limit { unreadable.append(Mistake(place, message)) }
    }
}

/// `; known here: "a", "b"`, or a suggestion if a known name is close.
package func knownHere(_ text: String, _ known: [String]) -> String {
    "; known here: " + known.sorted().joined(separator: ", ") + suggestion(for: text, among: known)
}
