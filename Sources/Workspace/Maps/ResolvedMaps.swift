public import Journeys
import Plugins
import Values

/// The maps as they can be used with the plugins that there are.
public struct ResolvedMaps: Sendable {
    public var maps: [MapID: Rulebook.Availability] = [:]
    /// For a map that is not available, the plugins that it needs and that did not load, by name.
    public var missingPlugins: [MapID: [String]] = [:]
    /// By map, the text of its conditions and where they are, in the order of ``Condition/index``.
    public var conditions: [MapID: [Placed<String>]] = [:]
    /// Sorted.
    public var mistakes: [Mistake] = []
    /// What is allowed and has no effect; sorted.
    public var notices: [Mistake] = []
}

extension ResolvedMaps {
    /// Adds a map, or the mistakes that keep it from being used. Leniently, an action, a decider, a part of the workspace
    /// or a parameter that does not fit is not a mistake: the call will fail and say why.
    mutating func add(
        _ file: MapFile, with plugins: [String: PluginState], and parts: NamedParts? = nil,
        leniently isLenient: Bool
    ) {
        guard let draft = file.draft else { return }
        var resolution = MapResolution(plugins: plugins, parts: parts, isLenient: isLenient)
        resolution.check(draft)
        mistakes += resolution.mistakes
        if let id = draft.id { conditions[MapID(id.value)] = draft.conditions }
        guard file.mistakes.isEmpty, resolution.mistakes.isEmpty else { return }
        do {
            let definition = try MapDefinition(validating: draft, version: file.version)
            let missing = resolution.failed.keys.sorted()
            if missing.isEmpty {
                maps[definition.id] = .available(definition)
            } else {
                let why = missing.map {
                    "the plugin \"\($0)\" did not load: \(resolution.failed[$0] ?? "")"
                }
                maps[definition.id] = .unavailable(why.joined(separator: "; "))
                missingPlugins[definition.id] = missing
            }
        } catch {
            mistakes += error.list
        }
    }
}

/// One pass over a map's triggers, to find their functions and check their parameters.
private struct MapResolution {
    let plugins: [String: PluginState]
    /// Nil where they are not looked at.
    let parts: NamedParts?
    /// Whether what does not fit is left as it is.
    let isLenient: Bool
    /// Beyond so many mistakes of one map the rest is counted, not shown.
    private static let limit = 500
    private(set) var mistakes: [Mistake] = []
    private var count = 0
    /// The plugins that are needed and did not load, with why.
    private(set) var failed: [String: String] = [:]

    init(plugins: [String: PluginState], parts: NamedParts?, isLenient: Bool) {
        self.plugins = plugins
        self.parts = parts
        self.isLenient = isLenient
    }

    mutating func check(_ draft: MapDraft) {
        check(draft.triggers)
        for track in draft.tracks {
            check(track.triggers)
            if let flex = track.flex, let decide = flex.decide { check(decide, .decider, given: flex.with) }
            for step in track.steps { check(step.triggers) }
        }
        guard count > mistakes.count, let first = mistakes.first else { return }
        mistakes.append(
            Mistake(
                FilePlace(wholeFile: first.place.file),
                "\(count - mistakes.count) more mistakes are not shown"))
    }

    private mutating func check(_ lists: [TriggerListDraft]) {
        for trigger in lists.flatMap(\.triggers) {
            if let run = trigger.run { check(run, .action, given: trigger.with) }
        }
    }

    private mutating func check(_ function: Placed<String>, _ role: Role, given: ParametersDraft) {
        guard let declarations = declarations(function, role) else { return }
        do {
            _ = try given.completed(by: declarations, at: function.place)
        } catch {
            for mistake in error.list { report(mistake.place, mistake.message) }
        }
        for mistake in parts?.missing(from: given, of: declarations, at: function.place) ?? [] {
            report(mistake.place, mistake.message)
        }
    }

    private enum Role: String {
        case action, decider
    }

    /// What the function declares, or nil if it cannot be told.
    private mutating func declarations(_ name: Placed<String>, _ role: Role) -> ParameterDeclarations? {
        guard let function = FunctionName(name.value), case .named(let local) = function.name else {
            return nil
        }
        switch plugins[function.plugin] {
        case .failed(let why, let partial)?:
            failed[function.plugin] = why
            return role == .action
                ? partial?.manifest.action(local)?.parameters
                : partial?.manifest.decider(local)?.parameters
        case nil:
            report(
                name.place,
                "there is no plugin \(function.plugin.quotedForMessage)\(plugins.hint(for: function.plugin))")
            return nil
        case .loaded(let manifest)?:
            let (found, names, others): (ParameterDeclarations?, [String], [String]) =
                switch role {
                case .action:
                    (
                        manifest.action(local)?.parameters, manifest.actions.map(\.name),
                        manifest.deciders.map(\.name)
                    )
                case .decider:
                    (
                        manifest.decider(local)?.parameters, manifest.deciders.map(\.name),
                        manifest.actions.map(\.name)
                    )
                }
            if let found { return found }
            if others.contains(local) {
                let other = role == .action ? "a decider, for `flex`" : "an action, for `run`"
                report(
                    name.place,
                    "\(name.value.quotedForMessage) is \(other), not \(role == .action ? "an action" : "a decider")"
                )
            } else {
                let known = names.isEmpty ? "; it has none" : knownHere(local, names)
                report(
                    name.place,
                    "the plugin \(manifest.name.quotedForMessage) has no \(role.rawValue) \(local.quotedForMessage)\(known)"
                )
            }
            return nil
        }
    }

    private mutating func report(_ place: FilePlace, _ message: String) {
        if isLenient { return }
        count += 1
        if mistakes.count < Self.limit { mistakes.append(Mistake(place, message)) }
    }
}

extension [String: PluginState] {
    /// For a name that no plugin has: the file of a plugin that gives itself this name by mistake, or a name that is
    /// near.
    func hint(for name: String) -> String {
        for (own, state) in sorted(by: { $0.key < $1.key }) {
            guard case .failed(_, let partial?) = state, let written = partial.writtenName,
                sameBytes(written, name)
            else { continue }
            return
                "; \(partial.file) calls itself \(name.quotedForMessage), but its name is \(own.quotedForMessage)"
        }
        return suggestion(for: name, among: keys.sorted())
    }
}

extension ParametersDraft {
    /// The values as calls get them. `place` is for what is missing.
    func completed(by declarations: ParameterDeclarations, at place: FilePlace) throws(Mistakes) -> Table {
        do {
            return try declarations.complete(given)
        } catch {
            let news = error.list.filter { !reported.contains($0.name) }
            guard !news.isEmpty else { return Table() }
            let places = Dictionary(
                entries.map { (ExactText($0.key.value), $0) }, uniquingKeysWith: { first, _ in first })
            throw Mistakes(
                news.map { mistake in
                    let written = places[mistake.name].map {
                        InnerPlace(key: $0.key.place, value: $0.value.place)
                    }
                    let innermost = inner[mistake.path] ?? written
                    return Mistake(
                        (mistake.isUnknown ? innermost?.key : innermost?.value) ?? place, mistake.message)
                })
        }
    }
}
