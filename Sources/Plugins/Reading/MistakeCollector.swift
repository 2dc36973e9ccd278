package import Journeys
import Values

/// Gathers what is wrong with one file while it is read, so that nothing hides behind the first mistake.
///
/// Used by one reading on one thread.
package final class MistakeCollector {
    /// Beyond so many mistakes of one file the rest is counted, not shown.
    static let limit = 500

    let file: String
    private var list: [Mistake] = []
    private(set) var count = 0

    package init(file: String) { self.file = file }

    package var mistakes: [Mistake] {
        guard count > list.count else { return list.sorted() }
        let rest = Mistake(FilePlace(wholeFile: file), "\(count - list.count) more mistakes are not shown")
        return list.sorted() + [rest]
    }

    func report(_ place: FilePlace, _ message: String) {
        count += 1
        if list.count < Self.limit { list.append(Mistake(place, message)) }
    }
}

/// `; known here: "a", "b"`, or a suggestion if a known name is close.
func knownHere(_ text: String, _ known: [String]) -> String {
    "; known here: " + known.sorted().joined(separator: ", ") + suggestion(for: text, among: known)
}
