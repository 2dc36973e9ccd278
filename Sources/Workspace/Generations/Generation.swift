public import Journeys
public import Plugins

/// The maps and plugins that a workspace gives at one time. A moment uses one generation from its first
/// instant to its last (R41).
public final class Generation: Sendable {
    public let settings: Settings
    public let rulebook: Rulebook
    public let catalogue: PluginCatalogue
    /// Those that can be read, by name.
    public let templates: [String: Template]
    /// What is wrong with plugins and their folder; the maps that do not need them work.
    public let pluginMistakes: [Mistake]
    /// What is wrong with templates; what they were before holds instead.
    public let templateMistakes: [Mistake]
    /// What is wrong with settings and maps; what they said before holds instead. Empty in a generation that
    /// follows no other.
    public let fileMistakes: [Mistake]
    /// What is allowed and has no effect.
    public let notices: [Mistake]
    /// The plugins that wait to be loaded: there was not enough time for all. Reading again loads more of them.
    public let waitingPlugins: Set<String>
    let slowFailures: [String: PluginLoading.SlowFailure]
    /// The plugins that were cut off while they loaded.
    let cutOffs: [String: CutOffLoad]
    /// The files of the maps that can be used, each in the last version that could.
    let mapFiles: [MapID: MapFile]
    /// The text of the settings that hold; nil where there is no file.
    let settingsBytes: [UInt8]?
    /// The variables that went before what the settings' file says.
    let environment: [String: String]
    private let sources: [MapVersion: MapSource]

    public typealias PluginEntry = PluginCatalogue.Entry

    /// The text of a map's file.
    public struct MapSource: Sendable {
        /// From the workspace's folder: `maps/new-buyer.yaml`.
        public let file: String
        public let bytes: [UInt8]

        public init(file: String, bytes: [UInt8]) {
            self.file = file
            self.bytes = bytes
        }
    }

    /// Reads and loads a workspace. With a mistake of its settings or maps nothing runs: then it throws every
    /// mistake of every file. A plugin that does not load stops only the maps that need it.
    ///
    /// `environment` are the variables of the process, of which some give settings. The generations that
    /// follow this one go by the same. `recalling` gives what was kept of loading the plugins before, where these settings
    /// hold: a plugin that it fits is loaded when it is called first.
    public convenience init(
        reading tree: some FileTree, environment: [String: String] = [:],
        recalling: (Settings) -> KeptLoads = { _ in KeptLoads() }
    ) throws(Mistakes) {
        let reading = GenerationReading(
            tree, environment: environment, after: nil, recalling: recalling)
        guard reading.fileMistakes.isEmpty else { throw Mistakes(reading.mistakes) }
        self.init(reading)
    }

    /// Reads and loads a workspace again. Whatever is wrong, the generation can be used, and
    /// ``mistakes`` says what is.
    ///
    /// | what is found | what holds |
    /// | --- | --- |
    /// | a plugin with the same files, settings, grants and limits | the very ``LoadedPlugin``: nothing is loaded |
    /// | a plugin that changed | the new version if it loads, else the last good one, with the settings of now if it loads with them |
    /// | a plugin that was removed, or put back and does not load | it is gone; maps that use it stay, and its calls fail as `unavailable` |
    /// | two files with the name of one plugin | the one that was there, else the first in byte order |
    /// | a plugins folder that cannot be listed | the plugins that there were |
    /// | a map with mistakes, also one that does not fit its plugins | its last good version |
    /// | a map that was removed | no new journeys; those that began keep their version (R19) |
    /// | a template that cannot be read | its last good version |
    /// | settings with mistakes | the last good ones |
    /// | no settings, or none any more | the defaults |
    /// | no workspace any more | everything that there was |
    public convenience init(reading tree: some FileTree, after previous: Generation) {
        self.init(GenerationReading(again: tree, after: previous))
    }

    init(_ reading: GenerationReading) {
        settings = reading.settings
        environment = reading.environment
        settingsBytes = reading.settingsBytes
        catalogue = PluginCatalogue(reading.plugins, templates: Set(reading.templates.keys))
        templates = reading.templates
        templateMistakes = reading.templateMistakes
        let subscriptions = reading.plugins.values.flatMap { status -> [Subscription] in
            if case .loaded(let plugin, _) = status {
                plugin.manifest.subscriptions.map(\.subscription)
            } else {
                []
            }
        }
        rulebook = Rulebook(
            maps: reading.maps, subscriptions: Subscriptions(subscriptions),
            endpoints: settings.deliver.eventEndpoints, limits: settings.limits,
            momentLimits: settings.momentLimits)
        pluginMistakes = reading.pluginMistakes
        fileMistakes = reading.fileMistakes
        notices = reading.notices
        waitingPlugins = reading.waitingPlugins
        slowFailures = reading.slowFailures
        cutOffs = reading.cutOffs
        mapFiles = reading.mapFiles
        sources = Dictionary(
            reading.mapFiles.values.map { ($0.version, MapSource(file: $0.file, bytes: $0.bytes)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// The same generation, with the lines of its plugins' files that run counted.
    ///
    /// - Parameter other: one whose counts the plugins share that are the same in both; nil for counts of their own.
    package func countingLines(with other: Generation? = nil) -> Generation {
        Generation(counting: self, with: other)
    }

    private init(counting generation: Generation, with other: Generation?) {
        settings = generation.settings
        rulebook = generation.rulebook
        let counting = generation.plugins.mapValues { entry -> PluginEntry in
            guard case .loaded(let plugin, let failing) = entry, plugin.coverage == nil else { return entry }
            let shared = other?.catalogue[plugin.id]?.coverage
            guard other == nil || shared != nil else { return entry }
            return .loaded(plugin.counting(in: shared), failing: failing)
        }
        catalogue = PluginCatalogue(counting, templates: Set(generation.templates.keys))
        templates = generation.templates
        pluginMistakes = generation.pluginMistakes
        templateMistakes = generation.templateMistakes
        fileMistakes = generation.fileMistakes
        notices = generation.notices
        waitingPlugins = generation.waitingPlugins
        slowFailures = generation.slowFailures
        cutOffs = generation.cutOffs
        mapFiles = generation.mapFiles
        settingsBytes = generation.settingsBytes
        environment = generation.environment
        sources = generation.sources
    }

    /// Everything that is wrong, sorted.
    public var mistakes: [Mistake] { (fileMistakes + pluginMistakes + templateMistakes).sorted() }

    public var hasFailedPlugins: Bool { !pluginMistakes.isEmpty }

    /// The version of a plugin that is loaded.
    public func version(of plugin: String) -> String? { loaded(plugin)?.version }

    /// The plugin, if a version of it is loaded.
    public func loaded(_ plugin: String) -> LoadedPlugin? { catalogue.loaded(plugin) }

    /// Every plugin that is in the folder, by name.
    public var plugins: [String: PluginEntry] { catalogue.current }

    /// The file of a map that can be used or only lacks plugins, in the last version that could be read.
    package func file(of map: MapID) -> MapFile? { mapFiles[map] }

    /// The file of a map that this generation read.
    public func source(of version: MapVersion) -> MapSource? { sources[version] }

    static func states(of plugins: [String: PluginEntry]) -> [String: PluginState] {
        plugins.mapValues { status in
            switch status {
            case .loaded(let plugin, _): .loaded(plugin.manifest)
            case .failed(let mistakes, let partial):
                .failed(mistakes.map(\.description).joined(separator: "; "), declaring: partial)
            }
        }
    }
}
