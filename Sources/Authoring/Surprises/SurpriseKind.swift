/// What `check` tells beside mistakes: what is allowed, and probably not what was meant. `docs/check.md` has a section
/// for each.
package enum SurpriseKind: String, Sendable, Hashable, CaseIterable {
    // Of maps.
    case optionalStepClose = "optional-step-close"
    case removableStep = "removable-step"
    case videoOpen = "video-open"
    case fieldSetTwice = "field-set-twice"
    case staleRead = "stale-read"
    case undone
    case mapCircle = "map-circle"
    // Of names.
    case unsetField = "unset-field"
    case nowhere
    case silentEvent = "silent-event"
    case undeclaredEvent = "undeclared-event"
    case absentKey = "absent-key"
    // Of plugins.
    case undeclaredCapability = "undeclared-capability"
    case unusedCapability = "unused-capability"
    case unknownGlobal = "unknown-global"
    case globalWrite = "global-write"
    case unknownMember = "unknown-member"
    case methodCall = "method-call"
    case extraArgument = "extra-argument"
    case unknownKey = "unknown-key"
    case unknownParameter = "unknown-parameter"
    case unknownSetting = "unknown-setting"
    case lostWrite = "lost-write"
    // Of the comments that silence these.
    case silenceWithoutReason = "silence-without-reason"
    case unknownSilence = "unknown-silence"
    case unusedSilence = "unused-silence"

    /// The rules that it follows from, `R11`; none where it is not about order.
    package var rules: [String] {
        switch self {
        case .optionalStepClose: ["R11"]
        case .removableStep: ["R10"]
        case .videoOpen: ["R7"]
        case .fieldSetTwice: ["R26", "R27"]
        case .staleRead: ["R26"]
        case .undone: ["R29"]
        case .mapCircle: ["R18", "R32"]
        case .globalWrite: ["R38"]
        case .unsetField, .nowhere, .silentEvent, .undeclaredEvent, .absentKey, .undeclaredCapability,
            .unusedCapability, .unknownGlobal, .unknownMember, .methodCall, .extraArgument, .unknownKey,
            .unknownParameter, .unknownSetting, .lostWrite, .silenceWithoutReason, .unknownSilence,
            .unusedSilence:
            []
        }
    }

    /// What it is, as a line of a list.
    package var summary: String {
        switch self {
        case .optionalStepClose: "a trigger on the close of an optional step"
        case .removableStep: "a trigger on a step that a decider may remove"
        case .videoOpen: "a trigger on the open of a video, where nothing runs on its close"
        case .fieldSetTwice: "triggers that fire in one instant and set one field"
        case .staleRead: "a trigger that reads a field which another one of its instant sets"
        case .undone: "a trigger that undoes what it hangs on"
        case .mapCircle: "maps that assign each other in a circle"
        case .unsetField: "a field that nothing sets, with a name near that of another"
        case .nowhere: "a map, a track or a step that is not there"
        case .silentEvent: "an event that is subscribed to and that no plugin emits"
        case .undeclaredEvent: "an event that is emitted and not declared"
        case .absentKey: "a key that the event of a trigger does not have"
        case .undeclaredCapability: "a capability that is used and not declared"
        case .unusedCapability: "a capability that is declared and not used"
        case .unknownGlobal: "a global variable that is not there"
        case .globalWrite: "a global variable that is written"
        case .unknownMember: "a member of `host` or of Lua's library that is not there"
        case .methodCall: "a function of `host` called with a colon"
        case .extraArgument: "an argument that the function does not take"
        case .unknownKey: "a key that an event does not have"
        case .unknownParameter: "a parameter that the function does not declare"
        case .unknownSetting: "a setting that the plugin does not declare"
        case .lostWrite: "a value that is written where nothing keeps it"
        case .silenceWithoutReason: "a comment that silences without a reason"
        case .unknownSilence: "a comment that silences what is not a surprise"
        case .unusedSilence: "a comment that silences nothing"
        }
    }

    /// What to do about it, a sentence.
    package var advice: String {
        switch self {
        case .optionalStepClose:
            "Add a trigger on `skip`, or use the close of the track, which fires in either case."
        case .removableStep:
            "Add a trigger on `remove`, or use the open or close of the track for what must run in any case."
        case .videoOpen: "Use `close` for what must run when the video was watched."
        case .fieldSetTwice:
            "Let one trigger set the field, or let one of them hang on an event of another instant."
        case .staleRead:
            "Read the field in a trigger of a later event, or let one action do both."
        case .undone: "Hang the trigger on another event, or give it a `when`."
        case .mapCircle: "End the circle on one of the maps, or give the trigger a `when` that ends it."
        case .unsetField: "Correct the name, here or where the field is set."
        case .nowhere: "Correct the name, or add what it names."
        case .silentEvent: "Correct the name, or emit the event with `host.bus.emit`."
        case .undeclaredEvent: "Add the event to `emits`."
        case .absentKey: "Use the key in triggers of the events that have it."
        case .undeclaredCapability: "Add the capability to `needs`."
        case .unusedCapability: "Take the capability out of `needs`."
        case .unknownGlobal: "Correct the name, or declare the variable with `local`."
        case .globalWrite: "Declare the variable with `local`; what must last goes through `host.store`."
        case .unknownMember: "Correct the name."
        case .methodCall: "Write a dot: the functions of `host` do not take a `self`."
        case .extraArgument: "Leave the argument out, or put it into the one that is taken."
        case .unknownKey: "Correct the name; a lead's own fields are in `event.lead.fields`."
        case .unknownParameter: "Correct the name, or declare the parameter in `params`."
        case .unknownSetting: "Correct the name, or declare the setting in `settings`."
        case .lostWrite: "Use `host.lead.set` for fields and `host.store.set` for values that last."
        case .silenceWithoutReason: "Write `# signalbox: allow ID, because …`."
        case .unknownSilence: "Correct the id; the ids are in docs/check.md."
        case .unusedSilence: "Remove the comment."
        }
    }
}
