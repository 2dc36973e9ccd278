import Journeys
public import LuaSandbox
import Synchronization
public import Values

/// A plugin that was loaded once and can be loaded again, the same, wherever it is called.
public final class LoadedPlugin: Sendable {
    public let source: PluginSource
    public let manifest: PluginManifest
    public let granted: [Capability]
    /// ``granted`` as effects name them.
    let grantedNames: Set<String>
    /// The names of the secrets that it may use, in the order of their bytes.
    public let secrets: [String]
    public let limits: Limits
    /// What the operator set, completed by the defaults.
    public let settings: Table
    /// ``settings``, ``granted``, ``secrets`` if there are any, and ``limits`` as one JSON object.
    public let settingsDocument: [UInt8]
    /// SHA-256 of ``settingsDocument``.
    public let settingsHash: String
    let program: Program

    /// What the plugin calls its version, or else the beginning of its hash.
    public var version: String { manifest.version ?? String(source.hash.prefix(12)) }

    /// How many bytes of memory each lane that calls the plugin keeps twice: to run on, and to put back.
    public let keptBytes: Int

    /// What loading gave, to be kept for later; nil where another reading could not go by it.
    let load: PluginLoad?
    /// Whether ``load`` was kept from an earlier time, and nothing was loaded now.
    package let isRecalled: Bool
    private let disproof = Atomic(false)

    /// What loading gave, to be kept for later; nil where another reading could not go by it.
    package var keptLoad: PluginLoad? { isDisproved ? nil : load }

    /// Whether the plugin was loaded since and declares something else than what was kept of it.
    package var isDisproved: Bool { disproof.load(ordering: .relaxed) }

    /// Holds what a plugin gives that is loaded to be called against what was kept of it.
    ///
    /// - Returns: false where they differ: nothing is done that was decided on what was kept.
    func proves(_ exports: Export) -> Bool {
        guard isRecalled, let load, load.exports != exports.json else { return true }
        disproof.store(true, ordering: .relaxed)
        return false
    }

    /// Loads the plugin in the sandbox and checks all that it declares, and the settings that it is given. Throws every
    /// mistake.
    ///
    /// - Parameter deadline: the CPU time that loading may take at most, where that is less than the plugin's
    ///   limits allow.
    /// - Returns: nil where the deadline passed.
    package static func load(
        _ source: PluginSource, settings: some PluginSettings, within deadline: Duration
    ) throws(UnloadedPlugin) -> LoadedPlugin? {
        var limits = settings.limits(of: source.name)
        let own = limits.deadline
        let ofCall = deadline / Limits.loadingFactor
        if own == .zero || ofCall < own { limits.deadline = ofCall }
        do throws(LoadingEnd) {
            return try LoadedPlugin(source, settings, loadingWith: limits)
        } catch {
            switch error {
            case .unloaded(let unloaded): throw unloaded
            case .late(let unloaded):
                if limits.deadline == own { throw unloaded }
                return nil
            }
        }
    }

    /// The same, with the time that the plugin's limits allow.
    package convenience init(_ source: PluginSource, settings: some PluginSettings) throws(UnloadedPlugin) {
        do throws(LoadingEnd) {
            try self.init(source, settings, loadingWith: settings.limits(of: source.name))
        } catch {
            throw error.unloaded
        }
    }

    /// The same plugin, with the lines of its files that run counted.
    ///
    /// - Parameter coverage: nil for a count of its own.
    package func counting(in coverage: LineCoverage?) -> LoadedPlugin {
        LoadedPlugin(
            counting: self, in: coverage ?? LineCoverage([source.main] + Array(source.modules.values)))
    }

    private init(counting other: LoadedPlugin, in coverage: LineCoverage) {
        source = other.source
        manifest = other.manifest
        granted = other.granted
        grantedNames = other.grantedNames
        secrets = other.secrets
        limits = other.limits
        settings = other.settings
        settingsDocument = other.settingsDocument
        settingsHash = other.settingsHash
        keptBytes = other.keptBytes
        load = other.load
        isRecalled = other.isRecalled
        var program = other.program
        program.coverage = coverage
        self.program = program
    }

    /// Which lines of its files ran, where that is counted.
    package var coverage: LineCoverage? { program.coverage }

    private init(
        _ source: PluginSource, _ settings: some PluginSettings, loadingWith loadLimits: Limits
    ) throws(LoadingEnd) {
        self.source = source
        limits = settings.limits(of: source.name)
        secrets = settings.secrets(of: source.name)
        // Which settings a plugin declares is in the plugin itself: it is loaded with those that were given,
        // and again where the defaults of the others, or what is granted, make a difference.
        let given = settings.given(to: source.name)
        isRecalled = false
        let first = HostLibrary.program(source, settings: given, granted: [], secrets: secrets)
        let declared: Image
        do throws(LoadingEnd) {
            declared = try Self.load(source, first, loadLimits)
        } catch {
            throw error.adding(settings)
        }
        let completed: Table
        do throws(Mistakes) {
            completed = try settings.values(for: declared.manifest)
        } catch {
            let partial = PartialManifest(
                manifest: declared.manifest, file: source.file, writtenName: source.name,
                hasReadSettings: true)
            throw .unloaded(UnloadedPlugin(error.list, declaring: partial))
        }
        granted = settings.granted(to: declared.manifest)
        grantedNames = Set(granted.map(\.description))
        self.settings = completed
        settingsDocument = Self.document(completed, granted, secrets, limits)
        settingsHash = SHA256.hexadecimal(of: settingsDocument)
        let image: Image
        let form = CallDeclarations(declared.manifest.settings).settings
        if granted.isEmpty, completed == given, !form.hasInner {
            program = first
            image = declared
        } else {
            program = HostLibrary.program(
                source, settings: completed, declared: form, granted: granted, secrets: secrets)
            image = try Self.load(source, program, loadLimits)
        }
        manifest = image.manifest
        keptBytes = image.keptBytes
        // What is granted goes by what the plugin needs before it has anything.
        load =
            declared.manifest.needs == manifest.needs
            ? PluginLoad(
                plugin: source.name,
                key: PluginLoad.key(
                    of: source, given: given, settings: completed, granted: granted, secrets: secrets, limits),
                exports: image.exports.json, keptBytes: keptBytes)
            : nil
    }

    /// The plugin by what was kept when it was loaded before; nil where that does not fit any more. The program runs when
    /// it is called first.
    package init?(
        _ source: PluginSource, settings: some PluginSettings, recalling load: PluginLoad
    ) {
        let given = settings.given(to: source.name)
        let limits = settings.limits(of: source.name)
        let secrets = settings.secrets(of: source.name)
        guard let exports = load.readExports(limits),
            let manifest = try? PluginManifest.read(exports, name: source.name, file: source.file),
            let completed = try? settings.values(for: manifest)
        else { return nil }
        let granted = settings.granted(to: manifest)
        let key = PluginLoad.key(
            of: source, given: given, settings: completed, granted: granted, secrets: secrets, limits)
        guard key == load.key else { return nil }
        self.source = source
        self.manifest = manifest
        self.granted = granted
        grantedNames = Set(granted.map(\.description))
        self.secrets = secrets
        self.limits = limits
        self.settings = completed
        settingsDocument = Self.document(completed, granted, secrets, limits)
        settingsHash = SHA256.hexadecimal(of: settingsDocument)
        let form = CallDeclarations(manifest.settings).settings
        program = HostLibrary.program(
            source, settings: completed, declared: form, granted: granted, secrets: secrets)
        keptBytes = load.keptBytes
        self.load = load
        isRecalled = true
    }

    /// What loading a program gives.
    private struct Image {
        let exports: Export
        let manifest: PluginManifest
        let keptBytes: Int
    }

    /// How loading ended without a plugin.
    private enum LoadingEnd: Error {
        case unloaded(UnloadedPlugin)
        /// It took too long.
        case late(UnloadedPlugin)

        var unloaded: UnloadedPlugin {
            switch self {
            case .unloaded(let unloaded), .late(let unloaded): unloaded
            }
        }

        /// With what is wrong with the settings too, where it is known which the plugin declares.
        func adding(_ settings: some PluginSettings) -> LoadingEnd {
            guard case .unloaded(let unloaded) = self, let partial = unloaded.partial,
                partial.hasReadSettings
            else { return self }
            do throws(Mistakes) {
                _ = try settings.values(for: partial.manifest)
                return self
            } catch {
                return .unloaded(UnloadedPlugin(unloaded.mistakes + error.list, declaring: partial))
            }
        }
    }

    /// Whether loading these files with these settings would give the same plugin.
    package func isSame(as source: PluginSource, under settings: some PluginSettings) -> Bool {
        guard source.hash == self.source.hash, source.file == self.source.file,
            settings.limits(of: source.name) == limits, settings.granted(to: manifest) == granted,
            settings.secrets(of: source.name) == secrets,
            let completed = try? settings.values(for: manifest)
        else { return false }
        return sameBytes(Value.table(completed).json, Value.table(self.settings).json)
    }

    private static func document(
        _ settings: Table, _ granted: [Capability], _ secrets: [String], _ limits: Limits
    ) -> [UInt8] {
        let deadline = limits.deadline.components
        var limitTable: Table = [
            "memory_bytes": .integer(Int64(limits.memoryBytes)),
            "deadline_ms": .integer(deadline.seconds * 1000 + deadline.attoseconds / 1_000_000_000_000_000),
        ]
        limitTable["instructions"] = limits.instructions.map { .integer(Int64($0)) }
        var document: Table = [
            "settings": .table(settings), "granted": .list(granted.map { .string($0.description) }),
            "limits": .table(limitTable),
        ]
        if !secrets.isEmpty { document["secrets"] = .list(secrets.map(Value.string)) }
        return Array(Value.table(document).json.utf8)
    }

    private static func load(
        _ source: PluginSource, _ program: Program, _ limits: Limits
    ) throws(LoadingEnd) -> Image {
        let sandbox: Sandbox
        do throws(LoadFailure) {
            sandbox = try Sandbox(program, limits: limits)
        } catch {
            let trace = error.traceback.map { "\n    \($0)" }.joined()
            let (place, message) = source.place(of: error)
            let mistake = Mistake(
                place, "the plugin does not load: \(error.reason.rawValue): \(message)\(trace)")
            if error.reason == .deadline { throw .late(UnloadedPlugin([mistake], isCutOff: true)) }
            throw .unloaded(UnloadedPlugin([mistake] + source.syntaxMistakes(besides: place.file, limits)))
        }
        do throws(UnloadedPlugin) {
            let manifest = try PluginManifest.read(
                sandbox.exports, name: source.name, file: source.file)
            return Image(exports: sandbox.exports, manifest: manifest, keptBytes: sandbox.keptBytes)
        } catch {
            throw .unloaded(error)
        }
    }
}
