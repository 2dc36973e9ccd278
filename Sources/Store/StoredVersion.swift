public import Journeys
public import Values

/// A version of a plugin, of its settings or of a template that a moment used.
public struct StoredVersion: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case plugin, template
        /// Named by the plugin whose settings they are: one file of JSON with `settings`, what was `granted`
        /// and `limits`.
        case settings
    }

    public var kind: Kind
    public var name: String
    /// Of all its files; tells the version from every other of the same kind and name.
    public var hash: String
    /// The version that it gives itself.
    public var declared: String?
    /// The time of the first moment that used it.
    public var since: Timestamp

    public init(kind: Kind, name: String, hash: String, declared: String? = nil, since: Timestamp) {
        self.kind = kind
        self.name = name
        self.hash = hash
        self.declared = declared
        self.since = since
    }

    /// What tells versions apart. A version's files and what it calls itself never change.
    package var key: [ExactText] { Self.key(kind, name, hash) }

    package static func key(_ kind: Kind, _ name: String, _ hash: String) -> [ExactText] {
        [ExactText(kind.rawValue), ExactText(name), ExactText(hash)]
    }
}

/// A version with its files, as they were when it was used.
public struct StoredSource: Sendable, Hashable {
    public var version: StoredVersion
    /// In any order, each with a name of its own.
    public var files: [File]

    public struct File: Sendable, Hashable {
        /// From the folder that the version lay in: `greeting.lua`, `greeting/text.lua`.
        public var name: String
        public var bytes: [UInt8]

        public init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    public init(version: StoredVersion, files: [File]) {
        self.version = version
        self.files = files
    }
}

/// A lead with a track that is held because its decider failed (R34).
public struct HeldLead: Sendable, Hashable {
    public var id: LeadID
    /// The plugin whose decider failed last; nil when the store knows no such incident.
    public var plugin: String?
    /// The version of it that failed; nil when it was not there, or when an earlier version of the program
    /// kept the incident.
    public var pluginHash: String?

    public init(id: LeadID, plugin: String? = nil, pluginHash: String? = nil) {
        self.id = id
        self.plugin = plugin
        self.pluginHash = pluginHash
    }
}

extension IncidentRecord {
    /// Whether a decider's failing was why, by the name of its trigger: `MAP/TRACK/flex`.
    package var isOfDecider: Bool { trigger?.hasSuffix("/flex") ?? false }
}
