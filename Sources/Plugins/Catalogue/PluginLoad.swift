import Journeys
package import LuaSandbox
package import Values

/// What loading a plugin gave, kept so that it can be known again without being loaded.
package struct PluginLoad: Sendable, Hashable {
    package let plugin: String
    /// What loading is a function of beside the program that does it, as 64 hexadecimal digits
    /// (``key(of:given:settings:granted:secrets:_:)``).
    package let key: String
    /// As ``Export`` writes them.
    package let exports: [UInt8]
    /// As ``LoadedPlugin/keptBytes``.
    package let keptBytes: Int

    /// More than any plugin may keep.
    package static let keptLimitBytes = 1 << 40

    /// - Returns: nil where the number is not one that loading gives.
    package init?(plugin: String, key: String, exports: [UInt8], keptBytes: Int) {
        guard (0..<Self.keptLimitBytes).contains(keptBytes) else { return nil }
        self.plugin = plugin
        self.key = key
        self.exports = exports
        self.keptBytes = keptBytes
    }

    /// SHA-256 over the plugin's files with their names, the constants that it is loaded with, before and after its own
    /// declarations complete them, and the limits.
    package static func key(
        of source: PluginSource, given: Table, settings: Table = Table(), granted: [Capability] = [],
        secrets: [String], _ limits: Limits
    ) -> String {
        let deadline = limits.deadline.components
        let content: Value = [
            "plugin": .string(source.name), "files": .string(source.hash), "given": .table(given),
            "settings": .table(settings), "granted": .list(granted.map { .string($0.description) }),
            "secrets": .list(secrets.map(Value.string)),
            "limits": [
                "memory": .integer(Int64(limits.memoryBytes)),
                "instructions": limits.instructions.map { .integer(Int64($0)) } ?? .null,
                "deadline": [.integer(deadline.seconds), .integer(deadline.attoseconds)],
                "effects": .integer(Int64(limits.effectCount)),
                "effect_bytes": .integer(Int64(limits.effectBytes)),
                "log": .integer(Int64(limits.logBytes)), "depth": .integer(Int64(limits.valueDepth)),
                "source": .integer(Int64(limits.sourceBytes)),
            ],
        ]
        return SHA256.hexadecimal(of: content.json.utf8)
    }

    /// Nil where they do not read. What is read may be anybody's: it is checked as what a plugin returns is.
    func readExports(_ limits: Limits) -> Export? {
        // Each table is inside another that says what it is.
        let depth = 2 * limits.valueDepth + 2
        guard let value = try? JSONReader.read(stored: exports, depthLimit: depth) else { return nil }
        return Export(json: value)
    }
}
