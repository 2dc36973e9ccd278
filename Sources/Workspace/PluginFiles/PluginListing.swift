public import Journeys
public import Plugins

/// What the plugins folder holds.
public struct PluginListing: Sendable {
    /// In the order of their names' bytes.
    public var plugins: [PluginSource] = []
    /// Plugins that are there and cannot be read, by name, with why.
    public var unreadable: [String: [Mistake]] = [:]
    /// What is wrong with the folder but belongs to no plugin: bad names, a name that is there twice.
    public var mistakes: [Mistake] = []
    /// Files that are not read, although they look like a plugin's; sorted.
    public var notices: [Mistake] = []
    /// Whether the folder is there and could be listed, or is not there.
    public var isListed = true

    public init() {}
}
