public import Journeys
import LuaSandbox
import Values

/// The maps and plugins that a workspace gives at one time. A moment uses one generation from its first
/// instant to its last (R41).
public final class Generation: Sendable {
    public let settings: Settings
    public let rulebook: Rulebook
    /// Every plugin that stands in the folder, by name.
    public let plugins: [String: Status]
    /// What is wrong with plugins and their folder; the maps that do not need them work.
    public let pluginMistakes: [Mistake]
    /// What is allowed and has no effect.
    public let notices: [Mistake]
    private let sources: [MapVersion: MapSource]

    public enum Status: Sendable {
        case loaded(LoadedPlugin)
        /// Every mistake of it.
        case failed([Mistake])
    }

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

    /// Reads and loads a workspace. Throws all mistakes of its settings and maps together: with one of
    /// them nothing runs. A plugin that does not load stops only the maps that need it.
    public init(reading tree: some FileTree) throws(Mistakes) {
        let files = WorkspaceFiles(reading: tree)
        let listing = PluginListing(reading: files.settings.plugins.folder, of: tree)
        plugins = Self.load(listing, files.settings)
        let states = Self.states(of: plugins)
        let resolved = files.resolve(with: states)
        let mistakes = files.mistakes + resolved.mistakes + Self.mistakes(inConditions: resolved)
        guard mistakes.isEmpty else { throw Mistakes(mistakes) }
        settings = files.settings
        let subscriptions = states.values.flatMap { state -> [Subscription] in
            if case .loaded(let manifest) = state { manifest.subscriptions.map(\.subscription) } else { [] }
        }
        rulebook = Rulebook(
            maps: resolved.maps, subscriptions: Subscriptions(subscriptions), limits: files.settings.limits)
        pluginMistakes =
            (listing.mistakes
            + plugins.values.flatMap { status -> [Mistake] in
                if case .failed(let mistakes) = status { mistakes } else { [] }
            }).sorted()
        notices = (files.notices + resolved.notices).sorted()
        sources = Dictionary(
            files.maps.map { ($0.version, MapSource(file: $0.file, bytes: $0.bytes)) },
            uniquingKeysWith: { first, _ in first })
    }

    public var hasFailedPlugins: Bool { !pluginMistakes.isEmpty }

    /// The version of a plugin that is loaded.
    public func version(of plugin: String) -> String? {
        if case .loaded(let loaded) = plugins[plugin] { loaded.version } else { nil }
    }

    /// The file of a map that this generation read.
    public func source(of version: MapVersion) -> MapSource? { sources[version] }

    /// A map in a version of an older day, with the plugins of this generation (R19).
    public func definition(of source: MapSource) throws(Mistakes) -> MapDefinition {
        try MapFile(source.bytes, file: source.file).definition(leniently: Self.states(of: plugins))
    }

    private static func load(_ listing: PluginListing, _ settings: Settings) -> [String: Status] {
        var plugins = listing.unreadable.mapValues(Status.failed)
        for source in listing.plugins {
            do throws(Mistakes) {
                plugins[source.name] = .loaded(try LoadedPlugin(source, settings: settings))
            } catch {
                plugins[source.name] = .failed(error.list)
            }
        }
        return plugins
    }

    private static func states(of plugins: [String: Status]) -> [String: PluginState] {
        plugins.mapValues { status in
            switch status {
            case .loaded(let plugin): .loaded(plugin.manifest)
            case .failed(let mistakes): .failed(mistakes.map(\.message).joined(separator: "; "))
            }
        }
    }

    /// Conditions that do not parse are mistakes of their maps.
    private static func mistakes(inConditions maps: ResolvedMaps) -> [Mistake] {
        var mistakes: [Mistake] = []
        for conditions in maps.conditions.values where !conditions.isEmpty {
            let program = HostLibrary.program(conditions: conditions.map(\.value))
            do throws(LoadFailure) {
                let sandbox = try Sandbox(program, limits: Limits())
                guard case .list(let exports) = sandbox.exports else { continue }
                for (condition, export) in zip(conditions, exports) {
                    guard case .string(let message) = export else { continue }
                    mistakes.append(
                        Mistake(
                            condition.place, "`when` is no Lua expression over event and lead: \(message)"))
                }
            } catch {
                mistakes.append(
                    Mistake(conditions[0].place, "the map's `when` do not load: \(error.message)"))
            }
        }
        return mistakes
    }
}
