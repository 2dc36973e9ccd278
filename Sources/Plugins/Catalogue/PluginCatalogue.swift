public import Journeys

/// A version of a plugin: its name, and the hash of its files.
public struct PluginVersion: Sendable, Hashable, CustomStringConvertible {
    public let name: String
    public let hash: String

    public init(name: String, hash: String) {
        self.name = name
        self.hash = hash
    }

    public var description: String { "\(name) \(hash.prefix(12))" }
}

/// The plugins that can be called, each version by its name and hash.
public final class PluginCatalogue: Sendable {
    /// Every plugin that there is now, by name.
    public let current: [String: Entry]
    /// The names of the templates that mail may name; nil where they are not known.
    let templates: Set<String>?
    private let versions: [PluginVersion: LoadedPlugin]

    public enum Entry: Sendable {
        /// Loaded; `failing` says what keeps a newer version from taking its place.
        case loaded(LoadedPlugin, failing: [Mistake] = [])
        /// Every mistake of it, and what it declares all the same.
        case failed([Mistake], declaring: PartialManifest? = nil)
    }

    public init(_ current: [String: Entry], templates: Set<String>? = nil) {
        self.current = current
        self.templates = templates
        var versions: [PluginVersion: LoadedPlugin] = [:]
        for case .loaded(let plugin, _) in current.values { versions[plugin.id] = plugin }
        self.versions = versions
    }

    /// The same with another version of one plugin.
    package func with(_ plugin: LoadedPlugin) -> PluginCatalogue {
        var changed = current
        changed[plugin.source.name] = .loaded(plugin)
        return PluginCatalogue(changed, templates: templates)
    }

    /// The version of a plugin that calls run on now, if one is loaded.
    public func loaded(_ name: String) -> LoadedPlugin? {
        if case .loaded(let plugin, _) = current[name] { plugin } else { nil }
    }

    /// A version of a plugin, if it is loaded.
    public subscript(version: PluginVersion) -> LoadedPlugin? { versions[version] }
}

extension LoadedPlugin {
    /// What tells this version from every other of any plugin.
    public var id: PluginVersion { PluginVersion(name: source.name, hash: source.hash) }
}
