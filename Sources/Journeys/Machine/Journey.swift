public import Values

/// One lead on one map: what is waiting, open, closed, skipped, removed, cancelled.
///
/// A pure state machine. Each transition returns what fires, in the order of R23, or throws a refusal
/// and changes nothing. It knows no clock, no effects and no Lua: the time and a decider's answer are handed in.
///
/// A value in one word (``Values/Shared``).
public struct Journey: Sendable {
    @usableFromInline var state: Shared<State>

    /// Its number among the lead's journeys, from 1.
    @inlinable public var number: Int { state.content.number }
    /// The map in the version that the journey began with (R19).
    @inlinable public var definition: MapDefinition { state.content.definition }
    public private(set) var phase: Phase {
        @inlinable get { state.content.phase }
        set { state.content.phase = newValue }
    }
    /// By the index of the track.
    public private(set) var tracks: [TrackState] {
        @inlinable get { state.content.tracks }
        _modify { yield &state.content.tracks }
    }
    /// By the index of the step.
    public private(set) var steps: [StepState] {
        @inlinable get { state.content.steps }
        _modify { yield &state.content.steps }
    }
    /// What removed a step, by its index: a decider's name or a command's `by`.
    public private(set) var removers: [Int: String] {
        @inlinable get { state.content.removers }
        _modify { yield &state.content.removers }
    }
    /// When a track opened, by its index, and with it all its steps that were not removed then (R3). A track that
    /// opened before this was kept has no entry.
    public private(set) var opened: [Int: Timestamp] {
        @inlinable get { state.content.opened }
        _modify { yield &state.content.opened }
    }

    /// Whether it is on this very object.
    @inlinable package func isOn(_ map: MapDefinition) -> Bool { state.content.definition === map }

    /// Whether both are on the same object.
    @inlinable package func isOnDefinition(of other: Journey) -> Bool {
        state.content.definition === other.state.content.definition
    }

    /// Seen by the modules that use it, so that a look at one of its parts copies none of it.
    @usableFromInline
    struct State: Sendable {
        @usableFromInline let number: Int
        @usableFromInline let definition: MapDefinition
        @usableFromInline var phase: Phase
        @usableFromInline var tracks: [TrackState]
        @usableFromInline var steps: [StepState]
        @usableFromInline var removers: [Int: String]
        @usableFromInline var opened: [Int: Timestamp]
    }

    public enum Phase: Sendable, Hashable {
        case active
        case ended(JourneyOutcome)
    }

    public enum TrackState: String, Sendable, Hashable, CaseIterable {
        /// Not opened yet. Next: open, held.
        case waiting
        /// Its decider failed (R34). Next: open, cancelled.
        case held
        /// Next: closed, cancelled.
        case open
        case closed
        case cancelled

        /// Its place among `allCases`.
        package var number: UInt8 {
            switch self {
            case .waiting: 0
            case .held: 1
            case .open: 2
            case .closed: 3
            case .cancelled: 4
            }
        }
    }

    public enum StepState: String, Sendable, Hashable, CaseIterable {
        /// Its track is not open yet. Next: open, removed.
        case waiting
        /// Next: closed, skipped, removed, cancelled.
        case open
        case closed
        case skipped
        case removed
        case cancelled

        /// Its place among `allCases`.
        package var number: UInt8 {
            switch self {
            case .waiting: 0
            case .open: 1
            case .closed: 2
            case .skipped: 3
            case .removed: 4
            case .cancelled: 5
            }
        }
    }

    /// An event before it has its number, time and author.
    public struct UnnumberedEvent: Sendable, Equatable {
        public let name: EventName
        let site: Site
        public let ending: Event.Ending?

        init(_ name: EventName, at site: Site, ending: Event.Ending? = nil) {
            self.name = name
            self.site = site
            self.ending = ending
        }

        /// Its place in its map: a track or a step by its index.
        enum Site: Sendable, Equatable {
            case map
            case track(Int)
            case step(Int)
            /// See ``EventName/hasPlace``.
            case nowhere
        }

        public func place(in definition: MapDefinition) -> Event.Place {
            switch site {
            case .map: .map
            case .track(let index): .track(definition.tracks[index].id)
            case .step(let index): .step(definition.steps[index].path)
            case .nowhere: .nowhere
            }
        }
    }

    /// What the engine does of its own accord, in the order in which it is looked for (R29).
    public enum OwnMove: Sendable, Equatable {
        /// A mirror step whose field has a value, by its index (R20).
        case mirror(step: Int)
        /// An open track without an open step, by its index (R14).
        case close(track: Int)
        /// The next tracks (R13).
        case open(Range<Int>)
        /// The status that the map's end gives (R17).
        case finish(LeadStatus)
    }

    /// A journey before its first track opens.
    public init(number: Int, on definition: MapDefinition) {
        self.init(
            number: number, on: definition, phase: .active,
            tracks: Array(repeating: .waiting, count: definition.tracks.count),
            steps: Array(repeating: .waiting, count: definition.steps.count), removers: [:])
    }

    /// A journey as it was stored. The states must have the definition's counts.
    package init(
        number: Int, on definition: MapDefinition, phase: Phase, tracks: [TrackState], steps: [StepState],
        removers: [Int: String], opened: [Int: Timestamp] = [:]
    ) {
        precondition(tracks.count == definition.tracks.count && steps.count == definition.steps.count)
        state = Shared(
            State(
                number: number, definition: definition, phase: phase, tracks: tracks, steps: steps,
                removers: removers, opened: opened))
    }

    @inlinable public var isActive: Bool { phase == .active }
    /// Whether it waits for the decider of a track (R34).
    package var isHeld: Bool { isActive && tracks.contains(.held) }

    /// Writes the state of each track, and behind them that of each step, as its place among `allCases`: so many bytes
    /// as there are tracks and steps.
    package func writeStates(to bytes: UnsafeMutableBufferPointer<UInt8>) {
        precondition(bytes.count == tracks.count + steps.count)
        for (index, state) in tracks.enumerated() { bytes.initializeElement(at: index, to: state.number) }
        let behind = UnsafeMutableBufferPointer(rebasing: bytes[tracks.count...])
        for (index, state) in steps.enumerated() { behind.initializeElement(at: index, to: state.number) }
    }

    /// The one open track that is not a video track (R12).
    public var currentTrack: Int? {
        tracks.indices.first { tracks[$0] == .open && !definition.tracks[$0].isVideo }
    }

    /// The track whose decider failed. There is at most one: progress waits for it (R34).
    public var heldTrack: Int? { tracks.firstIndex(of: .held) }

    // MARK: Opening

    /// The tracks that open next: the video tracks in a row and the first that is none (R7, R8). Only the
    /// last of them can have a flex trigger. Nil when a track is current or held, or none is left (R13).
    public var nextTracks: Range<Int>? {
        guard currentTrack == nil, heldTrack == nil, let first = tracks.firstIndex(of: .waiting) else {
            return nil
        }
        let last = definition.tracks[first...].firstIndex { !$0.isVideo } ?? definition.tracks.count - 1
        return first..<(last + 1)
    }

    /// What a flex trigger's decider decided about its track.
    public enum Decision: Sendable, Equatable {
        /// The steps of these ids stay; the others are removed (R10).
        case keep([StepID])
        /// It failed, and the map gives no fallback (R34).
        case hold
    }

    /// Opens the tracks with all their steps in one instant (R3, R6, R8), in the order of R23. `decision`
    /// is for the last of them, if it has a flex trigger.
    mutating func open(_ range: Range<Int>, at time: Timestamp, decision: Decision?) -> [UnnumberedEvent] {
        var fired: [UnnumberedEvent] = []
        for track in range {
            let definition = definition.tracks[track]
            guard let trigger = definition.flexTrigger else {
                openTrack(track, at: time, into: &fired) { _ in true }
                continue
            }
            guard let decision else {
                preconditionFailure("track \(definition.id) opens without its decision")
            }
            switch decision {
            case .hold:
                tracks[track] = .held
            case .keep(let kept):
                openTrack(track, at: time, removing: trigger.decide.description, into: &fired) {
                    kept.contains($0)
                }
            }
        }
        return fired
    }

    private mutating func openTrack(
        _ track: Int, at time: Timestamp, removing remover: String = "",
        into fired: inout [UnnumberedEvent], keep: (StepID) -> Bool
    ) {
        tracks[track] = .open
        opened[track] = time
        fired.append(UnnumberedEvent(.trackOpen, at: .track(track)))
        for step in definition.tracks[track].steps {
            if keep(definition.steps[step].path.step) {
                steps[step] = .open
                fired.append(event(.stepOpen, step))
            } else {
                steps[step] = .removed
                removers[step] = remover
                fired.append(event(.stepRemove, step))
            }
        }
    }

    // MARK: Commands

    /// Completes an open step, of whichever track (R4, R5, R9).
    mutating func complete(_ path: String) throws(Refusal) -> [UnnumberedEvent] {
        try requireActive()
        return complete(step: try openStep(path))
    }

    mutating func complete(step: Int) -> [UnnumberedEvent] {
        precondition(steps[step] == .open, "\(definition.steps[step].path) is \(steps[step])")
        steps[step] = .closed
        return [event(.stepClose, step)] + closeIfDone(definition.steps[step].track)
    }

    /// Passes over the optional steps of the current track (R11, R12).
    mutating func advance() throws(Refusal) -> [UnnumberedEvent] {
        try requireActive()
        if let held = heldTrack {
            throw Refusal(
                .trackHeld,
                "track \(definition.tracks[held].id) is held because its decider failed; retry it first")
        }
        guard let track = currentTrack else {
            throw Refusal(.noCurrentTrack, "no task or flex track of \(definition.id) is open")
        }
        let open = definition.tracks[track].steps.filter { steps[$0] == .open }
        let required = open.filter { !definition.steps[$0].isOptional }
        guard required.isEmpty else {
            let names = required.map { definition.steps[$0].pathText }.joined(separator: ", ")
            throw Refusal(.requiredStepsOpen, "still to be completed: \(names)")
        }
        for step in open { steps[step] = .skipped }
        return open.map { event(.stepSkip, $0) } + closeIfDone(track)
    }

    /// Removes an open step of a flex track by hand (R15).
    mutating func remove(_ path: String, by remover: String) throws(Refusal) -> [UnnumberedEvent] {
        try requireActive()
        let step = try knownStep(path)
        let track = definition.steps[step].track
        guard definition.tracks[track].isFlex else {
            throw Refusal(
                .notFlex, "\(path) is not in a flex track; only there a step can be removed by hand")
        }
        try requireOpen(step)
        steps[step] = .removed
        removers[step] = remover
        return [event(.stepRemove, step)] + closeIfDone(track)
    }

    /// Ends the journey and cancels what is open (R16, R18, R21).
    mutating func end(_ outcome: JourneyOutcome) -> UnnumberedEvent {
        precondition(isActive, "a journey ends once")
        let cancelled = steps.indices.filter { steps[$0] == .open }
        for step in cancelled { steps[step] = .cancelled }
        for track in tracks.indices where tracks[track] == .open || tracks[track] == .held {
            tracks[track] = .cancelled
        }
        phase = .ended(outcome)
        let ending = Event.Ending(outcome: outcome, cancelled: cancelled.map { definition.steps[$0].path })
        return UnnumberedEvent(outcome == .left ? .mapLeave : .mapClose, at: .map, ending: ending)
    }

    /// The held track, to ask its decider again (R34).
    func retry() throws(Refusal) -> Range<Int> {
        try requireActive()
        guard let track = heldTrack else {
            throw Refusal(.nothingHeld, "no track of \(definition.id) is held")
        }
        return track..<(track + 1)
    }

    // MARK: The engine's own moves

    /// The next move, in the order of R29. `hasValue` answers whether a field of the lead
    /// has a value that a mirror step waits for (R20).
    func ownMove(hasValue: (String) -> Bool) -> OwnMove? {
        guard isActive else { return nil }
        let (definition, tracks, steps) = (definition, tracks, steps)
        for step in definition.mirrors where steps[step] == .open {
            if let field = definition.steps[step].mirror, hasValue(field) { return .mirror(step: step) }
        }
        for track in tracks.indices where tracks[track] == .open && !hasOpenStep(track) {
            return .close(track: track)
        }
        if let next = nextTracks { return .open(next) }
        if let status = definition.finish,
            !tracks.contains(where: { $0 == .waiting || $0 == .held || $0 == .open })
        {
            return .finish(status)
        }
        return nil
    }

    /// Closes a track that is open without an open step (R14).
    mutating func close(track: Int) -> [UnnumberedEvent] {
        precondition(tracks[track] == .open, "\(definition.tracks[track].id) is \(tracks[track])")
        return closeIfDone(track)
    }

    // MARK: Parts

    private mutating func closeIfDone(_ track: Int) -> [UnnumberedEvent] {
        guard !hasOpenStep(track) else { return [] }
        tracks[track] = .closed
        return [UnnumberedEvent(.trackClose, at: .track(track))]
    }

    private func hasOpenStep(_ track: Int) -> Bool {
        let steps = steps
        return definition.tracks[track].steps.contains { steps[$0] == .open }
    }

    private func event(_ name: EventName, _ step: Int) -> UnnumberedEvent {
        UnnumberedEvent(name, at: .step(step))
    }

    func requireActive() throws(Refusal) {
        if case .ended(let outcome) = phase {
            throw Refusal(.journeyClosed, "the journey on \(definition.id) is over: \(outcome.rawValue)")
        }
    }

    private func openStep(_ path: String) throws(Refusal) -> Int {
        let step = try knownStep(path)
        try requireOpen(step)
        return step
    }

    private func knownStep(_ text: String) throws(Refusal) -> Int {
        guard let step = definition.index(ofText: text) else {
            throw Refusal(.unknownStep, "map \(definition.id) has no step \(text.quotedForMessage)")
        }
        return step
    }

    private func requireOpen(_ step: Int) throws(Refusal) {
        let why =
            switch steps[step] {
            case .open: ""
            case .waiting where tracks[definition.steps[step].track] == .held: "its track is held"
            case .waiting: "its track has not opened yet"
            case .closed: "it was completed"
            case .skipped: "it was passed over"
            case .removed: "it was removed by \(removers[step] ?? "a command")"
            case .cancelled: "it was cancelled"
            }
        guard why.isEmpty else {
            throw Refusal(.stepNotOpen, "\(definition.steps[step].path) is not open: \(why)")
        }
    }
}
