public import Journeys
public import Values

/// A lead as it is stored: all of ``Lead`` but the map's definition, which the map's version names.
public struct LeadRecord: Sendable, Hashable {
    public var id: LeadID
    public var status: LeadStatus
    public var agent: String?
    public var channel: String?
    public var fields: Table
    /// What plugins keep for this lead: a table for each plugin.
    public var store: Table
    /// The journey that is active, or the last one.
    public var journey: JourneyRecord?
    public var lastSeq: Int
    public var lastMoment: Int
    /// Whether a moment erased it: nothing of it is kept but its numbers (R61).
    public var isErased: Bool

    public init(
        id: LeadID, status: LeadStatus = .open, agent: String? = nil, channel: String? = nil,
        fields: Table = Table(), store: Table = Table(), journey: JourneyRecord? = nil, lastSeq: Int = 0,
        lastMoment: Int = 0, isErased: Bool = false
    ) {
        self.id = id
        self.status = status
        self.agent = agent
        self.channel = channel
        self.fields = fields
        self.store = store
        self.journey = journey
        self.lastSeq = lastSeq
        self.lastMoment = lastMoment
        self.isErased = isErased
    }

    public init(_ lead: Lead) {
        self.init(
            id: lead.id, status: lead.status, agent: lead.agent, channel: lead.channel, fields: lead.fields,
            store: lead.store, journey: lead.journey.map(JourneyRecord.init), lastSeq: lead.lastSeq,
            lastMoment: lead.lastMoment, isErased: lead.isErased)
    }

    /// The lead itself. `definition` is that of its journey's map in its journey's version; nil when it
    /// has no journey.
    ///
    /// Throws ``StoreError/Code/wrongMap`` when the definition is another map's or version's, is missing,
    /// or does not have the tracks and steps of the journey.
    public func lead(on definition: MapDefinition?) throws(StoreError) -> Lead {
        var restored: Journey?
        if let journey {
            guard let definition else {
                throw mismatch("its journey is on map \(journey.map), whose definition is missing")
            }
            restored = try journey.journey(on: definition) { mismatch($0) }
        }
        return Lead(
            id: id, status: status, agent: agent, channel: channel, fields: fields, store: store,
            journey: restored, lastSeq: lastSeq, lastMoment: lastMoment)
    }

    /// What of it could not be read back; nil when all could.
    package var fault: Value.Fault? {
        fields.fault(deeperThan: MomentRecord.valueDepthLimit)
            ?? store.fault(deeperThan: MomentRecord.valueDepthLimit)
    }

    /// Whether a track of its journey is held (R34).
    public var isHeld: Bool {
        guard let journey else { return false }
        return journey.phase == .active && journey.tracks.contains(.held)
    }

    private func mismatch(_ why: String) -> StoreError {
        StoreError(
            .wrongMap, "lead \(id.text.quotedForMessage): \(why)",
            advice: "read the map from the source that the store keeps for this version")
    }
}

/// A journey as it is stored.
public struct JourneyRecord: Sendable, Hashable {
    public var number: Int
    public var map: MapID
    public var version: MapVersion
    public var phase: Journey.Phase
    /// By the index of the track.
    public var tracks: [Journey.TrackState]
    /// By the index of the step.
    public var steps: [Journey.StepState]
    /// Who removed a step, by its index.
    public var removers: [Int: String]
    /// When a track opened, by its index, and its steps with it (``Journey/opened``).
    public var opened: [Int: Timestamp]

    public init(
        number: Int, map: MapID, version: MapVersion, phase: Journey.Phase = .active,
        tracks: [Journey.TrackState], steps: [Journey.StepState], removers: [Int: String] = [:],
        opened: [Int: Timestamp] = [:]
    ) {
        self.number = number
        self.map = map
        self.version = version
        self.phase = phase
        self.tracks = tracks
        self.steps = steps
        self.removers = removers
        self.opened = opened
    }

    public init(_ journey: Journey) {
        self.init(
            number: journey.number, map: journey.definition.id, version: journey.definition.version,
            phase: journey.phase, tracks: journey.tracks, steps: journey.steps, removers: journey.removers,
            opened: journey.opened)
    }

    fileprivate func journey(on definition: MapDefinition, mismatch: (String) -> StoreError)
        throws(StoreError) -> Journey
    {
        guard definition.id == map, definition.version == version else {
            throw mismatch(
                "its journey is on map \(map) in version \(version), not on \(definition.id) in version \(definition.version)"
            )
        }
        guard definition.tracks.count == tracks.count, definition.steps.count == steps.count else {
            throw mismatch(
                "its journey has \(tracks.count) tracks and \(steps.count) steps; map \(map) in version \(version) has \(definition.tracks.count) and \(definition.steps.count)"
            )
        }
        if let why = incoherence(on: definition) { throw mismatch(why) }
        return Journey(
            number: number, on: definition, phase: phase, tracks: tracks, steps: steps, removers: removers,
            opened: opened)
    }

    /// What no journey on the map can come to, as far as the machine counts on it; nil when all is well.
    private func incoherence(on definition: MapDefinition) -> String? {
        if number < 1 { return "its journey has the number \(number)" }
        let isOver = phase != .active
        var isBehindWaiting = false
        for (index, track) in definition.tracks.enumerated() {
            let state = tracks[index]
            let ofTrack = track.steps.map { steps[$0] }
            let isPossible =
                switch state {
                case .waiting, .held: ofTrack.allSatisfy { $0 == .waiting }
                case .open: !isOver && !ofTrack.contains(.waiting)
                case .closed: !ofTrack.contains { $0 == .waiting || $0 == .open }
                case .cancelled: isOver && !ofTrack.contains(.open)
                }
            guard isPossible else {
                return "its journey has steps that do not fit its track \(track.id), which is \(state)"
            }
            if state == .held, isOver || track.flexTrigger == nil {
                return "its journey holds track \(track.id), which waits for no decider"
            }
            if isBehindWaiting, state != .waiting {
                return
                    "its journey has a track \(track.id) that is \(state) after a track that never opened"
            }
            isBehindWaiting = isBehindWaiting || (!isOver && (state == .waiting || state == .held))
        }
        return nil
    }
}
