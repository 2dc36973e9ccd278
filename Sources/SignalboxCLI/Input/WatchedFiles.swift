import Foundation
import Workspace

/// The files of a workspace that specs depend on, looked at again and again.
///
/// A test that runs for people has no need of the watcher of a service, which reports only what gives another generation: a
/// changed spec does not.
struct WatchedFiles {
    private let folder: String
    private var seen: [String: Stamp]

    private struct Stamp: Hashable {
        let modified: Date
        let size: Int
    }

    private static let interval: TimeInterval = 0.2

    /// As they are now.
    init(of folder: String) {
        self.folder = folder
        seen = Self.look(at: folder)
    }

    /// Returns once something changed and nothing changes any more.
    mutating func waitForChange() {
        while true {
            Thread.sleep(forTimeInterval: Self.interval)
            let now = Self.look(at: folder)
            if now == seen { continue }
            var settled = now
            repeat {
                seen = settled
                Thread.sleep(forTimeInterval: Self.interval)
                settled = Self.look(at: folder)
            } while settled != seen
            return
        }
    }

    private static func look(at folder: String) -> [String: Stamp] {
        let plugins =
            (try? Settings(reading: DiskTree(root: folder)))?.plugins.folder ?? Settings().plugins.folder
        var found: [String: Stamp] = [:]
        for part in [Settings.fileName, WorkspaceFiles.mapFolder, "templates", plugins] {
            let path = "\(folder)/\(part)"
            note(path, &found)
            let inside = FileManager.default.enumerator(atPath: path)
            while let name = inside?.nextObject() as? String { note("\(path)/\(name)", &found) }
        }
        return found
    }

    private static func note(_ path: String, _ found: inout [String: Stamp]) {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let modified = attributes[.modificationDate] as? Date
        else { return }
        found[path] = Stamp(modified: modified, size: attributes[.size] as? Int ?? 0)
    }
}
