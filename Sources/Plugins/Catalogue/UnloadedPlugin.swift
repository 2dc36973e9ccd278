public import Journeys

/// A plugin that does not load: all that is wrong with it.
public struct UnloadedPlugin: Error, Sendable {
    /// At least one.
    public let mistakes: [Mistake]
    /// What it declares all the same; nil where nothing could be read.
    public let partial: PartialManifest?
    /// Whether it was cut off because it took too long.
    package let isCutOff: Bool

    init(_ mistakes: [Mistake], declaring partial: PartialManifest? = nil, isCutOff: Bool = false) {
        precondition(!mistakes.isEmpty, "a plugin that does not load without a mistake")
        self.mistakes = mistakes
        self.partial = partial
        self.isCutOff = isCutOff
    }
}

/// What could be read of a plugin that does not load, so that what maps and settings give it is checked in the same
/// run.
public struct PartialManifest: Sendable {
    /// With those parts alone that have no mistake.
    public let manifest: PluginManifest
    /// The plugin's first file, from the workspace's folder.
    public let file: String
    /// The name that the plugin gives itself, which may be another than that of its file.
    public let writtenName: String?
    /// Whether the settings that it declares have no mistake.
    let hasReadSettings: Bool
}
