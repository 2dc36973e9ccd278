public import Journeys
public import Values

/// What went wrong in a moment, with what is needed to look into it.
public struct IncidentRecord: Sendable, Hashable {
    /// Its number in the store, from 1.
    public var number: Int
    public var lead: LeadID
    public var moment: Int
    /// Its number among its moment's incidents, from 1.
    public var index: Int
    public var at: Timestamp
    /// One of `CallFailure.Reason` or `Refusal.Reason`, or an `Undelivered.State.incidentReason`, as text.
    public var reason: String
    public var message: String
    public var traceback: String?
    /// The trigger whose call failed or had an effect that was refused; nil where the incident is of no call.
    public var trigger: String?
    /// That call's action or decider, as `FunctionName` is written.
    public var run: String?
    public var plugin: String?
    /// The version that the plugin gives itself, or else the beginning of its hash.
    public var pluginVersion: String?
    /// The hash of that version, whose files are kept; nil when the plugin was not there.
    public var pluginHash: String?
    /// The number of the call's event; nil for a decider's that holds its track.
    public var seq: Int?
    /// The name of the call's event.
    public var event: String?
    /// Whatever else is needed to run the call again (R36), as the engine has it.
    public var details: Value
    public var state: IncidentState

    public init(
        number: Int, lead: LeadID, moment: Int, index: Int, at: Timestamp, reason: String, message: String,
        traceback: String? = nil, trigger: String? = nil, run: String? = nil, plugin: String? = nil,
        pluginVersion: String? = nil, pluginHash: String? = nil, seq: Int? = nil, event: String? = nil,
        details: Value = .null, state: IncidentState = .open
    ) {
        self.number = number
        self.lead = lead
        self.moment = moment
        self.index = index
        self.at = at
        self.reason = reason
        self.message = message
        self.traceback = traceback
        self.trigger = trigger
        self.run = run
        self.plugin = plugin
        self.pluginVersion = pluginVersion
        self.pluginHash = pluginHash
        self.seq = seq
        self.event = event
        self.details = details
        self.state = state
    }
}
