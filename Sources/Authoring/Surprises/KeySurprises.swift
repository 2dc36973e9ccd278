import Journeys
import Plugins
import Values
import Workspace

/// Keys of the event, of the parameters and of the settings that a plugin reads and that are always nil.
enum KeySurprises {
    static func all(in survey: Survey) -> [Surprise] {
        survey.readings.flatMap { plugin in
            plugin.functions.flatMap { name, reading in
                reading.uses.compactMap { unknownKey($0) }
                    + reading.uses.compactMap { unknownParameter($0, name, plugin) }
            } + plugin.uses.compactMap { unknownSetting($0, plugin) }
        } + absentKeys(survey)
    }

    private static func unknownKey(_ use: LuaUse) -> Surprise? {
        guard use.path.root == .event, !use.isWrite else { return nil }
        let keys = use.path.constants
        func unknown(_ index: Int, of owner: String, _ known: [String]) -> Surprise? {
            guard keys.count > index, !known.contains(where: { sameBytes($0, keys[index]) }) else {
                return nil
            }
            return Surprise(
                .unknownKey, use.place(ofKey: index),
                "\(owner) does not have a key \(keys[index].quotedForMessage)\(suggestion(for: keys[index], among: known))"
            )
        }
        if let found = unknown(0, of: "event", ConditionNames.eventKeys) { return found }
        return switch keys.first {
        case "lead": unknown(1, of: "event.lead", ConditionNames.leadKeys)
        case "journey": unknown(1, of: "event.journey", ConditionNames.journeyKeys)
        default: nil
        }
    }

    private static func unknownParameter(
        _ use: LuaUse, _ function: FunctionName.Name, _ plugin: PluginReading
    ) -> Surprise? {
        guard use.path.root == .parameters, !use.isWrite, let name = use.path.constants.first else {
            return nil
        }
        let manifest = plugin.plugin.manifest
        let declared: ParameterDeclarations
        let owner: String
        switch function {
        case .named(let text):
            declared = manifest.action(text)?.parameters ?? manifest.decider(text)?.parameters ?? .none
            owner = "\(manifest.name).\(text)"
        case .subscription:
            declared = .none
            owner = "a subscription"
        }
        guard declared[name] == nil else {
            return unknownInnerKey(use, from: 0, declared, "params.\(name)", .unknownParameter)
        }
        let known = declared.all.map(\.name)
        return Surprise(
            .unknownParameter, use.place(ofKey: 0),
            "\(owner) does not declare a parameter \(name.quotedForMessage)\(suggestion(for: name, among: known))"
        )
    }

    private static func unknownSetting(_ use: LuaUse, _ plugin: PluginReading) -> Surprise? {
        let keys = use.path.constants
        let declared = plugin.plugin.manifest.settings
        guard use.path.root == .host, !use.isWrite, keys.count > 1, keys[0] == "settings" else { return nil }
        guard declared[keys[1]] == nil else {
            return unknownInnerKey(use, from: 1, declared, "host.settings.\(keys[1])", .unknownSetting)
        }
        let known = declared.all.map(\.name)
        return Surprise(
            .unknownSetting, use.place(ofKey: 1),
            "the plugin does not declare a setting \(keys[1].quotedForMessage)\(suggestion(for: keys[1], among: known))"
        )
    }

    /// A key that a declared table does not have, in what the key at `start` names.
    private static func unknownInnerKey(
        _ use: LuaUse, from start: Int, _ declared: ParameterDeclarations, _ path: String,
        _ kind: SurpriseKind
    ) -> Surprise? {
        let keys = use.path.keys
        guard case .constant(let first) = keys[start] else { return nil }
        var content = declared[first]?.content
        var path = path
        for index in keys.indices.dropFirst(start + 1) {
            switch (content, keys[index]) {
            case (.keys(let inner)?, .constant(let key)):
                guard let declaration = inner[key] else {
                    let hint = suggestion(for: key, among: inner.all.map(\.name))
                    return Surprise(
                        kind, use.place(ofKey: index),
                        "\(path) does not have a key \(key.quotedForMessage)\(hint)")
                }
                content = declaration.content
                path += ".\(key)"
            case (.items(let item)?, .unknown), (.items(let item)?, .parameter):
                content = item.content
                path += "[…]"
            case _: return nil
            }
        }
        return nil
    }

    // MARK: Keys of some events

    /// What a function is called with: an event of a place, one without a place, or a decider's.
    private enum Caller: Hashable {
        case event(Verb, isStep: Bool, isTrack: Bool)
        case placeless
        case decider

        func has(_ key: String) -> Bool {
            switch self {
            case .event(let verb, let isStep, let isTrack):
                switch key {
                case "step": isStep
                case "track": isStep || isTrack
                case "outcome", "cancelled": !isStep && !isTrack && (verb == .close || verb == .leave)
                case "payload", "steps": false
                case _: true
                }
            case .placeless: !["step", "track", "outcome", "cancelled", "steps"].contains(key)
            case .decider: !["step", "outcome", "cancelled", "payload", "id", "seq"].contains(key)
            }
        }
    }

    private static func absentKeys(_ survey: Survey) -> [Surprise] {
        var callers: [FunctionName: Set<Caller>] = [:]
        var found: [Surprise] = []
        for map in survey.maps {
            for trigger in map.triggers {
                let caller = caller(of: trigger)
                callers[trigger.run, default: []].insert(caller)
                guard let condition = trigger.condition else { continue }
                for use in trigger.conditionUses {
                    guard use.path.root == .event, let key = use.path.constants.first,
                        ConditionNames.eventKeys.contains(key), !caller.has(key)
                    else { continue }
                    found.append(
                        Surprise(
                            .absentKey, map.source.place(of: key, from: condition.place),
                            "event.\(key) is always nil here: \(trigger.eventName) does not have it"))
                }
            }
            for decider in map.deciders { callers[decider.run, default: []].insert(.decider) }
        }
        for (function, callers) in callers {
            guard let reading = survey.plugins[function.plugin]?.functions[function.name] else { continue }
            for use in reading.uses {
                guard use.path.root == .event, !use.isWrite, let key = use.path.constants.first,
                    ConditionNames.eventKeys.contains(key), !callers.contains(where: { $0.has(key) })
                else { continue }
                found.append(
                    Surprise(
                        .absentKey, use.place(ofKey: 0),
                        "event.\(key) is always nil here: no event on which \(function) runs has it"))
            }
        }
        return found
    }

    private static func caller(of trigger: SurveyedTrigger) -> Caller {
        guard let event = trigger.event else { return .placeless }
        switch event.place {
        case .map: return .event(event.verb, isStep: false, isTrack: false)
        case .track: return .event(event.verb, isStep: false, isTrack: true)
        case .step: return .event(event.verb, isStep: true, isTrack: false)
        }
    }
}

extension SurveyedTrigger {
    /// `step.close`.
    var eventName: String { event.map { $0.place.event($0.verb) } ?? "the event" }
}
