package import Journeys
public import LuaSandbox
public import Values

/// A plugin that was loaded once and can be loaded again, the same, wherever it is called.
public final class LoadedPlugin: Sendable {
    public let source: PluginSource
    public let manifest: PluginManifest
    public let granted: [Capability]
    public let limits: Limits
    /// What the operator set, completed by the defaults.
    public let settings: Table
    /// ``settings``, ``granted`` and ``limits`` as one JSON object.
    public let settingsDocument: [UInt8]
    /// SHA-256 of ``settingsDocument``.
    public let settingsHash: String
    let program: Program

    /// What the plugin calls its version, or else the beginning of its hash.
    public var version: String { manifest.version ?? String(source.hash.prefix(12)) }

    /// Loads the plugin in the sandbox and checks all that it declares. Throws every mistake of it.
    package init(_ source: PluginSource, settings: some PluginSettings) throws(Mistakes) {
        self.source = source
        limits = settings.limits(of: source.name)
        // Which settings a plugin declares is in the plugin itself: it is loaded with those that were given,
        // and again with the defaults of those that were not.
        let first = HostLibrary.program(source, settings: settings.given(to: source.name), granted: [])
        let declared = try Self.manifest(of: source, first, limits)
        let completed = try settings.values(for: declared)
        granted = settings.granted(to: declared)
        self.settings = completed
        settingsDocument = Self.document(completed, granted, limits)
        settingsHash = SHA256.hexadecimal(of: settingsDocument)
        program = HostLibrary.program(source, settings: completed, granted: granted)
        manifest = try Self.manifest(of: source, program, limits)
    }

    /// Whether loading these files with these settings would give the same plugin.
    package func isSame(as source: PluginSource, under settings: some PluginSettings) -> Bool {
        guard source.hash == self.source.hash, source.file == self.source.file,
            settings.limits(of: source.name) == limits, settings.granted(to: manifest) == granted,
            let completed = try? settings.values(for: manifest)
        else { return false }
        return sameBytes(Value.table(completed).json, Value.table(self.settings).json)
    }

    private static func document(_ settings: Table, _ granted: [Capability], _ limits: Limits) -> [UInt8] {
        let deadline = limits.deadline.components
        var limitTable: Table = [
            "memory_bytes": .integer(Int64(limits.memoryBytes)),
            "deadline_ms": .integer(deadline.seconds * 1000 + deadline.attoseconds / 1_000_000_000_000_000),
        ]
        limitTable["instructions"] = limits.instructions.map { .integer(Int64($0)) }
        let document: Value = [
            "settings": .table(settings), "granted": .list(granted.map { .string($0.description) }),
            "limits": .table(limitTable),
        ]
        return Array(document.json.utf8)
    }

    private static func manifest(
        of source: PluginSource, _ program: Program, _ limits: Limits
    ) throws(Mistakes) -> PluginManifest {
        let sandbox: Sandbox
        do {
            sandbox = try Sandbox(program, limits: limits)
        } catch {
            let trace = error.traceback.map { "\n    \($0)" }.joined()
            let (place, message) = source.place(of: error)
            throw Mistakes([
                Mistake(place, "the plugin does not load: \(error.reason.rawValue): \(message)\(trace)")
            ])
        }
        return try PluginManifest(reading: sandbox.exports, name: source.name, file: source.file)
    }
}
