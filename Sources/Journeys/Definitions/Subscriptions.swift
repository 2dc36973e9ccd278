import Values

/// A plugin's own rule: when such an event fires on any map, run this.
public struct Subscription: Sendable {
    public let plugin: String
    /// Its number in the plugin's file, from 1.
    public let number: Int
    public let event: Pattern
    public let map: MapID?
    /// A path or a path with `*`, which matches any characters but a slash. Nil matches any place.
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

/// All plugins' subscriptions. An event finds its own without looking at the others: what it costs does not
/// grow with how many there are.
public struct Subscriptions: Sendable {
    /// In the order of R24.
    package let ordered: [Subscription]
    /// What each of them is in the place of a map's trigger.
    private let triggers: [Trigger]
    /// Of those that are for any map, and of those that are for one.
    private let onAnyMap: ByEvent
    private let onMap: [MapID: ByEvent]

    /// Indexes into ``ordered``. Those of a family (`step.*`) are listed at each event of the engine that belongs to it.
    private struct ByEvent {
        var events: [EventName: ByPlace] = [:]
        /// For plugins' own events, by what is before the dot.
        var families: [String: ByPlace] = [:]

        mutating func add(_ index: Int, _ one: Subscription) {
            switch one.event {
            case .exactly(let name):
                events[name, default: ByPlace()].add(index, one)
            case .every(let family):
                let ofTheEngine = EventName.ofTheEngine.filter { $0.family == family }
                for name in ofTheEngine { events[name, default: ByPlace()].add(index, one) }
                if ofTheEngine.isEmpty { families[family, default: ByPlace()].add(index, one) }
            }
        }

        func collect(_ event: Event, _ found: inout [Int], _ ordered: [Subscription]) {
            events[event.name]?.collect(event, &found, ordered)
            guard case .custom = event.name, !families.isEmpty else { return }
            families[event.name.family]?.collect(event, &found, ordered)
        }
    }

    private struct ByPlace {
        var anywhere: [Int] = []
        var byPath: [ExactText: [Int]] = [:]
        /// Those with a `*` in their place are looked at one by one.
        var wildcards: [Int] = []

        mutating func add(_ index: Int, _ one: Subscription) {
            guard let at = one.at else { return anywhere.append(index) }
            if at.contains("*") { return wildcards.append(index) }
            byPath[at, default: []].append(index)
        }

        func collect(_ event: Event, _ found: inout [Int], _ ordered: [Subscription]) {
            found += anywhere
            if byPath.isEmpty && wildcards.isEmpty { return }
            let path: String
            switch event.place {
            case .map, .nowhere: return
            case .track(let track): path = track.text
            case .step(let step): path = step.description
            }
            found += byPath[path] ?? []
            found += wildcards.filter { index in
                ordered[index].at.map { Subscriptions.matches(path, pattern: $0) } ?? true
            }
        }
    }

    public init(_ subscriptions: [Subscription]) {
        ordered = subscriptions.sorted {
            if $0.priority != $1.priority { return $0.priority > $1.priority }
            if $0.plugin != $1.plugin { return $0.plugin < $1.plugin }
            return $0.number < $1.number
        }
        triggers = ordered.map {
            Trigger(name: $0.name, run: $0.run, parameters: .none, condition: nil)
        }
        var onAnyMap = ByEvent()
        var onMap: [MapID: ByEvent] = [:]
        for (index, one) in ordered.enumerated() {
            if let map = one.map {
                onMap[map, default: ByEvent()].add(index, one)
            } else {
                onAnyMap.add(index, one)
            }
        }
        self.onAnyMap = onAnyMap
        self.onMap = onMap
    }

    /// Those that the event runs, in the order of R24: higher priority first, then by the plugin's name,
    /// then as the plugin's file declares them.
    func matching(_ event: Event) -> [Trigger] {
        if ordered.isEmpty { return [] }
        var found: [Int] = []
        onAnyMap.collect(event, &found, ordered)
        onMap[event.map]?.collect(event, &found, ordered)
        return found.sorted().map { triggers[$0] }
    }

    /// Whether the path fits the pattern, segment by segment; `*` matches any characters of one segment.
    package static func matches(_ path: String, pattern: String) -> Bool {
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
