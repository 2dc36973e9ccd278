import Values

/// Counts incidents by what failed and how, for people.
struct IncidentSummary {
    private struct Kind: Hashable {
        let what: ExactText
        let message: ExactText
    }

    struct Found {
        var count: Int
        /// The largest of their numbers.
        var newest: Int
    }

    /// Of so many kinds each is counted; those of more together.
    private static let kindLimit = 1_000

    private var kinds: [Kind: Found] = [:]
    /// Those of other kinds.
    private(set) var uncounted = 0

    /// - Parameter what: the trigger, or what ran.
    mutating func add(_ what: String?, _ reason: String, _ message: String, number: Int) {
        let kind = Kind(what: ExactText(what ?? ""), message: ExactText("\(reason): \(message)"))
        if var found = kinds[kind] {
            found = Found(count: found.count + 1, newest: max(found.newest, number))
            kinds[kind] = found
        } else if kinds.count < Self.kindLimit {
            kinds[kind] = Found(count: 1, newest: number)
        } else {
            uncounted += 1
        }
    }

    var isEmpty: Bool { kinds.isEmpty }

    /// The most frequent first.
    var sorted: [(what: String, message: String, found: Found)] {
        kinds.sorted {
            ($1.value.count, $0.key.what, $0.key.message) < ($0.value.count, $1.key.what, $1.key.message)
        }.map { ($0.key.what.text, $0.key.message.text, $0.value) }
    }

    /// A table of the kinds, `limit` of them at most, and a line that counts the rest; nothing where there was no incident.
    func lines(_ what: String, limit: Int = .max, _ style: Style, within columns: Int?) -> [String] {
        if isEmpty { return [] }
        var table = TextTable(
            ["incidents", "newest", what, "message"], whole: ["incidents", "newest"], style)
        for kind in sorted.prefix(limit) {
            table.add([
                String(kind.found.count), String(kind.found.newest), kind.what, kind.message.shortened,
            ])
        }
        let left = sorted.dropFirst(limit).reduce(uncounted) { $0 + $1.found.count }
        let others =
            left > 0 ? ["\(counted(left, "more incident")) of other kinds; `incidents` lists them"] : []
        return table.lines(within: columns) + others
    }
}
