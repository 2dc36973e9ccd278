import Values

extension MapDefinition {
    public static let trackLimit = 1_000
    /// In one track.
    public static let stepLimit = 1_000
    /// In one list of triggers.
    public static let triggerLimit = 100
    /// Triggers of the whole map.
    public static let allTriggersLimit = 10_000

    /// Makes a map of what a file of the workspace says.
    ///
    /// Reports every mistake in one go. Whether plugins have what the triggers name is not looked at here.
    public convenience init(validating draft: MapDraft, version: MapVersion) throws(Mistakes) {
        try self.init(draft, version) { $0.mistakes }
    }

    /// Makes a map of what the text of a version that the store keeps says (R19).
    ///
    /// Throws only where no map can be made of it. The other mistakes are for authors: what they forbid was
    /// perhaps allowed when the journey began.
    public convenience init(kept draft: MapDraft, version: MapVersion) throws(Mistakes) {
        try self.init(draft, version) { $0.unreadable }
    }

    private convenience init(
        _ draft: MapDraft, _ version: MapVersion, mistakes: (borrowing MapValidation) -> [Mistake]
    ) throws(Mistakes) {
        var validation = MapValidation(draft)
        let parts = validation.run()
        let mistakes = mistakes(validation)
        guard let parts, mistakes.isEmpty else {
            throw Mistakes(
                mistakes.isEmpty ? [Mistake(draft.place, "the map could not be read as a whole")] : mistakes)
        }
        self.init(
            id: parts.id, version: version, title: parts.title, finish: parts.finish,
            triggers: parts.triggers,
            tracks: parts.tracks, steps: parts.steps)
    }
}

extension MapDraft {
    /// Everything that keeps the draft from being a map, but for what its reader has reported.
    public var mistakes: [Mistake] {
        var validation = MapValidation(self)
        _ = validation.run()
        return validation.mistakes.sorted()
    }

    /// What is allowed but has no effect.
    public var notices: [Mistake] {
        tracks.filter { $0.kind?.value == "video" }.flatMap(\.steps).compactMap { step in
            guard let optional = step.optional, optional.value else { return nil }
            return Mistake(optional.place, "`optional` means nothing in a video track (R11)")
        }
    }
}

/// One pass over a draft, collecting mistakes.
///
/// A new mistake belongs to ``report(_:_:)``: then it holds for files of the workspace alone, and versions that
/// the store keeps stay readable (R19).
private struct MapValidation {
    private let draft: MapDraft
    /// All of them.
    private(set) var mistakes: [Mistake] = []
    /// Those of ``mistakes`` with which no map can be made.
    private(set) var unreadable: [Mistake] = []
    /// Whether something of the file could not be read.
    private var isPartial = false
    /// What is left of the draft's condition indexes: triggers are looked at in the same order.
    private var conditionIndexes: ArraySlice<Int>
    private var triggerCount = 0

    struct Parts {
        let id: MapID
        let title: String?
        let finish: LeadStatus?
        let triggers: Triggers
        let tracks: [MapDefinition.Track]
        let steps: [MapDefinition.Step]
    }

    init(_ draft: MapDraft) {
        self.draft = draft
        conditionIndexes = draft.conditionIndexes[...]
    }

    /// The map's parts, or nil when none can be made or the draft is not whole.
    mutating func run() -> Parts? {
        let id = definitionID(draft.id, of: "a map", key: "map", at: draft.place, draft.unread)
        let finish = finish()
        let mapTriggers = triggers(
            draft.triggers, verbs: [.open, .close, .leave], place: "the map", name: id)
        if draft.tracks.isEmpty {
            reportMissing(
                "tracks", draft.unread, draft.place, "a map needs at least one track, under `tracks`")
        }
        limit(draft.tracks.count, to: MapDefinition.trackLimit, "tracks", at: draft.place)

        var tracks: [MapDefinition.Track] = []
        var steps: [MapDefinition.Step] = []
        var firstTracks: [ExactText: FilePlace] = [:]
        for track in draft.tracks {
            let trackID = definitionID(track.id, of: "a track", key: "track", at: track.place, track.unread)
            if let placed = track.id { unique(placed, among: &firstTracks, "track") }
            let name = "\(id)/\(trackID)"
            let firstStep = steps.count
            let kind = kind(of: track, name: name)
            let trackTriggers = triggers(
                track.triggers, verbs: [.open, .close], place: "a track", name: name)
            self.steps(of: track, id: TrackID(trackID), index: tracks.count, map: id, into: &steps)
            tracks.append(
                MapDefinition.Track(
                    id: TrackID(trackID), title: track.title?.value, kind: kind, triggers: trackTriggers,
                    steps: firstStep..<steps.count))
        }
        limit(triggerCount, to: MapDefinition.allTriggersLimit, "triggers", at: draft.place)
        guard unreadable.isEmpty, !isPartial else { return nil }
        return Parts(
            id: MapID(id), title: draft.title?.value, finish: finish, triggers: mapTriggers, tracks: tracks,
            steps: steps)
    }

    private mutating func steps(
        of track: TrackDraft, id: TrackID, index: Int, map: String, into steps: inout [MapDefinition.Step]
    ) {
        if track.steps.isEmpty {
            reportMissing(
                "steps", track.unread, track.place, "a track needs at least one step, under `steps`")
        }
        limit(track.steps.count, to: MapDefinition.stepLimit, "steps in a track", at: track.place)
        var first: [ExactText: FilePlace] = [:]
        for step in track.steps {
            let stepID = definitionID(step.id, of: "a step", key: "step", at: step.place, step.unread)
            if let placed = step.id { unique(placed, among: &first, "step", where: " in this track") }
            if let mirror = step.mirror, !RecordLimits.isFieldName(mirror.value) {
                report(
                    mirror.place,
                    "\(mirror.value.quotedForMessage) is not a field's name: 1 to "
                        + "\(RecordLimits.fieldNameLimitBytes) bytes without control characters")
            }
            let stepTriggers = triggers(
                step.triggers, verbs: [.open, .close, .skip, .remove], place: "a step",
                name: "\(map)/\(id)/\(stepID)")
            let isOptional = step.optional?.value ?? false
            steps.append(
                MapDefinition.Step(
                    path: StepPath(id, StepID(stepID)), title: step.title?.value,
                    isOptional: isOptional && track.kind?.value != "video", mirror: step.mirror?.value,
                    triggers: stepTriggers, track: index))
        }
    }

    private mutating func finish() -> LeadStatus? {
        guard let finish = draft.finish else { return nil }
        let status = LeadStatus(rawValue: finish.value)
        if let status, status != .open { return status }
        reportUnreadable(
            finish.place, "`finish` gives one of closed, won and lost, not \(finish.value.quotedForMessage)")
        return nil
    }

    private mutating func kind(of track: TrackDraft, name: String) -> MapDefinition.Track.Kind {
        let kind = track.kind?.value ?? "task"
        if let flex = track.flex, kind != "flex", ["task", "video"].contains(kind) {
            report(flex.place, "`flex` belongs to a track with `kind: flex`; this one is a \(kind) track")
        }
        var trigger: FlexTrigger?
        if let flex = track.flex { trigger = flexTrigger(flex, of: track, name: name) }
        switch kind {
        case "task": return .task
        case "video": return .video
        case "flex": return .flex(trigger)
        default:
            reportUnreadable(
                track.kind?.place ?? track.place,
                "there is no kind of track \(kind.quotedForMessage); known are task, video and flex")
            return .task
        }
    }

    private mutating func flexTrigger(
        _ flex: FlexDraft, of track: TrackDraft, name: String
    ) -> FlexTrigger? {
        let decide = function(flex.decide, key: "decide", what: "a flex trigger", at: flex.place, flex.unread)
        var fallback: [StepID]?
        switch flex.fallback {
        case nil: break
        case .all?: fallback = track.steps.compactMap { $0.id.map { StepID($0.value) } }
        case .keep(let kept)?:
            let known = track.steps.compactMap { $0.id?.value }
            // A step whose id could not be read may be the one that is meant.
            let isKnown = known.count == track.steps.count && !track.unread.contains("steps")
            var first: [ExactText: FilePlace] = [:]
            for step in kept {
                unique(step, among: &first, "step", where: " in `fallback`", isNeeded: false)
                guard isKnown, !known.contains(step.value) else { continue }
                report(
                    step.place,
                    "`fallback` names the step \(step.value.quotedForMessage), which this track does not have"
                        + suggestion(for: step.value, among: known))
            }
            fallback = kept.map { StepID($0.value) }
        }
        guard let decide else { return nil }
        return FlexTrigger(
            name: "\(name)/flex", decide: decide, parameters: flex.with.given, fallback: fallback)
    }

    private mutating func triggers(
        _ lists: [TriggerListDraft], verbs: [Verb], place: String, name: String
    ) -> Triggers {
        var byVerb: [Verb: [Trigger]] = [:]
        var first: [ExactText: FilePlace] = [:]
        for list in lists {
            let text = list.verb.value
            unique(list.verb, among: &first, "list of triggers", where: " here")
            let verb = Verb(rawValue: text)
            if verb.map(verbs.contains) != true {
                report(
                    list.verb.place,
                    "\(place) has no event \(text.quotedForMessage); it has "
                        + verbs.map { "`\($0.rawValue)`" }.joined(separator: ", ")
                        + suggestion(for: text, among: verbs.map(\.rawValue)))
            }
            limit(
                list.triggers.count, to: MapDefinition.triggerLimit, "triggers in a list", at: list.verb.place
            )
            triggerCount += list.triggers.count
            let made = list.triggers.enumerated().compactMap {
                trigger($0.element, name: "\(name)/\(text)/\($0.offset + 1)")
            }
            if let verb { byVerb[verb] = made }
        }
        return Triggers(byVerb)
    }

    private mutating func trigger(_ trigger: TriggerDraft, name: String) -> Trigger? {
        let run = function(trigger.run, key: "run", what: "a trigger", at: trigger.place, trigger.unread)
        let condition = trigger.when.map { when in
            if when.value.isBlank {
                report(when.place, "`when` is a Lua expression; this one is empty")
            }
            return Condition(text: when.value, index: conditionIndexes.removeFirst())
        }
        guard let run else { return nil }
        return Trigger(name: name, run: run, parameters: trigger.with.given, condition: condition)
    }

    private mutating func function(
        _ name: Placed<String>?, key: String, what: String, at place: FilePlace, _ unread: Set<String>
    ) -> FunctionName? {
        guard let name else {
            reportMissing(key, unread, place, "\(what) needs `\(key)`: PLUGIN.NAME")
            return nil
        }
        let message = "`\(key)` is written PLUGIN.NAME, not \(name.value.quotedForMessage)"
        guard let function = FunctionName(name.value) else {
            reportUnreadable(name.place, message)
            return nil
        }
        if name.value.hasControlCharacters { report(name.place, message) }
        return function
    }

    private mutating func definitionID(
        _ id: Placed<String>?, of what: String, key: String, at place: FilePlace, _ unread: Set<String>
    ) -> String {
        guard let id else {
            reportMissing(key, unread, place, "\(what) needs an id, under `\(key)`")
            return ""
        }
        if !DefinitionID.isValid(id.value) {
            report(
                id.place,
                "\(id.value.quotedForMessage) is not an id: small letters, digits, _ and -, not _ or - first, "
                    + "at most \(DefinitionID.limitBytes) bytes")
        }
        return id.value
    }

    private mutating func unique(
        _ text: Placed<String>, among first: inout [ExactText: FilePlace], _ what: String,
        where place: String = "", isNeeded: Bool = true
    ) {
        guard let earlier = first[text.value] else {
            first[text.value] = text.place
            return
        }
        let message =
            "the \(what) \(text.value.quotedForMessage) appears twice\(place); first at line \(earlier.line)"
        if isNeeded { reportUnreadable(text.place, message) } else { report(text.place, message) }
    }

    private mutating func limit(_ count: Int, to limit: Int, _ what: String, at place: FilePlace) {
        if count > limit { report(place, "\(count) \(what) are too many; at most \(limit) are allowed") }
    }

    private mutating func reportMissing(
        _ key: String, _ unread: Set<String>, _ place: FilePlace, _ message: String
    ) {
        if unread.contains(key) { isPartial = true } else { reportUnreadable(place, message) }
    }

    /// A mistake of a file of the workspace, which a kept version may have.
    private mutating func report(_ place: FilePlace, _ message: String) {
        mistakes.append(Mistake(place, message))
    }

    /// A mistake with which no map can be made, kept or not.
    private mutating func reportUnreadable(_ place: FilePlace, _ message: String) {
        report(place, message)
        unreadable.append(Mistake(place, message))
    }
}

extension RecordLimits {
    /// Whether a lead may have a field of this name.
    package static func isFieldName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= fieldNameLimitBytes && !text.hasControlCharacters
    }
}
