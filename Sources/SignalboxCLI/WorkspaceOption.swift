import ArgumentParser
import Foundation
import Journeys
import Logging
import Values
import Plugins
import SQLiteStore
import Store

/// Which workspace a command works on, and what it opens there.
struct WorkspaceOption: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "The workspace's folder; else SIGNALBOX_WORKSPACE, or the current folder.")
    var workspace: String?

    var folder: String {
        workspace ?? ProcessInfo.processInfo.environment["SIGNALBOX_WORKSPACE"] ?? "."
    }

    /// Reads maps, plugins and settings. Mistakes of plugins are told; those of maps and settings end the
    /// command.
    func load() throws -> Generation {
        try requireFolder()
        do {
            let generation = try Generation(reading: DiskTree(root: folder))
            for mistake in generation.pluginMistakes { tell("\(mistake)") }
            return generation
        } catch {
            for mistake in error.list { tell("\(mistake)") }
            throw Ending.cannotLoad
        }
    }

    func requireFolder() throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            tell("\(folder): there is no such folder; name the workspace with -w")
            throw Ending.cannotLoad
        }
    }

    /// The store that the settings name, for the one process that writes.
    func openStore(_ generation: Generation) throws -> any Store {
        let path = storePath(generation.settings)
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        return try opened { () throws(StoreError) in try SQLiteStore(at: path, mode: .readWrite) }
    }

    /// The store for reading. It is possible while another process writes.
    func openStoreToRead() throws -> any Store {
        try requireFolder()
        let files = WorkspaceFiles(reading: DiskTree(root: folder))
        let path = storePath(files.settings)
        return try opened { () throws(StoreError) in try SQLiteStore(at: path, mode: .readOnly) }
    }

    /// A store that shows what is there and keeps nothing.
    func openDryRunStore(_ generation: Generation) throws -> any Store {
        let path = storePath(generation.settings)
        guard FileManager.default.fileExists(atPath: path) else { return DryRunStore(over: nil) }
        return DryRunStore(
            over: try opened { () throws(StoreError) in try SQLiteStore(at: path, mode: .readOnly) })
    }

    private func storePath(_ settings: Settings) -> String {
        settings.store.hasPrefix("/") ? settings.store : "\(folder)/\(settings.store)"
    }

    private func opened(_ open: () throws(StoreError) -> SQLiteStore) throws -> any Store {
        do throws(StoreError) {
            return try open()
        } catch {
            tell("\(error)")
            switch error.code {
            case .locked: throw Ending.foundWrong
            case .noStore, .cannotOpen, .readOnly, .notAStore, .damaged, .newerVersion, .olderVersion, .full,
                .inputOutput, .conflict, .wrongMap:
                throw Ending.cannotLoad
            }
        }
    }
}

/// The time of the world.
enum WallClock {
    static func now() -> Timestamp {
        Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }
}

extension Logger {
    /// The command line shows what plugins log in the timeline, so the log itself is silent.
    static let quiet = Logger(label: "signalbox", factory: { _ in SwiftLogNoOpLogHandler() })
}
