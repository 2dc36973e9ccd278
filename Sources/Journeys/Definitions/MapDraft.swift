public import Values

/// A value and where it was written.
public struct Placed<Wrapped: Sendable>: Sendable {
    public var value: Wrapped
    public var place: FilePlace

    public init(_ value: Wrapped, at place: FilePlace) {
        self.value = value
        self.place = place
    }
}

/// What a map file says, with places, before anything of it is believed.
///
/// ``MapDefinition/init(validating:version:)`` makes a map of it.
public struct MapDraft: Sendable {
    public var place: FilePlace
    public var id: Placed<String>?
    public var title: Placed<String>?
    public var finish: Placed<String>?
    public var triggers: [TriggerListDraft] = []
    public var tracks: [TrackDraft] = []
    /// Keys that are in the file with something that could not be read. The reader reported that, so they
    /// are not reported as missing; but no map is made of it.
    public var unread: Set<String> = []

    public init(id: Placed<String>? = nil, at place: FilePlace) {
        self.id = id
        self.place = place
    }
}

public struct TrackDraft: Sendable {
    public var place: FilePlace
    public var id: Placed<String>?
    public var title: Placed<String>?
    public var kind: Placed<String>?
    public var flex: FlexDraft?
    public var triggers: [TriggerListDraft] = []
    public var steps: [StepDraft] = []
    /// See ``MapDraft/unread``.
    public var unread: Set<String> = []

    public init(id: Placed<String>? = nil, at place: FilePlace) {
        self.id = id
        self.place = place
    }
}

public struct StepDraft: Sendable {
    public var place: FilePlace
    public var id: Placed<String>?
    public var title: Placed<String>?
    public var optional: Placed<Bool>?
    public var mirror: Placed<String>?
    public var triggers: [TriggerListDraft] = []
    /// See ``MapDraft/unread``.
    public var unread: Set<String> = []

    public init(id: Placed<String>? = nil, at place: FilePlace) {
        self.id = id
        self.place = place
    }
}

/// The triggers of one verb at one place of the map.
public struct TriggerListDraft: Sendable {
    public var verb: Placed<String>
    public var triggers: [TriggerDraft]

    public init(verb: Placed<String>, triggers: [TriggerDraft]) {
        self.verb = verb
        self.triggers = triggers
    }
}

public struct TriggerDraft: Sendable {
    public var place: FilePlace
    public var run: Placed<String>?
    public var with: ParametersDraft
    public var when: Placed<String>?
    /// See ``MapDraft/unread``.
    public var unread: Set<String> = []

    public init(
        run: Placed<String>?, with: ParametersDraft = ParametersDraft(), when: Placed<String>? = nil,
        at place: FilePlace
    ) {
        self.run = run
        self.with = with
        self.when = when
        self.place = place
    }
}

public struct FlexDraft: Sendable {
    public var place: FilePlace
    public var decide: Placed<String>?
    public var with: ParametersDraft
    public var fallback: Fallback?
    /// See ``MapDraft/unread``.
    public var unread: Set<String> = []

    public enum Fallback: Sendable {
        case all
        case keep([Placed<String>])
    }

    public init(
        decide: Placed<String>?, with: ParametersDraft = ParametersDraft(), fallback: Fallback? = nil,
        at place: FilePlace
    ) {
        self.decide = decide
        self.with = with
        self.fallback = fallback
        self.place = place
    }
}

/// The parameters that a trigger gives, as they were written.
public struct ParametersDraft: Sendable {
    public var entries: [Entry] = []
    /// The names whose values have mistakes that are reported already.
    public var reported: Set<String> = []
    /// Where what is inside of lists and tables is, by its path: `target.field`, `targets[2].field`.
    public var inner: [ExactText: InnerPlace] = [:]
    /// Whether there are parameters that could not be read at all, which is reported already.
    public var isUnread = false

    public struct Entry: Sendable {
        public var key: Placed<String>
        public var value: Placed<GivenValue>

        public init(key: Placed<String>, value: Placed<GivenValue>) {
            self.key = key
            self.value = value
        }
    }

    /// Where a part of a value is.
    public struct InnerPlace: Sendable {
        /// Of an item of a list, where its value is.
        public let key: FilePlace
        public let value: FilePlace

        public init(key: FilePlace, value: FilePlace) {
            self.key = key
            self.value = value
        }
    }

    public init(_ entries: [Entry] = []) { self.entries = entries }

    public var given: GivenParameters {
        GivenParameters(entries.map { .init(name: $0.key.value, value: $0.value.value) })
    }
}

extension MapDraft {
    /// The conditions of all triggers in file order; a condition's index in the map is its index here.
    public var conditions: [Placed<String>] {
        let conditions = conditionsByStructure
        return conditionOrder.map { conditions[$0] }
    }

    /// The conditions of the map, then of track by track, then of step by step.
    private var conditionsByStructure: [Placed<String>] {
        let lists = triggers + tracks.flatMap { $0.triggers + $0.steps.flatMap(\.triggers) }
        return lists.flatMap { $0.triggers.compactMap(\.when) }
    }

    /// Indexes into ``conditionsByStructure`` in file order: `triggers` may come before or after `tracks`.
    private var conditionOrder: [Int] {
        let conditions = conditionsByStructure
        return conditions.indices.sorted {
            conditions[$0].place == conditions[$1].place
                ? $0 < $1 : conditions[$0].place < conditions[$1].place
        }
    }

    /// For each condition by structure, its index in file order.
    var conditionIndexes: [Int] {
        var indexes = Array(repeating: 0, count: conditionsByStructure.count)
        for (index, structural) in conditionOrder.enumerated() { indexes[structural] = index }
        return indexes
    }
}
