/// A plugin's own rule: when such an event fires on any map, run this.
public struct Subscription: Sendable {
    public let plugin: String
    /// Its number in the plugin's file, from 1.
    public let number: Int
    public let event: Pattern
    public let map: MapID?
    /// A path or a path with `*`, which stands for any characters but a slash. Nil matches any place.
    public let at: String?
    public let priority: Int

    public init(plugin: String, number: Int, event: Pattern, map: MapID?, at: String?, priority: Int) {
        self.plugin = plugin
        self.number = number
        self.event = event
        self.map = map
        self.at = at
        self.priority = priority
    }

    public var name: String { "\(plugin)/on/\(number)" }
    public var run: FunctionName { FunctionName(plugin: plugin, subscription: number) }

    /// Which events by their names.
    public enum Pattern: Sendable, Hashable {
        case exactly(EventName)
        /// Every event whose name begins with this and a dot (`step.*`).
        case every(String)
    }
}

/// All plugins' subscriptions. An event finds its own without looking at the others.
public struct Subscriptions: Sendable {
    /// In the order of R24.
    private let ordered: [Subscription]
    /// Indexes into ``ordered`` by what an event must be exactly; wildcards of `at` are looked at one by one.
    private let byKey: [Key: [Int]]

    private struct Key: Hashable {
        let event: Subscription.Pattern
        let map: MapID?
        let at: String?
    }

    /// The key under which subscriptions with a `*` in their place are kept.
    private static let wildcard = "*"

    public init(_ subscriptions: [Subscription]) {
        ordered = subscriptions.sorted {
            if $0.priority != $1.priority { return $0.priority > $1.priority }
            if $0.plugin != $1.plugin { return $0.plugin < $1.plugin }
            return $0.number < $1.number
        }
        byKey = Dictionary(grouping: ordered.indices) { [ordered] index in
            let one = ordered[index]
            let at = one.at.map { $0.contains("*") ? Self.wildcard : $0 }
            return Key(event: one.event, map: one.map, at: at)
        }
    }

    /// Those that the event runs, in the order of R24: higher priority first, then by the plugin's name,
    /// then as the plugin's file declares them.
    func matching(_ event: Event) -> [Subscription] {
        if ordered.isEmpty { return [] }
        let path: String? =
            switch event.place {
            case .map, .nowhere: nil
            case .track(let track): track.text
            case .step(let path): path.description
            }
        let family = event.name.text.prefix { $0 != "." }
        var found: [Int] = []
        for pattern in [Subscription.Pattern.exactly(event.name), .every(String(family))] {
            for map in [event.map, nil] {
                found += byKey[Key(event: pattern, map: map, at: nil)] ?? []
                guard let path else { continue }
                found += byKey[Key(event: pattern, map: map, at: path)] ?? []
                found += (byKey[Key(event: pattern, map: map, at: Self.wildcard)] ?? []).filter {
                    Self.matches(path, pattern: ordered[$0].at ?? Self.wildcard)
                }
            }
        }
        return found.sorted().map { ordered[$0] }
    }

    /// Whether the path fits the pattern, segment by segment; `*` stands for any characters of one segment.
    static func matches(_ path: String, pattern: String) -> Bool {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        let patterns = pattern.split(separator: "/", omittingEmptySubsequences: false)
        return segments.count == patterns.count
            && zip(segments, patterns).allSatisfy { matches(segment: Array($0.utf8), Array($1.utf8)) }
    }

    /// Greedy, with one place to fall back to: linear in practice, quadratic at worst.
    private static func matches(segment: [UInt8], _ pattern: [UInt8]) -> Bool {
        var (index, place) = (0, 0)
        var retry: (index: Int, place: Int)?
        while index < segment.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                retry = (index, place)
                place += 1
            } else if place < pattern.count, pattern[place] == segment[index] {
                index += 1
                place += 1
            } else if let (last, star) = retry {
                retry = (last + 1, star)
                index = last + 1
                place = star + 1
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
