import Journeys
public import Values

/// What a moment's calls were functions of, beside what is in the moment itself (R37): the host, the maps whose
/// triggers and conditions ran, and the plugins that were called.
///
/// A value in one word: nearly all moments share one, and what several threads count costs them more.
public struct Provenance: Sendable {
    private let shared: Shared<Contents>

    private struct Contents {
        let host: String
        let maps: [Map]
        let plugins: [Plugin]
        let json: String
    }

    /// The version of the program and of the library that calls see.
    public var host: String { shared.content.host }
    /// In the order of their ids' and versions' bytes, each once.
    public var maps: [Map] { shared.content.maps }
    /// In the order of their names' bytes, each once.
    public var plugins: [Plugin] { shared.content.plugins }
    /// As it is kept: equal bytes mean the same.
    package var json: String { shared.content.json }

    public struct Map: Sendable, Hashable {
        public let map: String
        public let version: String

        public init(map: String, version: String) {
            self.map = map
            self.version = version
        }
    }

    public struct Plugin: Sendable, Hashable {
        public let name: String
        /// The version that it gives itself, or else the beginning of its hash.
        public let version: String
        /// The hash of its files, which are kept as a ``StoredVersion``.
        public let hash: String
        /// The hash of its settings with what it was granted and its limits, which are kept as a
        /// ``StoredVersion`` of the kind `settings`.
        public let settings: String

        public init(name: String, version: String, hash: String, settings: String) {
            self.name = name
            self.version = version
            self.hash = hash
            self.settings = settings
        }
    }

    public init(host: String, maps: [Map], plugins: [Plugin]) {
        var known = Set<Map>()
        let maps = maps.filter { known.insert($0).inserted }.sorted {
            let order = compareBytes($0.map, $1.map)
            return order == 0 ? compareBytes($0.version, $1.version) < 0 : order < 0
        }
        var names = Set<Plugin>()
        let plugins = plugins.filter { names.insert($0).inserted }
            .sorted { compareBytes($0.name, $1.name) < 0 }
        shared = Shared(
            Contents(
                host: host, maps: maps, plugins: plugins, json: Self.value(host, maps, plugins).json))
    }

    /// Whether it is a copy of the other: not whether they are equal.
    package func isCopy(of other: Provenance) -> Bool { shared.isCopy(of: other.shared) }

    /// As an object for others to read: `host`, `maps` and `plugins`.
    public var value: Value { Self.value(host, maps, plugins) }

    private static func value(_ host: String, _ maps: [Map], _ plugins: [Plugin]) -> Value {
        [
            "host": .string(host),
            "maps": .list(maps.map { ["map": .string($0.map), "version": .string($0.version)] }),
            "plugins": .list(
                plugins.map {
                    [
                        "plugin": .string($0.name), "version": .string($0.version), "hash": .string($0.hash),
                        "settings": .string($0.settings),
                    ]
                }),
        ]
    }

    /// Reads what ``json`` wrote.
    package init(json: [UInt8]) throws(StoreError) {
        let table = try Value(storedJSON: json).table
        guard let host = table?["host"]?.string, let maps = table?["maps"]?.list,
            let plugins = table?["plugins"]?.list
        else { throw .damaged("what a moment's calls were functions of does not read") }
        self.init(
            host: host,
            maps: maps.compactMap(\.table).map {
                Map(map: $0["map"]?.string ?? "", version: $0["version"]?.string ?? "")
            },
            plugins: plugins.compactMap(\.table).map {
                Plugin(
                    name: $0["plugin"]?.string ?? "", version: $0["version"]?.string ?? "",
                    hash: $0["hash"]?.string ?? "", settings: $0["settings"]?.string ?? "")
            })
    }
}

extension Provenance: Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        left.isCopy(of: right) || sameBytes(left.json, right.json)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(bytesOf: json) }
}
