import Journeys
import Values

extension WorkspaceFiles {
    /// Reads `signalbox.yaml` and `maps/`. Nothing is thrown: what is wrong stands in ``mistakes``.
    ///
    /// `known` are maps that were read before: one whose bytes are the same is not read into a draft again,
    /// and where two files give one map, the known one stays.
    public init(reading tree: some FileTree, knowing known: [MapFile] = []) {
        self.init()
        readSettings(tree)
        readMaps(
            tree, Dictionary(known.map { (ExactText($0.file), $0) }, uniquingKeysWith: { first, _ in first }))
        mistakes.sort()
        notices.sort()
    }

    private mutating func readSettings(_ tree: some FileTree) {
        let file = SettingsFile(reading: tree)
        settings = file.settings
        settingsBytes = file.bytes
        areSettingsGood = file.mistakes.isEmpty
        mistakes += file.mistakes
    }

    private mutating func readMaps(_ tree: some FileTree, _ known: [ExactText: MapFile]) {
        let entries: [FolderEntry]
        do {
            entries = try tree.list(Self.mapFolder, top: Self.mapFolder)
        } catch .missing {
            return
        } catch {
            mapPaths = nil
            mistakes.append(
                Mistake(FilePlace(wholeFile: Self.mapFolder), "the maps cannot be read: \(error)"))
            return
        }
        let files = entries.filter { entry in
            entry.kind != .folder && !entry.name.hasPrefix(".")
                && MapFile.endings.contains(where: entry.name.hasSuffix)
        }.sorted { compareBytes($0.name, $1.name) < 0 }
        if files.count > Self.mapLimit {
            mistakes.append(
                Mistake(
                    FilePlace(wholeFile: Self.mapFolder),
                    "\(files.count) maps are too many; at most \(Self.mapLimit) are read"))
        }
        var first: [ExactText: FilePlace] = [:]
        let paths = files.prefix(Self.mapLimit).map { "\(Self.mapFolder)/\($0.name)" }
        mapPaths = Set(paths.map { ExactText($0) })
        for path in paths.filter({ known[$0] != nil }) + paths.filter({ known[$0] == nil }) {
            do {
                let bytes = try tree.read(path, top: Self.mapFolder, limitBytes: MapFile.limitBytes)
                let same = known[path].flatMap { $0.bytes == bytes ? $0 : nil }
                add(same ?? MapFile(bytes, file: path), &first)
            } catch {
                mistakes.append(Mistake(FilePlace(wholeFile: path), "\(error)"))
            }
        }
    }

    private mutating func add(_ file: MapFile, _ first: inout [ExactText: FilePlace]) {
        mistakes += file.mistakes
        notices += file.notices
        if let id = file.draft?.id {
            if let earlier = first[id.value] {
                mistakes.append(
                    Mistake(
                        id.place,
                        "the map \(id.value.quotedForMessage) is there twice; first in \(earlier.file)"))
                return
            }
            first[id.value] = id.place
        }
        maps.append(file)
    }

    /// The maps with the actions and deciders that the plugins have.
    ///
    /// `plugins` holds every plugin that stands in the folder, by name. A name that is not there is a
    /// mistake of the map; one that did not load makes the map unavailable. Maps with mistakes are left out.
    public func resolve(with plugins: [String: PluginState]) -> ResolvedMaps {
        var resolved = ResolvedMaps()
        for file in maps { resolved.add(file, with: plugins, leniently: false) }
        for (name, one) in settings.plugins.each where plugins[name] == nil {
            resolved.notices.append(notice(name, one.place, plugins))
        }
        resolved.mistakes.sort()
        resolved.notices.sort()
        return resolved
    }

    private func notice(_ name: String, _ place: FilePlace, _ plugins: [String: PluginState]) -> Mistake {
        let hint = suggestion(for: name, among: plugins.keys.sorted())
        return Mistake(
            place, "there is no plugin \(name.quotedForMessage) in \(settings.plugins.folder)\(hint)")
    }
}

extension ResolvedMaps {
    /// Adds a map, or the mistakes that keep it from being used. Leniently, an action, a decider or a
    /// parameter that does not fit is no mistake: the call will fail and say why.
    mutating func add(_ file: MapFile, with plugins: [String: PluginState], leniently isLenient: Bool) {
        guard let draft = file.draft else { return }
        var resolution = MapResolution(plugins: plugins, isLenient: isLenient)
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

extension MapFile {
    public static let limitBytes = 1 << 20
}

/// One pass over a map's triggers, to find their functions and check their parameters.
private struct MapResolution {
    let plugins: [String: PluginState]
    /// Whether what does not fit is left as it is.
    let isLenient: Bool
    private(set) var mistakes: [Mistake] = []
    /// The plugins that are needed and did not load, with why.
    private(set) var failed: [String: String] = [:]

    init(plugins: [String: PluginState], isLenient: Bool) {
        self.plugins = plugins
        self.isLenient = isLenient
    }

    mutating func check(_ draft: MapDraft) {
        check(draft.triggers)
        for track in draft.tracks {
            check(track.triggers)
            if let flex = track.flex, let decide = flex.decide { check(decide, .decider, given: flex.with) }
            for step in track.steps { check(step.triggers) }
        }
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
        case .failed(let why)?:
            failed[function.plugin] = why
            return nil
        case nil:
            let hint = suggestion(for: function.plugin, among: plugins.keys.sorted())
            report(name.place, "there is no plugin \(function.plugin.quotedForMessage)\(hint)")
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
        if !isLenient { mistakes.append(Mistake(place, message)) }
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
            throw Mistakes(
                news.map { mistake in
                    let written = entries.first { sameBytes($0.key.value, mistake.name) }
                    let isUnknown = declarations[mistake.name] == nil
                    return Mistake(
                        (isUnknown ? written?.key.place : written?.value.place) ?? place, mistake.message)
                })
        }
    }
}
