import Journeys
import LuaSandbox
public import Plugins
import Values

extension PluginListing {
    public static let pluginLimit = 1_000
    /// Of one plugin.
    public static let fileLimit = 200
    /// How many folders one plugin has, its own included.
    public static let folderLimit = 100
    public static let fileLimitBytes = 256 << 10
    /// How many folders a plugin's file may lie in.
    public static let depthLimit = 8

    /// Reads the plugins that lie in a folder; a folder that is not there holds none.
    ///
    /// A plugin is `NAME.lua`, or `NAME/` with `init.lua` and its modules. Hidden files, specs and all that
    /// does not end in `.lua`, editors' backups among it, are passed over. Where two files give one name,
    /// the one that `incumbents` (by name) has stays, else the first in byte order is taken. One whose files
    /// are those of the incumbent is that very source, and not hashed again.
    public init(
        reading folder: String, of tree: some FileTree, incumbents: [String: PluginSource] = [:]
    ) {
        self.init()
        var reader = PluginFolderReader(tree: tree, top: folder)
        let candidates: [PluginFolderReader.Candidate]
        do {
            candidates = try reader.candidates()
        } catch .missing {
            return
        } catch {
            isListed = false
            mistakes.append(Mistake(FilePlace(wholeFile: folder), "the plugins cannot be read: \(error)"))
            return
        }
        mistakes += reader.mistakes
        for (name, sameName) in Dictionary(grouping: candidates, by: \.name).sorted(by: { $0.key < $1.key }) {
            let sorted = sameName.sorted { compareBytes($0.main, $1.main) < 0 }
            let chosen = sorted.first { $0.main == incumbents[name]?.file } ?? sorted[0]
            for other in sorted where other.main != chosen.main {
                mistakes.append(
                    Mistake(
                        FilePlace(wholeFile: other.main),
                        "there is a plugin \"\(name)\" already, in \(chosen.main); this one is not loaded"))
            }
            do {
                plugins.append(try reader.source(chosen, knowing: incumbents[name]))
            } catch {
                unreadable[name] = error.list
            }
        }
        if plugins.count > Self.pluginLimit {
            mistakes.append(
                Mistake(
                    FilePlace(wholeFile: folder),
                    "\(plugins.count) plugins are too many; \(Self.pluginLimit) are loaded"))
            for plugin in plugins[Self.pluginLimit...] {
                unreadable[plugin.name] = [
                    Mistake(
                        FilePlace(wholeFile: plugin.file),
                        "more than \(Self.pluginLimit) plugins come before it")
                ]
            }
            plugins.removeSubrange(Self.pluginLimit...)
        }
        mistakes.sort()
        notices = reader.notices.sorted()
    }
}

private struct PluginFolderReader {
    let tree: any FileTree
    /// The plugins folder.
    let top: String
    private(set) var mistakes: [Mistake] = []
    private(set) var notices: [Mistake] = []

    init(tree: any FileTree, top: String) {
        self.tree = tree
        self.top = top
    }

    struct Candidate {
        let name: String
        /// The file that is run first.
        let main: String
        /// The plugin's own folder, if it has one.
        let folder: String?
        var identity: FolderIdentity?
    }

    /// Everything in the folder that has the name of a plugin.
    mutating func candidates() throws(FileError) -> [Candidate] {
        var candidates: [Candidate] = []
        for entry in try tree.list(top, top: top).sorted(by: { compareBytes($0.name, $1.name) < 0 })
        where !entry.name.hasPrefix(".") {
            let path = "\(top)/\(entry.name)"
            switch entry.kind {
            case .folder:
                guard holdsLua(path), isName(entry.name, path) else { continue }
                candidates.append(
                    Candidate(
                        name: entry.name, main: "\(path)/init.lua", folder: path, identity: entry.identity))
            case .outside where Self.luaName(entry.name) == nil:
                // Perhaps a plugin's folder elsewhere: then the message says why it is not read.
                guard PluginName.isName(entry.name), !PluginName.taken.contains(entry.name) else { continue }
                candidates.append(Candidate(name: entry.name, main: "\(path)/init.lua", folder: path))
            case .file, .other, .outside:
                // What is not a regular file is refused when it is read, under its name.
                if let notice = Self.notice(of: entry.name, path) { notices.append(notice) }
                guard let name = Self.luaName(entry.name), isName(name, path) else { continue }
                candidates.append(Candidate(name: name, main: path, folder: nil))
            }
        }
        return candidates
    }

    /// For a file that would be read if its ending were in small letters.
    private static func notice(of file: String, _ path: String) -> Mistake? {
        guard file.lowercased().hasSuffix(".lua"), !file.hasSuffix(".lua") else { return nil }
        return Mistake(
            FilePlace(wholeFile: path.printable),
            "this file is not read: a file of a plugin ends in .lua, in small letters")
    }

    /// The name of a Lua file without its ending; nil for specs and everything else.
    static func luaName(_ file: String) -> String? {
        guard file.hasSuffix(".lua"), !file.hasSuffix(".spec.lua"), file != ".lua" else { return nil }
        return String(file.dropLast(4))
    }

    /// Whether the folder is meant as a plugin. One that cannot be listed is: its name will say why it fails.
    private func holdsLua(_ folder: String) -> Bool {
        guard let entries = try? tree.list(folder, top: top) else { return true }
        return entries.contains { !$0.name.hasPrefix(".") && Self.luaName($0.name) != nil }
    }

    private mutating func isName(_ name: String, _ path: String) -> Bool {
        let place = FilePlace(wholeFile: path.printable)
        if !PluginName.isName(name) {
            mistakes.append(
                Mistake(place, "\(name.quotedForMessage) is not a name of a plugin: \(PluginName.rule)"))
            return false
        }
        if PluginName.taken.contains(name) {
            mistakes.append(Mistake(place, "\"\(name)\" is taken: no plugin may have this name"))
            return false
        }
        return true
    }

    /// The plugin's files with their bytes.
    mutating func source(_ candidate: Candidate, knowing known: PluginSource?) throws(Mistakes)
        -> PluginSource
    {
        var collected = Collected()
        let main: Source?
        do {
            main = try read(candidate.main)
        } catch {
            main = nil
            collected.mistakes = error.list
        }
        // Of a folder that cannot be listed, the first file says why.
        if let folder = candidate.folder, main != nil || (try? tree.list(folder, top: top)) != nil {
            if let identity = candidate.identity { collected.folders.insert(identity) }
            collect(folder, prefix: "", depth: 0, &collected)
            notices += collected.notices
        }
        guard let main, collected.mistakes.isEmpty else { throw Mistakes(collected.mistakes) }
        let modules = collected.modules
        if let known, known.hasFiles(candidate.main, main, modules) { return known }
        return PluginSource(
            name: candidate.name, file: candidate.main, main: main, modules: modules,
            hash: Self.hash(main, modules))
    }

    /// What was found in a plugin's folder so far.
    private struct Collected {
        var modules: [ExactText: Source] = [:]
        var mistakes: [Mistake] = []
        var notices: [Mistake] = []
        var fileCount = 0
        var folderCount = 0
        /// Those that were entered: a link may lead to a folder that is looked at already, or around it.
        var folders: Set<FolderIdentity> = []

        mutating func report(_ path: String, _ message: String) {
            mistakes.append(Mistake(FilePlace(wholeFile: path.printable), message))
        }
    }

    private func collect(_ folder: String, prefix: String, depth: Int, _ collected: inout Collected) {
        guard depth <= PluginListing.depthLimit else {
            return collected.report(folder, "more than \(PluginListing.depthLimit) folders deep")
        }
        collected.folderCount += 1
        guard collected.folderCount <= PluginListing.folderLimit else {
            if collected.folderCount == PluginListing.folderLimit + 1 {
                collected.report(folder, "a plugin has at most \(PluginListing.folderLimit) folders")
            }
            return
        }
        let entries: [FolderEntry]
        do {
            entries = try tree.list(folder, top: top)
        } catch {
            return collected.report(folder, "\(error)")
        }
        for entry in entries.sorted(by: { compareBytes($0.name, $1.name) < 0 })
        where !entry.name.hasPrefix(".") {
            let path = "\(folder)/\(entry.name)"
            if entry.kind == .folder {
                guard !entry.name.contains(".") else { continue }
                if let identity = entry.identity, !collected.folders.insert(identity).inserted { continue }
                collect(path, prefix: "\(prefix)\(entry.name).", depth: depth + 1, &collected)
                continue
            }
            if let notice = Self.notice(of: entry.name, path) { collected.notices.append(notice) }
            guard let name = Self.luaName(entry.name), !(depth == 0 && name == "init") else { continue }
            collected.fileCount += 1
            if collected.fileCount == PluginListing.fileLimit {
                collected.report(path, "a plugin has at most \(PluginListing.fileLimit) files")
            }
            guard collected.fileCount < PluginListing.fileLimit else { return }
            guard !name.contains(".") else {
                collected.report(path, "the name of a module has no dot: `require` would look for folders")
                continue
            }
            let module = name == "init" ? String(prefix.dropLast()) : prefix + name
            if let earlier = collected.modules[module] {
                collected.report(
                    path, "there is a module \(module.quotedForMessage) already, in \(earlier.name)")
                continue
            }
            do {
                collected.modules[module] = try read(path)
            } catch {
                collected.mistakes += error.list
            }
        }
    }

    private func read(_ path: String) throws(Mistakes) -> Source {
        do {
            let bytes = try tree.read(path, top: top, limitBytes: PluginListing.fileLimitBytes)
            return Source(name: String(path.dropFirst(top.count + 1)).printable, text: bytes)
        } catch {
            throw Mistakes([Mistake(FilePlace(wholeFile: path.printable), "\(error)")])
        }
    }

    /// Over every file's name and bytes, each with its length before it, so that no byte can change places.
    private static func hash(_ main: Source, _ modules: [ExactText: Source]) -> String {
        var hash = SHA256()
        hash.add(main.name.utf8)
        hash.add(main.text)
        for (name, source) in modules.sorted(by: { $0.key < $1.key }) {
            hash.add(name.text.utf8)
            hash.add(source.text)
        }
        return hash.hexadecimal()
    }
}

extension PluginSource {
    fileprivate func hasFiles(_ file: String, _ main: Source, _ modules: [ExactText: Source]) -> Bool {
        guard sameBytes(self.file, file), self.main.text == main.text, self.modules.count == modules.count
        else { return false }
        // A module's name holds the name that `require` is given.
        return modules.allSatisfy { name, source in
            self.modules[name].map { sameBytes($0.name, source.name) && $0.text == source.text } ?? false
        }
    }
}
