public import Journeys
import Values

extension WorkspaceFiles {
    /// Reads `signalbox.yaml` and `maps/`. Nothing is thrown: what is wrong stands in ``mistakes``.
    ///
    /// `known` are maps that were read before: one whose bytes are the same is not read into a draft again,
    /// and where two files give one map, the known one stays.
    public init(reading tree: some FileTree, knowing known: [MapFile] = []) {
        self.init()
        readSettings(tree)
        readMaps(tree, Dictionary(known.map { ($0.file, $0) }, uniquingKeysWith: { first, _ in first }))
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

    private mutating func readMaps(_ tree: some FileTree, _ known: [String: MapFile]) {
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
        var first: [String: FilePlace] = [:]
        let paths = files.prefix(Self.mapLimit).map { "\(Self.mapFolder)/\($0.name)" }
        mapPaths = Set(paths)
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

    private mutating func add(_ file: MapFile, _ first: inout [String: FilePlace]) {
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
    /// parameter that does not fit is left as the text has it: the call will fail and say why.
    mutating func add(_ file: MapFile, with plugins: [String: PluginState], leniently isLenient: Bool) {
        guard let draft = file.draft else { return }
        var resolution = MapResolution(plugins: plugins, isLenient: isLenient)
        let completed = resolution.complete(draft)
        mistakes += resolution.mistakes
        if let id = draft.id { conditions[MapID(id.value)] = completed.conditions }
        guard file.mistakes.isEmpty, resolution.mistakes.isEmpty else { return }
        do {
            let definition = try MapDefinition(validating: completed, version: file.version)
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

    /// The map as stored text of an older day gives it (R19), with the plugins of today.
    ///
    /// An action, a decider or a parameter that no longer fits is left as the text has it: the call will
    /// fail and say why.
    public func definition(leniently plugins: [String: PluginState]) throws(Mistakes) -> MapDefinition {
        guard mistakes.isEmpty, let draft else { throw Mistakes(mistakes) }
        var resolution = MapResolution(plugins: plugins, isLenient: true)
        return try MapDefinition(validating: resolution.complete(draft), version: version)
    }
}

/// One pass over a map's triggers, to find their functions and complete their parameters.
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

    mutating func complete(_ draft: MapDraft) -> MapDraft {
        var draft = draft
        draft.triggers = complete(draft.triggers)
        for track in draft.tracks.indices {
            draft.tracks[track].triggers = complete(draft.tracks[track].triggers)
            if let flex = draft.tracks[track].flex, let decide = flex.decide {
                let parameters = declarations(decide, .decider)
                draft.tracks[track].flex?.with = complete(flex.with, by: parameters, of: decide)
            }
            for step in draft.tracks[track].steps.indices {
                draft.tracks[track].steps[step].triggers = complete(draft.tracks[track].steps[step].triggers)
            }
        }
        return draft
    }

    private mutating func complete(_ lists: [TriggerListDraft]) -> [TriggerListDraft] {
        var lists = lists
        for list in lists.indices {
            for index in lists[list].triggers.indices {
                let trigger = lists[list].triggers[index]
                guard let run = trigger.run else { continue }
                let parameters = declarations(run, .action)
                lists[list].triggers[index].with = complete(trigger.with, by: parameters, of: run)
            }
        }
        return lists
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

    private mutating func complete(
        _ given: ParametersDraft, by declarations: ParameterDeclarations?, of function: Placed<String>
    ) -> ParametersDraft {
        guard let declarations else { return given }
        do {
            return try given.completed(by: declarations, at: function.place)
        } catch {
            for mistake in error.list { report(mistake.place, mistake.message) }
            return given
        }
    }

    private mutating func report(_ place: FilePlace, _ message: String) {
        if !isLenient { mistakes.append(Mistake(place, message)) }
    }
}

extension ParametersDraft {
    /// The values with the defaults of those that are missing. Where a text is asked for, an unquoted value
    /// is the text that stands in the file. `place` is for what is missing.
    func completed(by declarations: ParameterDeclarations, at place: FilePlace) throws(Mistakes)
        -> ParametersDraft
    {
        var given = Table()
        for entry in entries {
            let isText = declarations[entry.key.value]?.type == .string
            given[entry.key.value] =
                isText ? entry.text.map(Value.string) ?? entry.value.value : entry.value.value
        }
        do {
            let completed = try declarations.complete(given)
            return ParametersDraft(
                completed.map { entry in
                    let written = entries.first { sameBytes($0.key.value, entry.key) }
                    return Entry(
                        key: written?.key ?? Placed(entry.key, at: place),
                        value: Placed(entry.value, at: written?.value.place ?? place))
                })
        } catch {
            let news = error.list.filter { $0.isGiven || !unread.contains($0.name) }
            guard !news.isEmpty else { return self }
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
