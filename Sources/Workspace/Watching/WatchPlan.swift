import Journeys
import Values

/// Which folders are to be watched, and for what, so that no change of a workspace goes unseen.
///
/// Folders are watched, never files: a file that another is renamed over would be gone with its watch. The
/// parent of everything that is watched is watched for its name, and so is the parent of each symbolic link on the way
/// there: what is removed, put back or swapped is noticed there.
struct WatchPlan: Equatable {
    /// How many folders are watched; changes in more go unseen.
    static let folderLimit = 8_192
    private static let linkLimit = 40

    /// By the folder's absolute path, which goes over no link.
    private(set) var folders: [ExactText: Interest] = [:]

    /// What in a folder matters.
    struct Interest: Equatable {
        /// These names, whatever they are.
        var names: Set<ExactText> = []
        /// Everything but what is hidden and what editors keep.
        var isWhole = false

        func contains(_ name: String) -> Bool {
            names.contains(name) || (isWhole && !name.hasPrefix(".") && !name.hasSuffix("~"))
        }
    }

    /// - Parameters:
    ///   - root: the workspace's absolute path.
    ///   - pluginFolder: the plugins folder, absolute or from the workspace's folder.
    ///   - others: the absolute paths of other files that matter.
    init(
        root: String, pluginFolder: String, others: [String] = [], looking looker: some FolderLooker
    ) {
        var walk = Walk(looker)
        for other in others { _ = walk.follow(other) }
        guard let workspace = walk.follow(root) else {
            folders = walk.folders
            return
        }
        walk.tops.append(workspace)
        _ = walk.follow("\(workspace)/\(Settings.fileName)")
        let plugins = pluginFolder.hasPrefix("/") ? pluginFolder : "\(workspace)/\(pluginFolder)"
        let top = walk.follow(plugins)
        if let top { walk.tops.append(top) }
        for folder in [WorkspaceFiles.mapFolder, TemplateListing.folder] {
            if let place = walk.follow("\(workspace)/\(folder)") {
                walk.watch(place, depth: 0, deepest: 0)
            }
        }
        if let top { walk.watch(top, depth: 0, deepest: PluginListing.depthLimit + 1) }
        folders = walk.folders
    }

    private struct Walk<Looker: FolderLooker> {
        let looker: Looker
        var folders: [ExactText: Interest] = [:]
        /// Where links may lead.
        var tops: [String] = []

        init(_ looker: Looker) { self.looker = looker }

        mutating func note(_ name: String, in folder: String) {
            guard folders[folder] != nil || folders.count < WatchPlan.folderLimit else { return }
            folders[folder, default: Interest()].names.insert(name)
        }

        /// The path without links, of what is there; nil where nothing is. On the way, takes note of
        /// what would make it another.
        mutating func follow(_ path: String) -> String? {
            var pending = Array(path.split(separator: "/").reversed())
            var done = ""
            var links = 0
            while let name = pending.popLast() {
                if name == "." { continue }
                if name == ".." {
                    done = String(done[..<(done.lastIndex(of: "/") ?? done.startIndex)])
                    continue
                }
                let folder = done.isEmpty ? "/" : done
                let place = "\(done)/\(name)"
                switch looker.look(at: place) {
                case .missing:
                    note(String(name), in: folder)
                    return nil
                case .folder:
                    if pending.isEmpty { note(String(name), in: folder) }
                    done = place
                case .other:
                    note(String(name), in: folder)
                    return pending.isEmpty ? place : nil
                case .link(let target):
                    note(String(name), in: folder)
                    links += 1
                    guard links <= WatchPlan.linkLimit else { return nil }
                    if target.hasPrefix("/") { done = "" }
                    pending += target.split(separator: "/").reversed()
                }
            }
            return done.isEmpty ? "/" : done
        }

        /// Watches a folder and, `deepest` folders down, those in it. `folder` goes over no link.
        mutating func watch(_ folder: String, depth: Int, deepest: Int) {
            guard looker.look(at: folder) == .folder, folders[folder]?.isWhole != true,
                folders[folder] != nil || folders.count < WatchPlan.folderLimit
            else { return }
            folders[folder, default: Interest()].isWhole = true
            for entry in looker.list(folder) where !entry.name.hasPrefix(".") {
                let place = "\(folder)/\(entry.name)"
                switch entry.kind {
                case .missing, .other:
                    continue
                case .folder:
                    // A module's folder has no dot in its name, for `require` has dots between names.
                    guard depth < deepest, depth == 0 || !entry.name.contains(".") else { continue }
                    watch(place, depth: depth + 1, deepest: deepest)
                case .link:
                    guard let target = follow(place), depth < deepest,
                        tops.contains(where: target.isInside)
                    else { continue }
                    watch(target, depth: depth + 1, deepest: deepest)
                }
            }
        }
    }
}
