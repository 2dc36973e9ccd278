public import Journeys
public import LuaSandbox
public import Plugins
package import Values

/// What the operator says in `signalbox.yaml`; an empty or missing file means the defaults.
public struct Settings: Sendable {
    public static let fileName = "signalbox.yaml"
    /// Read from by other programs, and so looked for where there is no ``fileName``.
    static let misspelledFileName = "signalbox.yml"
    public static let fileLimitBytes = 1 << 20

    public var plugins = Plugins()
    /// The store's file, from the workspace's folder.
    public var store = "data/signalbox.db"
    /// How many lanes run leads; nil for one a core.
    public var lanes: Int?
    public var limits = RecordLimits()
    /// What the calls of one moment may ask for together; their time follows ``Plugins/limits``.
    public var momentLimits = MomentLimits()
    /// How long a line of a file of commands may be.
    public var lineLimitBytes = 1 << 20
    /// How many commands may wait; more are refused (`busy`).
    public var queueLimit = 10_000
    public var deliver = DeliverySettings()
    public var serve = ServeSettings()
    /// What plugins may put into requests without seeing it, by name.
    public var secrets: [String: GrantedSecret] = [:]
    /// Where ``secrets`` name a plugin.
    var secretPlaces: [Placed<String>] = []
    /// The time zone of what names none, by its IANA name.
    public var zone = "UTC"
    public var retention = Retention()

    public init() {}

    /// How long what is over is kept (R61); nil keeps it for good.
    public struct Retention: Sendable, Hashable {
        public var history: Duration?
        public var deliveries: Duration?
        public var incidents: Duration?
        /// Of commands (R40).
        public var ids: Duration?

        public init() {}
    }

    public struct Plugins: Sendable {
        /// Watched; from the workspace's folder.
        public var folder = "plugins"
        public var grant = Grant.declared
        /// Where ``grant`` lists a plugin, by its name.
        var grantPlaces: [String: FilePlace] = [:]
        /// For every plugin that ``each`` says nothing else about.
        public var limits = LimitChanges()
        /// By the plugin's name.
        public var each: [String: One] = [:]
        /// Whether ``each`` could not be read.
        var isEachUnread = false
    }

    public struct One: Sendable {
        public var settings = ParametersDraft()
        public var limits = LimitChanges()
        /// Where the plugin's name is.
        public var place: FilePlace

        public init(at place: FilePlace) { self.place = place }
    }

    /// Which capabilities plugins get of those that they declare.
    public enum Grant: Sendable, Hashable {
        /// All.
        case declared
        /// Those that are listed for the plugin's name; none for a plugin that is not listed.
        case listed([String: [Capability]])
    }

    /// What differs from the limits that hold else; nil leaves them.
    public struct LimitChanges: Sendable, Hashable {
        public var deadline: Duration?
        public var memoryBytes: Int?
        public var instructions: Instructions?
        public var effectCount: Int?
        public var logBytes: Int?

        public enum Instructions: Sendable, Hashable {
            case none
            case atMost(Int)
        }

        public init() {}

        func apply(to limits: inout Limits) {
            if let deadline { limits.deadline = deadline }
            if let memoryBytes { limits.memoryBytes = memoryBytes }
            if let effectCount { limits.effectCount = effectCount }
            if let logBytes { limits.logBytes = logBytes }
            switch instructions {
            case nil: break
            case Instructions.none?: limits.instructions = nil
            case .atMost(let count)?: limits.instructions = count
            }
        }
    }

    /// The limits of a plugin's calls.
    public func limits(of plugin: String) -> Limits {
        var limits = Limits()
        plugins.limits.apply(to: &limits)
        plugins.each[plugin]?.limits.apply(to: &limits)
        return limits
    }

    /// What the plugin declares and the operator grants.
    public func granted(to manifest: PluginManifest) -> [Capability] {
        switch plugins.grant {
        case .declared: manifest.needs
        case .listed(let byPlugin): manifest.needs.filter { byPlugin[manifest.name]?.contains($0) == true }
        }
    }
}

extension Settings: PluginSettings {
    package func secrets(of plugin: String) -> [String] {
        secrets.filter { $0.value.plugins.contains { sameBytes($0, plugin) } }.keys
            .sorted { compareBytes($0, $1) < 0 }
    }

    package func given(to plugin: String) -> Table { plugins.each[plugin]?.settings.given.table ?? Table() }
}
