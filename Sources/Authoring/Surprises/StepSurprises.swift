import Journeys
import Plugins
import Values
import Workspace

/// Triggers on events of steps and videos that do not fire when one would think so.
enum StepSurprises {
    static func all(in survey: Survey) -> [Surprise] {
        survey.maps.flatMap { map in
            map.definition.steps.indices.flatMap { step in
                optionalClose(step, map) + removable(step, map)
            } + videos(map)
        } + subscriptions(in: survey)
    }

    /// R11.
    private static func optionalClose(_ step: Int, _ map: SurveyedMap) -> [Surprise] {
        guard map.definition.steps[step].isOptional, let place = map.place(of: .close, at: .step(step)),
            map.place(of: .skip, at: .step(step)) == nil
        else { return [] }
        let path = map.definition.steps[step].pathText
        return [
            Surprise(
                .optionalStepClose, place,
                "\(path) is optional: when `advance` passes it over, it fires `skip` and never `close`")
        ]
    }

    /// R10.
    private static func removable(_ step: Int, _ map: SurveyedMap) -> [Surprise] {
        let definition = map.definition
        guard let flex = definition.tracks[definition.steps[step].track].flexTrigger,
            map.place(of: .remove, at: .step(step)) == nil
        else { return [] }
        let verbs: [Verb] = [.open, .close]
        guard let first = verbs.compactMap({ map.place(of: $0, at: .step(step)) }).min() else { return [] }
        // One comment at the decider is enough for all steps of its track.
        let draft = map.draft.tracks[definition.steps[step].track]
        let head = draft.place.line...max(draft.place.line, draft.flex?.place.line ?? 0)
        return [
            Surprise(
                .removableStep, first,
                "\(flex.decide) may remove \(definition.steps[step].pathText): then neither its `open` nor its `close` ever fires",
                silencedOn: head)
        ]
    }

    /// R7.
    private static func videos(_ map: SurveyedMap) -> [Surprise] {
        map.definition.tracks.indices.flatMap { track -> [Surprise] in
            guard case .video = map.definition.tracks[track].kind else { return [] }
            let places = [Place.track(track)] + map.definition.tracks[track].steps.map(Place.step)
            return places.compactMap { place in
                guard let open = map.place(of: .open, at: place), map.place(of: .close, at: place) == nil
                else { return nil }
                let path = place.path(on: map.definition) ?? ""
                return Surprise(
                    .videoOpen, open,
                    "\(path) opens with its video track, before anybody watched it, and the lead moves on at once"
                )
            }
        }
    }

    /// Subscriptions to one place, by its path.
    private static func subscriptions(in survey: Survey) -> [Surprise] {
        survey.generation.rulebook.subscriptions.ordered.flatMap { subscription -> [Surprise] in
            guard let at = subscription.at, !at.contains("*"), case .exactly(let event) = subscription.event,
                let plugin = survey.plugins[subscription.plugin]
            else { return [] }
            let place = plugin.place(ofSubscription: subscription.number, "at", "event")
            return survey.maps.compactMap { map in
                guard subscription.map == nil || subscription.map == map.definition.id,
                    let found = found(event, at, map),
                    !isHandled(subscription, found.other, at, in: survey)
                else { return nil }
                return Surprise(found.kind, place, found.message)
            }
        }
    }

    private static func found(
        _ event: EventName, _ at: String, _ map: SurveyedMap
    ) -> (kind: SurpriseKind, other: EventName, message: String)? {
        guard let index = map.definition.index(ofText: at) else { return nil }
        let step = map.definition.steps[index]
        let track = map.definition.tracks[step.track]
        let path = "\(step.pathText) of the map \(map.definition.id)"
        if event == .stepClose, step.isOptional {
            return (
                .optionalStepClose, .stepSkip,
                "\(path) is optional: when `advance` passes it over, it fires `skip` and never `close`"
            )
        }
        if event == .stepClose || event == .stepOpen, let flex = track.flexTrigger {
            return (
                .removableStep, .stepRemove,
                "\(flex.decide) may remove \(path): then neither its `open` nor its `close` ever fires"
            )
        }
        if event == .stepOpen, case .video = track.kind {
            return (
                .videoOpen, .stepClose,
                "\(path) opens with its video track, before anybody watched it, and the lead moves on at once"
            )
        }
        return nil
    }

    /// Whether the same plugin has a subscription to the event that fires instead.
    private static func isHandled(
        _ subscription: Subscription, _ other: EventName, _ at: String, in survey: Survey
    ) -> Bool {
        survey.generation.rulebook.subscriptions.ordered.contains { one in
            guard one.plugin == subscription.plugin, one.number != subscription.number,
                one.at.map({ Subscriptions.matches(at, pattern: $0) }) ?? true
            else { return false }
            return switch one.event {
            case .exactly(let event): event == other
            case .every(let family): family == other.family
            }
        }
    }
}
