import Values

/// A map as it was validated: everything behind it may assume that ids are unique, every list is
/// non-empty and every reference has its target. Immutable and shared by all journeys of its version (R19).
public final class MapDefinition: Sendable {
    public let id: MapID
    public let version: MapVersion
    public let title: String?
    /// The status that the end of the last track gives (R17).
    public let finish: LeadStatus?
    public let triggers: Triggers
    public let tracks: [Track]
    /// The steps of all tracks, in map order; a track names its own by ``Track/steps``.
    public let steps: [Step]
    /// Every trigger's condition, by its index.
    public let conditions: [Condition]
    /// The steps that mirror a field (R20), by index, in map order.
    let mirrors: [Int]
    /// By the paths as text, as commands name them.
    private let stepIndexesByText: [ExactText: Int]

    package init(
        id: MapID, version: MapVersion, title: String?, finish: LeadStatus?, triggers: Triggers,
        tracks: [Track],
        steps: [Step]
    ) {
        self.id = id
        self.version = version
        self.title = title
        self.finish = finish
        self.triggers = triggers
        self.tracks = tracks
        self.steps = steps
        let places = [triggers] + tracks.map(\.triggers) + steps.map(\.triggers)
        conditions = places.flatMap(\.all).compactMap(\.trigger.condition).sorted { $0.index < $1.index }
        mirrors = steps.indices.filter { steps[$0].mirror != nil }
        stepIndexesByText = Dictionary(
            steps.indices.map { (ExactText(steps[$0].pathText), $0) }, uniquingKeysWith: { first, _ in first }
        )
    }

    /// The same map in an object of its own (``Rulebook/apart(reusing:)``).
    init(apartFrom other: MapDefinition) {
        id = other.id
        version = other.version
        title = other.title
        finish = other.finish
        triggers = other.triggers.apart
        tracks = other.tracks.map(\.apart)
        steps = other.steps.map(\.apart)
        conditions = other.conditions
        mirrors = other.mirrors
        stepIndexesByText = other.stepIndexesByText
    }

    /// The texts of the conditions by ``Condition/index``. A kept map may have conditions that belong to no
    /// trigger, because today's reading drops what was around them (R19): their places are empty.
    package var conditionTexts: [String] {
        var texts = Array(repeating: "", count: (conditions.last?.index ?? -1) + 1)
        for condition in conditions { texts[condition.index] = condition.text }
        return texts
    }

    /// How many steps each track has.
    package var trackLengths: [Int] { tracks.map(\.steps.count) }

    /// The index of a step in ``steps``, by its path as text.
    package func index(ofText path: String) -> Int? { stepIndexesByText[path] }

    /// The trigger of this name that runs the function, with a look at each trigger of the map.
    package func trigger(named name: String, running function: FunctionName) -> Trigger? {
        let places = [triggers] + tracks.map(\.triggers) + steps.map(\.triggers)
        return places.lazy.flatMap(\.all).map(\.trigger).first {
            sameBytes($0.name, name) && $0.run == function
        }
    }

    public struct Track: Sendable {
        public let id: TrackID
        public let title: String?
        public let kind: Kind
        public let triggers: Triggers
        /// The track's steps, as indexes into ``MapDefinition/steps``.
        public let steps: Range<Int>

        package init(id: TrackID, title: String?, kind: Kind, triggers: Triggers, steps: Range<Int>) {
            self.id = id
            self.title = title
            self.kind = kind
            self.triggers = triggers
            self.steps = steps
        }

        fileprivate var apart: Track {
            Track(id: id, title: title, kind: kind, triggers: triggers.apart, steps: steps)
        }

        public enum Kind: Sendable {
            case task, video
            /// With the trigger that chooses its steps, if it names one.
            case flex(FlexTrigger?)
        }

        var isVideo: Bool { if case .video = kind { true } else { false } }
        var isFlex: Bool { if case .flex = kind { true } else { false } }
        package var flexTrigger: FlexTrigger? { if case .flex(let trigger) = kind { trigger } else { nil } }
    }

    public struct Step: Sendable {
        public let path: StepPath
        /// The path as text, made once: what every call sees of its journey holds it.
        public let pathText: String
        public let title: String?
        /// Whether `advance` may pass it over. Always false in a video track, where it means nothing (R11).
        public let isOptional: Bool
        /// The lead's field that completes it (R20).
        public let mirror: String?
        public let triggers: Triggers
        /// The index of its track.
        public let track: Int

        package init(
            path: StepPath, title: String?, isOptional: Bool, mirror: String?, triggers: Triggers, track: Int
        ) {
            self.init(
                path: path, pathText: path.description, title: title, isOptional: isOptional, mirror: mirror,
                triggers: triggers, track: track)
        }

        private init(
            path: StepPath, pathText: String, title: String?, isOptional: Bool, mirror: String?,
            triggers: Triggers, track: Int
        ) {
            self.path = path
            self.pathText = pathText
            self.title = title
            self.isOptional = isOptional
            self.mirror = mirror
            self.triggers = triggers
            self.track = track
        }

        fileprivate var apart: Step {
            Step(
                path: path, pathText: pathText, title: title, isOptional: isOptional, mirror: mirror,
                triggers: triggers.apart, track: track)
        }
    }
}

/// The triggers of one place of a map, in file order for each verb (R24).
public struct Triggers: Sendable {
    /// By the number of the verb; empty where there are none at all.
    private let lists: [[Trigger]]

    public static let none = Triggers([:])

    package init(_ byVerb: [Verb: [Trigger]]) {
        self.init(lists: byVerb.isEmpty ? [] : Verb.allCases.map { byVerb[$0] ?? [] })
    }

    private init(lists: [[Trigger]]) { self.lists = lists }

    /// The same in objects of their own.
    fileprivate var apart: Triggers {
        lists.isEmpty ? self : Triggers(lists: lists.map { $0.map(Trigger.init(apartFrom:)) })
    }

    public subscript(verb: Verb) -> [Trigger] { lists.isEmpty ? [] : lists[verb.number] }

    /// Every trigger, by verb in the order of ``Verb/allCases``, then in file order.
    public var all: [(verb: Verb, trigger: Trigger)] {
        Verb.allCases.flatMap { verb in self[verb].map { (verb, $0) } }
    }
}

/// The second half of an event's name.
public enum Verb: String, Sendable, Hashable, CaseIterable {
    case open, close, leave, skip, remove

    /// Its place among `allCases`.
    fileprivate var number: Int {
        switch self {
        case .open: 0
        case .close: 1
        case .leave: 2
        case .skip: 3
        case .remove: 4
        }
    }
}

/// A rule of a map: on this event, when this holds, run this action.
///
/// A class, for every call that it asks for and every record of one names it.
public final class Trigger: Sendable {
    /// `MAP/PLACE/VERB/N`.
    public let name: String
    public let run: FunctionName
    public let parameters: GivenParameters
    public let condition: Condition?

    package init(name: String, run: FunctionName, parameters: GivenParameters, condition: Condition?) {
        self.name = name
        self.run = run
        self.parameters = parameters
        self.condition = condition
    }

    /// The same rule in an object of its own (``Rulebook/apart(reusing:)``).
    fileprivate convenience init(apartFrom other: Trigger) {
        self.init(name: other.name, run: other.run, parameters: other.parameters, condition: other.condition)
    }
}

/// A trigger's `when`: a Lua expression over `event` and `lead` (R25).
public struct Condition: Sendable, Hashable {
    public let text: String
    /// Its number among the conditions of its map, from 0 in file order.
    public let index: Int

    package init(text: String, index: Int) {
        self.text = text
        self.index = index
    }
}

/// The rule that chooses a flex track's steps (R10).
public struct FlexTrigger: Sendable {
    /// `MAP/TRACK/flex`.
    public let name: String
    public let decide: FunctionName
    public let parameters: GivenParameters
    /// What decides when the decider fails (R34): the steps that stay.
    public let fallback: [StepID]?

    package init(name: String, decide: FunctionName, parameters: GivenParameters, fallback: [StepID]?) {
        self.name = name
        self.decide = decide
        self.parameters = parameters
        self.fallback = fallback
    }
}
