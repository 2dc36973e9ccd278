public import Journeys
public import Values

/// A workspace's settings and maps as they were read, before plugins are looked at.
public struct WorkspaceFiles: Sendable {
    public static let mapFolder = "maps"
    /// How many maps a workspace may have.
    public static let mapLimit = 10_000
    /// How many bytes all files of maps may have together.
    public static let mapBytesLimit = 32 << 20

    /// As far as they could be read. Who needs good ones reads ``Settings/init(reading:)``.
    var settings = Settings()
    /// The bytes of the settings' file; nil where there is none.
    public var settingsBytes: [UInt8]?
    /// In the order of their files' bytes; a map whose id another file has already is left out.
    public var maps: [MapFile] = []
    /// The paths of all map files that are there, those that cannot be read or used among them; nil when the
    /// folder could not be listed.
    public var mapPaths: Set<ExactText>? = []
    /// Whether the settings have no mistake.
    var areSettingsGood = true
    /// What is wrong with settings and maps, plugins left out of account; sorted.
    public var mistakes: [Mistake] = []
    /// What is allowed and has no effect; sorted.
    public var notices: [Mistake] = []

    /// An empty workspace: the default settings and no maps.
    public init() {}
}
