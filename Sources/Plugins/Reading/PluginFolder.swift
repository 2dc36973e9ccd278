public import Journeys
public import LuaSandbox
public import Values

/// The files of one plugin as they lie in the folder, read whole.
public struct PluginSource: Sendable, Hashable {
    public let name: String
    /// The file that is run first, from the workspace's folder: `plugins/greeting.lua`.
    public let file: String
    public let main: Source
    /// By the name that `require` is given: `text` for `greeting/text.lua`, `mail.html` for
    /// `greeting/mail/html.lua`.
    public let modules: [ExactText: Source]
    /// SHA-256 over the names and bytes of all its files.
    public let hash: String
}

/// What the plugins folder holds.
public struct PluginListing: Sendable {
    /// In the order of their names' bytes.
    public var plugins: [PluginSource] = []
    /// Plugins that are there and cannot be read, by name, with why.
    public var unreadable: [String: [Mistake]] = [:]
    /// What is wrong with the folder but belongs to no plugin: bad names, a name that is there twice.
    public var mistakes: [Mistake] = []
    /// Whether the folder is there and could be listed, or is not there.
    public var isListed = true

    public init() {}
}
