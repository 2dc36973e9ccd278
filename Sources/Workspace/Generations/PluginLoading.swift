import Journeys
import LuaSandbox
import Plugins
import Values

#if canImport(Glibc)
    import Glibc
#endif

/// Loads the plugins of one reading, and holds them to what all of them may have together.
struct PluginLoading {
    /// The CPU time that the plugins that are slow to load may take together in one reading. Those that are left
    /// are loaded by the next.
    static let budget = Duration.seconds(2)
    /// A plugin that takes longer than this to load is slow: it waits until the others are loaded.
    static let quick = Duration.milliseconds(20)
    /// What all plugins may keep in memory together (``LoadedPlugin/keptBytes``).
    static let keptLimitBytes = 256 << 20
    /// How many subscriptions all plugins may have together.
    static let subscriptionLimit = 100_000

    /// What a slow plugin has wrong, in the version of this hash.
    struct SlowFailure: Sendable {
        let hash: String
        let unloaded: UnloadedPlugin
    }

    private(set) var plugins: [String: Generation.PluginEntry] = [:]
    /// The plugins for which there was no time.
    private(set) var waiting: Set<String> = []
    /// The slow plugins that did not load, which are not tried again before something about them changes.
    private(set) var slowFailures: [String: SlowFailure] = [:]
    /// The plugins that were cut off while they loaded, now or when they were last tried.
    private(set) var cutOffs: [String: CutOffLoad] = [:]
    private let settings: Settings
    private let settingsBytes: [UInt8]
    private let areSettingsSame: Bool
    private let previous: Generation?
    /// Nil to load all slow plugins, however long that takes.
    private let budget: Duration?
    /// Once it says so, nothing more is loaded.
    private let isCancelled: () -> Bool
    /// What was kept of loading plugins before.
    private let keptLoads: KeptLoads
    private var keptBytes = 0
    private var subscriptions = 0

    init(
        _ settings: Settings, bytes settingsBytes: [UInt8], areSettingsSame: Bool,
        after previous: Generation?,
        within budget: Duration? = Self.budget, recalling keptLoads: KeptLoads = KeptLoads(),
        until isCancelled: @escaping () -> Bool
    ) {
        self.keptLoads = keptLoads
        self.budget = budget
        self.isCancelled = isCancelled
        self.settings = settings
        self.settingsBytes = settingsBytes
        self.areSettingsSame = areSettingsSame
        self.previous = previous
    }

    mutating func load(_ listing: PluginListing) {
        for (name, mistakes) in listing.unreadable { fail(name, mistakes) }
        var changed: [PluginSource] = []
        for source in listing.plugins {
            if let live = unchanged(source) { keep(live) } else { changed.append(source) }
        }
        var slow: [PluginSource] = []
        for source in changed {
            if isCancelled() { return }
            if let known = slowFailure(of: source) {
                slowFailures[source.name] = known
                fail(source.name, known.unloaded)
            } else if let recalled = recalled(source) {
                take(recalled)
            } else if let cutOff = keptLoads.cutOff(of: source.name, key: cutOffKey(of: source)) {
                cutOffs[source.name] = cutOff
                fail(source.name, [cutOff.remembered])
            } else if !load(source, within: Self.quick) {
                slow.append(source)
            }
        }
        let start = Self.processorTime
        for source in slow {
            if isCancelled() { return }
            if let budget, Self.processorTime - start >= budget {
                waiting.insert(source.name)
                fail(source.name, [Self.waits(source)])
                continue
            }
            loadSlowly(source)
        }
        if !listing.isListed { plugins.merge(previous?.plugins ?? [:]) { read, _ in read } }
    }

    /// The plugin as it is loaded already, if nothing about it has changed.
    private func unchanged(_ source: PluginSource) -> LoadedPlugin? {
        guard case .loaded(let live, let failing)? = previous?.plugins[source.name], !live.isDisproved
        else { return nil }
        // One that loaded with these settings before needs no look at what it makes of them.
        let isSame =
            areSettingsSame && failing.isEmpty
            ? live.source.hash == source.hash && live.source.file == source.file
            : live.isSame(as: source, under: settings)
        return isSame ? live : nil
    }

    /// The plugin by what was kept when it was loaded before.
    private func recalled(_ source: PluginSource) -> LoadedPlugin? {
        guard let load = keptLoads.load(of: source.name) else { return nil }
        return LoadedPlugin(source, settings: settings, recalling: load)
    }

    /// Whether it was settled: it is loaded, or has a mistake.
    private mutating func load(_ source: PluginSource, within deadline: Duration) -> Bool {
        do throws(UnloadedPlugin) {
            guard let plugin = try LoadedPlugin.load(source, settings: settings, within: deadline) else {
                return false
            }
            take(plugin)
        } catch {
            note(error, of: source)
            fail(source.name, error)
        }
        return true
    }

    /// With the time that the plugin's own limits allow.
    private mutating func loadSlowly(_ source: PluginSource) {
        do throws(UnloadedPlugin) {
            take(try LoadedPlugin(source, settings: settings))
        } catch {
            slowFailures[source.name] = SlowFailure(hash: source.hash, unloaded: error)
            note(error, of: source)
            fail(source.name, error)
        }
    }

    /// Takes note of a plugin that was cut off. Every other failure comes fast, and the same each time.
    private mutating func note(_ unloaded: UnloadedPlugin, of source: PluginSource) {
        guard unloaded.isCutOff else { return }
        cutOffs[source.name] = CutOffLoad(
            key: cutOffKey(of: source), since: nil, mistake: unloaded.mistakes[0])
    }

    /// What may make a difference to whether the plugin is cut off: what is granted goes by what it declares, which is not
    /// known, so that all settings are in it.
    private func cutOffKey(of source: PluginSource) -> String {
        let key = PluginLoad.key(
            of: source, given: settings.given(to: source.name), secrets: settings.secrets(of: source.name),
            settings.limits(of: source.name))
        return SHA256.hexadecimal(of: Array(key.utf8) + settingsBytes)
    }

    private func slowFailure(of source: PluginSource) -> SlowFailure? {
        guard areSettingsSame, let known = previous?.slowFailures[source.name], known.hash == source.hash
        else { return nil }
        return known
    }

    /// Uses the plugin, unless it would be too much beside the others.
    private mutating func take(_ plugin: LoadedPlugin) {
        if let excess = excess(of: plugin) {
            fail(plugin.source.name, [Mistake(FilePlace(wholeFile: plugin.source.file), excess)])
        } else {
            keep(plugin)
        }
    }

    /// What all plugins would have too much of with this one.
    private func excess(of plugin: LoadedPlugin) -> String? {
        guard keptBytes + plugin.keptBytes <= Self.keptLimitBytes else {
            return
                "the plugin keeps \(plugin.keptBytes) bytes once it is loaded; with the others that would be more than the \(Self.keptLimitBytes >> 20) MiB that all plugins may keep"
        }
        let count = plugin.manifest.subscriptions.count
        guard subscriptions + count <= Self.subscriptionLimit else {
            return
                "the plugin has \(count) subscriptions; with the others that would be more than the \(Self.subscriptionLimit) that all plugins may have"
        }
        return nil
    }

    private mutating func keep(_ plugin: LoadedPlugin, failing mistakes: [Mistake] = []) {
        keptBytes += plugin.keptBytes
        subscriptions += plugin.manifest.subscriptions.count
        plugins[plugin.source.name] = .loaded(plugin, failing: mistakes)
    }

    private mutating func fail(_ name: String, _ unloaded: UnloadedPlugin) {
        fail(name, unloaded.mistakes, declaring: unloaded.partial)
    }

    /// Keeps the last good version, if there is one.
    private mutating func fail(
        _ name: String, _ mistakes: [Mistake], declaring partial: PartialManifest? = nil
    ) {
        guard let live = previous?.loaded(name) else {
            plugins[name] = .failed(mistakes, declaring: partial)
            return
        }
        // What the operator takes away is taken from the last good version too, if it loads without.
        let isSame = live.isSame(as: live.source, under: settings)
        let kept = isSame ? live : (try? LoadedPlugin(live.source, settings: settings)) ?? live
        keep(kept, failing: mistakes)
    }

    private static func waits(_ source: PluginSource) -> Mistake {
        Mistake(
            FilePlace(wholeFile: source.file),
            "the plugin waits to be loaded: plugins that take longer than \(quick.inMilliseconds) ms have \(budget.inMilliseconds) ms together, and others took them"
        )
    }

    /// Of this thread.
    private static var processorTime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }
}

extension Duration {
    fileprivate var inMilliseconds: Int64 { Int64((self / .milliseconds(1)).rounded()) }
}
