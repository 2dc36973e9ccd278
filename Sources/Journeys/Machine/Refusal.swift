/// A command that makes no sense now. It leaves no trace.
public struct Refusal: Error, Sendable, Hashable {
    public let reason: Reason
    /// What is wrong and, where there is something, what to do.
    public let message: String

    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    /// Why; the list is closed.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        /// Only `assign` and `set` make a lead (R40).
        case unknownLead = "unknown_lead"
        case unknownMap = "unknown_map"
        /// The map needs a plugin that is not loaded.
        case mapUnavailable = "map_unavailable"
        /// The lead is active on that very map (R18).
        case alreadyOnMap = "already_on_map"
        /// The lead was never assigned to a map.
        case noJourney = "no_journey"
        /// The journey is over (R16, R29).
        case journeyClosed = "journey_closed"
        case unknownStep = "unknown_step"
        case stepNotOpen = "step_not_open"
        /// Steps are removed by hand in flex tracks alone (R15).
        case notFlex = "not_flex"
        /// No task or flex track is open (R12).
        case noCurrentTrack = "no_current_track"
        /// Required steps of the current track are open (R12).
        case requiredStepsOpen = "required_steps_open"
        /// A track is held (R34).
        case trackHeld = "track_held"
        /// Nothing is held that could be retried (R34).
        case nothingHeld = "nothing_held"
        /// The store has no such incident of the lead.
        case unknownIncident = "unknown_incident"
        /// The incident keeps no call that could run again.
        case cannotRerun = "cannot_rerun"
        /// The lead has no to-do with this number.
        case unknownTodo = "unknown_todo"
        /// The to-do is done.
        case todoNotOpen = "todo_not_open"
        case unknownPlugin = "unknown_plugin"
        /// Nothing keeps the plugin from being called (R35).
        case notQuarantined = "not_quarantined"
        /// The id belongs to another command of the lead (R40).
        case idReused = "id_reused"
        /// A field's name or value is not one that a lead can have.
        case invalidField = "invalid_field"
        /// A plugin's stored value cannot be what an effect asks for: an `add` that has no sum.
        case invalidValue = "invalid_value"
        case fieldTooLarge = "field_too_large"
        case leadTooLarge = "lead_too_large"
        /// What is stored of the lead does not read back.
        case leadDamaged = "lead_damaged"
        /// Too many commands wait already.
        case busy
        /// The chain of effects is deeper than a moment allows, or comes back to a map of the moment (R32).
        case loopLimit = "loop_limit"
        /// The moment has had all the instants that it may have (R32).
        case momentLimit = "moment_limit"
    }
}
