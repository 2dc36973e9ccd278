public import Journeys
import LuaSandbox
public import Plugins
public import Values

/// `signalbox.yaml` as it was read.
public struct SettingsFile: Sendable {
    public let settings: Settings
    /// Nil where there is no file that can be read.
    public let bytes: [UInt8]?
    public let mistakes: [Mistake]
    /// What was read: the file's tree with the values of the environment in it.
    let root: YAMLNode?

    /// - Parameters:
    ///   - file: names it in mistakes.
    ///   - environment: the variables of the process. Those that begin with `SIGNALBOX_` go before what the file
    ///     says, each for the setting that it is named by.
    public init(
        _ bytes: [UInt8], file: String = Settings.fileName, environment: [String: String] = [:]
    ) {
        self.init(text: bytes, file: file, environment)
    }

    /// Reads a workspace's file. One that is not there is not a mistake; one that cannot be read is.
    public init(reading tree: some FileTree, environment: [String: String] = [:]) {
        do throws(FileError) {
            let bytes = try tree.read(Settings.fileName, top: "", limitBytes: Settings.fileLimitBytes)
            self.init(text: bytes, file: Settings.fileName, environment)
        } catch {
            let mistakes = Self.mistakes(of: error, in: tree)
            if mistakes.isEmpty {
                self.init(text: nil, file: Settings.fileName, environment)
            } else {
                self.init(unread: mistakes)
            }
        }
    }

    private init(text bytes: [UInt8]?, file: String, _ environment: [String: String]) {
        let collector = MistakeCollector(file: file)
        let environment = SettingsEnvironment(environment)
        var root = bytes.flatMap { YAMLDocument($0, collector).root }
        let isUnread = root == nil && collector.count > 0
        if !isUnread { root = environment.put(over: root) }
        var settings = root.map { SettingsReader(collector).settings($0) } ?? Settings()
        if isUnread {
            settings.plugins.isEachUnread = true
        } else {
            environment.reportUnknown(knowing: settings, collector)
        }
        self.settings = settings
        self.bytes = bytes
        self.root = root
        mistakes = collector.mistakes
    }

    private init(unread mistakes: [Mistake]) {
        var settings = Settings()
        settings.plugins.isEachUnread = true
        self.settings = settings
        bytes = nil
        root = nil
        self.mistakes = mistakes
    }

    private static func mistakes(of failure: FileError, in tree: some FileTree) -> [Mistake] {
        guard failure == .missing else {
            return [Mistake(FilePlace(wholeFile: Settings.fileName), "\(failure)")]
        }
        do throws(FileError) {
            _ = try tree.read(Settings.misspelledFileName, top: "", limitBytes: Settings.fileLimitBytes)
        } catch .missing {
            return []
        } catch {}
        return [
            Mistake(
                FilePlace(wholeFile: Settings.misspelledFileName),
                "settings are not read from this file; rename it to \(Settings.fileName)")
        ]
    }
}

extension Settings {
    /// The settings of a workspace, where its maps and plugins are not needed.
    ///
    /// Throws everything that is wrong with them, so that nobody works with the defaults of settings that
    /// could not be read.
    public init(
        reading tree: some FileTree, environment: [String: String] = [:]
    ) throws(Mistakes) {
        let file = SettingsFile(reading: tree, environment: environment)
        guard file.mistakes.isEmpty else { throw Mistakes(file.mistakes) }
        self = file.settings
    }

    /// The settings of a plugin, checked and completed by what it declares.
    ///
    /// A setting that does not fit, an unknown one and a missing one that is required keep the plugin from
    /// loading. Those that could not be read are taken as they are given: what is wrong is reported already.
    public func values(for manifest: PluginManifest) throws(Mistakes) -> Table {
        let one = plugins.each[manifest.name]
        let place = one?.place ?? FilePlace(wholeFile: Settings.fileName)
        let draft = one?.settings ?? ParametersDraft()
        if draft.isUnread || plugins.isEachUnread { return given(to: manifest.name) }
        do {
            let completed = try draft.completed(by: manifest.settings, at: place)
            return draft.reported.isEmpty ? completed : given(to: manifest.name)
        } catch {
            throw Mistakes(Self.prefixed(error.list, manifest.name))
        }
    }

    /// The parts of the workspace that settings of plugins name and that are not there.
    func missing(of parts: NamedParts, with plugins: [String: PluginState]) -> [Mistake] {
        guard !self.plugins.isEachUnread else { return [] }
        return plugins.flatMap { name, state -> [Mistake] in
            let manifest: PluginManifest? =
                switch state {
                case .loaded(let manifest): manifest
                case .failed(_, let partial): partial?.manifest
                }
            let one = self.plugins.each[name]
            guard let manifest, one?.settings.isUnread != true else { return [] }
            let place = one?.place ?? FilePlace(wholeFile: Settings.fileName)
            let given = one?.settings ?? ParametersDraft()
            return Self.prefixed(parts.missing(from: given, of: manifest.settings, at: place), name)
        }
    }

    private static func prefixed(_ mistakes: [Mistake], _ plugin: String) -> [Mistake] {
        mistakes.map { Mistake($0.place, "plugins.each.\(plugin).settings: \($0.message)") }
    }
}
