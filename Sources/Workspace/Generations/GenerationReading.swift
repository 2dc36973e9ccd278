import Journeys
import LuaSandbox
import Plugins
import Values

/// One reading of a workspace: what a generation is made of, and everything that is wrong.
struct GenerationReading {
    private(set) var settings: Settings
    let environment: [String: String]
    private(set) var settingsBytes: [UInt8]?
    private(set) var maps: [MapID: Rulebook.Availability]
    private(set) var mapFiles: [MapID: MapFile]
    private(set) var plugins: [String: Generation.PluginEntry]
    private(set) var templates: [String: Template]
    private(set) var templateMistakes: [Mistake]
    private(set) var pluginMistakes: [Mistake]
    private(set) var fileMistakes: [Mistake]
    private(set) var notices: [Mistake]
    /// The plugins that another reading will load.
    private(set) var waitingPlugins: Set<String> = []
    private(set) var slowFailures: [String: PluginLoading.SlowFailure] = [:]
    private(set) var cutOffs: [String: CutOffLoad] = [:]

    /// Everything that is wrong, sorted.
    var mistakes: [Mistake] { (fileMistakes + pluginMistakes + templateMistakes).sorted() }

    /// `previous` stands for what cannot be read or used now.
    init(again tree: some FileTree, after previous: Generation) {
        do throws(FileError) {
            _ = try tree.list(".", top: "")
            self.init(tree, environment: previous.environment, after: previous)
        } catch {
            self.init(previous, because: error)
        }
    }

    /// - Parameters:
    ///   - budget: the CPU time for slow plugins; nil to load all of them.
    ///   - recalling: what was kept of loading plugins before, by the settings.
    init(
        _ tree: some FileTree, environment: [String: String], after previous: Generation?,
        loadingWithin budget: Duration? = PluginLoading.budget,
        recalling: (Settings) -> KeptLoads = { _ in KeptLoads() }
    ) {
        self.environment = environment
        let known = previous.map { Array($0.mapFiles.values) } ?? []
        let files = WorkspaceFiles(reading: tree, environment: environment, knowing: known)
        if let previous, !files.areSettingsGood {
            settings = previous.settings
            settingsBytes = previous.settingsBytes
        } else {
            settings = files.settings
            settingsBytes = files.settingsBytes
        }

        let incumbents = previous?.plugins.compactMapValues { status -> PluginSource? in
            if case .loaded(let plugin, _) = status { plugin.source } else { nil }
        }
        let areSettingsSame = previous != nil && previous?.settingsBytes == settingsBytes
        let listing = PluginListing(
            reading: settings.plugins.folder, of: tree, incumbents: incumbents ?? [:])
        var loading = PluginLoading(
            settings, bytes: settingsBytes ?? [], areSettingsSame: areSettingsSame, after: previous,
            within: budget,
            recalling: recalling(settings), until: { tree.isCancelled })
        loading.load(listing)
        plugins = loading.plugins
        waitingPlugins = loading.waiting
        slowFailures = loading.slowFailures
        cutOffs = loading.cutOffs
        pluginMistakes =
            (listing.mistakes
            + plugins.values.flatMap { status -> [Mistake] in
                switch status {
                case .loaded(_, let failing): failing
                case .failed(let mistakes, _): mistakes
                }
            }).sorted()

        let found = TemplateListing(reading: tree, knowing: previous?.templates ?? [:])
        templates = found.templates
        for (name, template) in previous?.templates ?? [:]
        where found.unreadable.contains(name) || !found.isListed {
            templates[name] = template
        }
        templateMistakes = found.mistakes

        let states = Generation.states(of: plugins)
        let parts = NamedParts(
            templates: found.isListed ? found.unreadable.union(templates.keys) : nil,
            maps: MapParts(of: files, after: previous))
        pluginMistakes = (pluginMistakes + settings.missing(of: parts, with: states)).sorted()
        var resolved = files.resolve(with: states, and: parts)
        let conditions = Self.mistakes(inConditions: resolved, knowing: Set(known.map(\.version)), of: files)
        for map in conditions.keys { resolved.maps[map] = nil }
        fileMistakes = (files.mistakes + resolved.mistakes + conditions.values.flatMap(\.self)).sorted()
        notices = files.notices + resolved.notices + listing.notices + found.notices
        notices = (notices + Self.noticesOfFolders(in: tree, settings)).sorted()
        mapFiles = [:]
        maps = [:]
        take(resolved, of: files, after: previous)
    }

    /// Takes the maps that can be used, and the last good versions of those that cannot.
    private mutating func take(
        _ resolved: ResolvedMaps, of files: WorkspaceFiles, after previous: Generation?
    ) {
        var resolved = resolved
        for file in files.maps {
            if let id = file.draft?.id.map({ MapID($0.value) }), resolved.maps[id] != nil {
                mapFiles[id] = file
            }
        }
        let states = Generation.states(of: plugins)
        for (id, file) in previous?.mapFiles ?? [:] where resolved.maps[id] == nil {
            // Removed, if its file is not there any more.
            guard files.mapPaths?.contains(file.file) ?? true else { continue }
            resolved.add(file, with: states, leniently: true)
            if resolved.maps[id] != nil { mapFiles[id] = file }
        }
        maps = resolved.maps
        // A plugin that is put back and does not load is as one that is gone: it takes no map away.
        for case (let id, .unavailable) in resolved.maps {
            guard case .available? = previous?.rulebook.maps[id],
                let file = mapFiles[id],
                let definition = try? MapDefinition(kept: file.bytes, file: file.file)
            else { continue }
            maps[id] = .available(definition)
        }
    }

    /// Everything as it was: the workspace itself cannot be read.
    private init(_ previous: Generation, because failure: FileError) {
        settings = previous.settings
        environment = previous.environment
        settingsBytes = previous.settingsBytes
        maps = previous.rulebook.maps
        mapFiles = previous.mapFiles
        plugins = previous.plugins
        templates = previous.templates
        templateMistakes = previous.templateMistakes
        pluginMistakes = previous.pluginMistakes
        fileMistakes = [
            Mistake(FilePlace(wholeFile: "."), "the workspace's folder cannot be read: \(failure)")
        ]
        notices = previous.notices
    }

    /// Folders that nothing is read from, with a name that is nearly that of one that is read.
    private static func noticesOfFolders(in tree: some FileTree, _ settings: Settings) -> [Mistake] {
        let plugins = settings.plugins.folder
        let contents = [
            "map": ("maps", WorkspaceFiles.mapFolder), "plugin": ("plugins", plugins),
            "template": ("templates", TemplateListing.folder),
        ]
        let entries = (try? tree.list(".", top: "")) ?? []
        return entries.compactMap { entry in
            let name = entry.name.lowercased()
            guard entry.kind == .folder, entry.name != plugins,
                let (what, folder) = contents[name] ?? contents[String(name.dropLast())],
                name == what || name + "s" == what, entry.name != what
            else { return nil }
            return Mistake(
                FilePlace(wholeFile: entry.name.printable),
                "this folder is not read: \(what) are read from \(folder)")
        }
    }

    // MARK: Conditions

    /// Conditions that do not parse, or that name what is not there, are mistakes of their maps. Those of a version
    /// that was used before are left as they are, and so are those of the maps in the store (R19).
    private static func mistakes(
        inConditions maps: ResolvedMaps, knowing known: Set<MapVersion>, of files: WorkspaceFiles
    ) -> [MapID: [Mistake]] {
        var mistakes: [MapID: [Mistake]] = [:]
        for file in files.maps where !known.contains(file.version) {
            guard let id = file.draft?.id.map({ MapID($0.value) }) else { continue }
            // An empty one is a mistake of the map already.
            let conditions = (maps.conditions[id] ?? []).filter { !$0.value.isBlank }
            if !conditions.isEmpty { mistakes[id] = ConditionCheck.mistakes(in: conditions) }
        }
        return mistakes.filter { !$0.value.isEmpty }
    }
}
