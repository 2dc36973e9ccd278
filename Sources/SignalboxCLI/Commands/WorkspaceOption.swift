import ArgumentParser
import Foundation
import Journeys
import Logging
import Plugins
import SQLiteStore
import Store
import Values
import Workspace

/// Which workspace a command works on, and what it opens there.
struct WorkspaceOption: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The workspace's folder; else SIGNALBOX_WORKSPACE, or the current folder.", valueName: "dir"))
    var workspace: String?

    var folder: String {
        workspace ?? ProcessInfo.processInfo.environment["SIGNALBOX_WORKSPACE"] ?? "."
    }

    /// The variables of the process, some of which give settings.
    var environment: [String: String] { ProcessInfo.processInfo.environment }

    /// Reads maps, plugins, templates and settings. Mistakes of plugins and templates are told; those of
    /// maps and settings end the command.
    func load() throws -> Generation { try load(environment) }

    /// The same for the process that stays up, which tries every plugin that was cut off while it loaded.
    func loadToServe() throws -> Generation { try load(environment, passingOverCutOffs: false) }

    private func load(
        _ environment: [String: String], passingOverCutOffs: Bool = true
    ) throws -> Generation {
        let time = passingOverCutOffs ? WallClock.now() : nil
        let generation = try read { tree throws(Mistakes) in
            try Generation(reading: tree, environment: environment) { settings in
                KeptLoads(reading: loadsPath(settings), passingOverCutOffsAt: time)
            }
        }
        for mistake in generation.mistakes { printToStandardError("\(mistake)") }
        return generation
    }

    /// The same with the plugins that are in another folder, which is named from where the program runs.
    func load(withPluginsIn other: String) throws -> Generation {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: other, isDirectory: &isFolder), isFolder.boolValue else {
            printToStandardError("--plugins: \(other.quotedForMessage) is not a folder")
            throw ExitStatus.cannotLoad
        }
        var environment = environment
        environment["SIGNALBOX_PLUGINS_FOLDER"] = Self.path(of: other, from: folder)
        return try load(environment)
    }

    /// How a folder is named from another one.
    private static func path(of folder: String, from base: String) -> String {
        let target = URL(fileURLWithPath: folder).standardizedFileURL.pathComponents
        let start = URL(fileURLWithPath: base).standardizedFileURL.pathComponents
        let shared = zip(target, start).prefix { sameBytes($0, $1) }.count
        let up = Array(repeating: "..", count: start.count - shared)
        let parts = up + target[shared...]
        return parts.isEmpty ? "." : parts.joined(separator: "/")
    }

    /// Reads the settings alone, for what needs neither maps nor plugins. Their mistakes end the command.
    private func loadSettings() throws -> Settings {
        try read { tree throws(Mistakes) in try Settings(reading: tree, environment: environment) }
    }

    private func read<Content>(_ read: (DiskTree) throws(Mistakes) -> Content) throws -> Content {
        try requireFolder()
        do throws(Mistakes) {
            return try read(DiskTree(root: folder))
        } catch {
            for mistake in error.list { printToStandardError("\(mistake)") }
            throw ExitStatus.cannotLoad
        }
    }

    func requireFolder() throws {
        guard !folder.isEmpty else {
            printToStandardError(
                "The workspace's folder is an empty text; give -w a folder, or unset SIGNALBOX_WORKSPACE")
            throw ExitStatus.cannotLoad
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue
        else {
            printToStandardError("\(folder): there is no such folder; name the workspace with -w")
            throw ExitStatus.cannotLoad
        }
        let parts = ["signalbox.yaml", "maps", "plugins"]
        guard parts.contains(where: { FileManager.default.fileExists(atPath: "\(folder)/\($0)") }) else {
            printToStandardError(
                "\(folder): there is no signalbox.yaml, maps or plugins in it; name the workspace with -w")
            throw ExitStatus.cannotLoad
        }
    }

    /// The version that the file of a map has now, whatever is wrong with it; nil where there is none.
    func fileVersion(of map: MapID) -> MapVersion? {
        for ending in MapFile.endings {
            let path = "\(WorkspaceFiles.mapFolder)/\(map.text)\(ending)"
            let bytes = try? DiskTree(root: folder).read(
                path, top: WorkspaceFiles.mapFolder, limitBytes: MapFile.limitBytes)
            if let bytes { return MapVersion(of: bytes) }
        }
        return nil
    }

    /// The store that the settings name, for the one process that writes. What loading the plugins gave is kept beside it.
    func openStore(_ generation: Generation) throws -> any Store { try openStoreToServe(generation) }

    /// The same for the process that stays up.
    func openStoreToServe(_ generation: Generation) throws -> SQLiteStore {
        let store = try openStore(generation.settings)
        keepLoads(generation)
        return store
    }

    /// Keeps what loading the plugins gave. For the process that has the store to write to.
    func keepLoads(_ generation: Generation) {
        KeptLoads.keep(generation, at: loadsPath(generation.settings), time: WallClock.now())
    }

    private func loadsPath(_ settings: Settings) -> String { KeptLoads.path(beside: storePath(settings)) }

    /// The service that has the store now, to which every change goes then. Nil where none runs, and where the settings
    /// cannot be read: whoever reads them next says why.
    func service() -> RunningService? {
        guard let settings = try? Settings(reading: DiskTree(root: folder), environment: environment) else {
            return nil
        }
        return RunningService(of: storePath(settings), lineLimitBytes: settings.lineLimitBytes)
    }

    /// The same where neither maps nor plugins are needed.
    func openStoreToWrite() throws -> any Store { try openStore(try loadSettings()) }

    private func openStore(_ settings: Settings) throws -> SQLiteStore {
        let path = storePath(settings)
        // Where that fails, opening the store says why.
        try? FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        let limits = SQLiteStore.Limits(environment: ProcessInfo.processInfo.environment)
        return try opened { () throws(StoreError) in
            try SQLiteStore(at: path, mode: .readWrite, limits: limits)
        }
    }

    /// The store for reading. It is possible while another process writes.
    func openStoreToRead() throws -> any StoreReader { try openReadOnly() }

    /// The same with what leaves the building.
    func openOutboxToRead() throws -> any StoreReader & OutboxStore { try openReadOnly() }

    /// The tokens and the audit log for reading.
    func openAccessToRead() throws -> any AccessStore { try openReadOnly() }

    private func openReadOnly() throws -> any Store {
        let path = try storePath()
        return try opened { () throws(StoreError) in try SQLiteStore(at: path, mode: .readOnly) }
    }

    /// A store that shows what is there and keeps nothing.
    func openDryRunStore(_ generation: Generation) throws -> any Store {
        let path = storePath(generation.settings)
        guard FileManager.default.fileExists(atPath: path) else { return DryRunStore(over: nil) }
        return DryRunStore(
            over: try opened { () throws(StoreError) in try SQLiteStore(at: path, mode: .readOnly) })
    }

    /// Where the settings say that the store is, whatever is wrong with maps and plugins.
    func storePath() throws -> String { storePath(try loadSettings()) }

    /// The same of settings that were read already.
    func storePath(_ settings: Settings) -> String {
        settings.store.hasPrefix("/") ? settings.store : "\(folder)/\(settings.store)"
    }

    private func opened(_ open: () throws(StoreError) -> SQLiteStore) throws -> SQLiteStore {
        do throws(StoreError) {
            return try open()
        } catch {
            printToStandardError("\(error)")
            throw ExitStatus.of(error)
        }
    }
}

/// The time of the world.
enum WallClock {
    @Sendable static func now() -> Timestamp {
        Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }
}

extension Logger {
    /// The command line shows what plugins log in the timeline, so the log itself is silent.
    static let quiet = Logger(label: "signalbox", factory: { _ in SwiftLogNoOpLogHandler() })
}
