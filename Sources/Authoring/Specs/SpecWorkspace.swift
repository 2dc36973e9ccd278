import Journeys
package import LuaSandbox
package import Plugins
import Synchronization
import Values
package import Workspace

/// The workspace whose plugins and maps specs run on, and its variants that specs ask for. For any number of threads.
package final class SpecWorkspace: Sendable {
    /// As it lies in its folder.
    let generation: Generation
    private let tree: any FileTree
    private let variants = Mutex(Variants())

    private struct Variants {
        var generations: [[ExactText: [UInt8]]: Result<Generation, SpecMistake>] = [:]
        var plugins: [Configured: Result<LoadedPlugin, SpecMistake>] = [:]
    }

    private struct Configured: Hashable {
        let plugin: PluginVersion
        let settings: Table
    }

    /// How many variants of each kind are kept, before all of them are made anew.
    private static let variantLimit = 1_000

    /// - Parameter countsLines: whether the lines of plugins that run are counted.
    package init(_ generation: Generation, reading tree: any FileTree, countsLines: Bool = false) {
        self.generation = countsLines ? generation.countingLines() : generation
        self.tree = tree
    }

    /// The counts of the plugins' files, by the plugin's name, if lines are counted.
    package var coverage: [(plugin: LoadedPlugin, lines: LineCoverage)] {
        generation.plugins.sorted { compareBytes($0.key, $1.key) < 0 }.compactMap { _, entry in
            guard case .loaded(let plugin, _) = entry, let lines = plugin.coverage else { return nil }
            return (plugin, lines)
        }
    }

    /// The workspace with other files over its own. Throws what is wrong with them.
    func generation(with files: [ExactText: [UInt8]]) throws(SpecMistake) -> Generation {
        if files.isEmpty { return generation }
        if let known = variants.withLock({ $0.generations[files] }) { return try known.get() }
        let made = read(files)
        variants.withLock { variants in
            if variants.generations.count >= Self.variantLimit { variants.generations.removeAll() }
            variants.generations[files] = made
        }
        return try made.get()
    }

    private func read(_ files: [ExactText: [UInt8]]) -> Result<Generation, SpecMistake> {
        let folder = generation.settings.plugins.folder
        let settings = Settings.fileName
        for path in files.keys.sorted() where path.text != settings {
            let folders = [WorkspaceFiles.mapFolder, "templates", folder]
            guard folders.contains(where: { path.text.hasPrefix("\($0)/") }) else {
                return .failure(
                    SpecMistake(
                        "\(path.text.quotedForMessage) is not read; expected \(settings) or a file in "
                            + "\(folders.map { $0 + "/" }.listed(with: "or"))"))
            }
        }
        let variant = Generation(reading: OverlaidTree(base: tree, files: files), after: generation)
        let known = Set(generation.mistakes)
        let new = variant.mistakes.filter { !known.contains($0) }
        guard new.isEmpty else {
            let shown = new.prefix(5).map { "\($0)" } + (new.count > 5 ? ["and \(new.count - 5) more"] : [])
            return .failure(SpecMistake(shown.joined(separator: "; ")))
        }
        return .success(generation.countsLines ? variant.countingLines(with: generation) : variant)
    }

    /// A plugin of the generation with other settings. Throws what is wrong with them.
    func plugin(
        _ plugin: LoadedPlugin, of generation: Generation, settings: Table
    ) throws(SpecMistake) -> LoadedPlugin {
        let key = Configured(plugin: plugin.id, settings: settings)
        if let known = variants.withLock({ $0.plugins[key] }) { return try known.get() }
        let made: Result<LoadedPlugin, SpecMistake>
        do throws(UnloadedPlugin) {
            let given = GivenSettings(given: settings, others: generation.settings)
            let other = try LoadedPlugin(plugin.source, settings: given)
            made = .success(plugin.coverage.map { other.counting(in: $0) } ?? other)
        } catch {
            made = .failure(SpecMistake(error.mistakes.map(\.message).joined(separator: "; ")))
        }
        variants.withLock { variants in
            if variants.plugins.count >= Self.variantLimit { variants.plugins.removeAll() }
            variants.plugins[key] = made
        }
        return try made.get()
    }
}

extension Generation {
    fileprivate var countsLines: Bool {
        plugins.values.contains { entry in
            if case .loaded(let plugin, _) = entry { plugin.coverage != nil } else { false }
        }
    }
}

/// What a spec asks for and cannot have: the message for its author.
struct SpecMistake: Error {
    let message: String

    init(_ message: String) { self.message = message }
}

/// A plugin's settings as a spec gives them; all else as the operator decides.
private struct GivenSettings: PluginSettings {
    let given: Table
    let others: Settings

    func limits(of plugin: String) -> Limits { others.limits(of: plugin) }

    func given(to plugin: String) -> Table { given }

    func values(for manifest: PluginManifest) throws(Mistakes) -> Table {
        do throws(InvalidParameters) {
            return try manifest.settings.complete(GivenParameters(given))
        } catch {
            throw Mistakes([Mistake(FilePlace(wholeFile: Settings.fileName), "settings: \(error)")])
        }
    }

    func granted(to manifest: PluginManifest) -> [Capability] { others.granted(to: manifest) }

    func secrets(of plugin: String) -> [String] { others.secrets(of: plugin) }
}
