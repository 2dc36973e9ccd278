import Values
import Workspace

/// A workspace's files with others over them, which go before what is there at their paths.
struct OverlaidTree: FileTree {
    let base: any FileTree
    let files: [ExactText: [UInt8]]

    func list(_ folder: String, top: String) throws(FileError) -> [FolderEntry] {
        var entries: [ExactText: FolderEntry] = [:]
        do {
            for entry in try base.list(folder, top: top) { entries[ExactText(entry.name)] = entry }
        } catch .missing {
            // Perhaps there is one of the other files in it.
        }
        let prefix = folder == "." ? "" : folder + "/"
        for path in files.keys where path.text.utf8.starts(with: prefix.utf8) {
            let parts = path.text.dropFirst(prefix.count).split(separator: "/")
            guard let name = parts.first.map(String.init) else { continue }
            let known = entries[ExactText(name)]
            if known == nil || parts.count == 1 {
                entries[ExactText(name)] = FolderEntry(name: name, kind: parts.count > 1 ? .folder : .file)
            }
        }
        if entries.isEmpty, folder != "." { throw .missing }
        return Array(entries.values)
    }

    func read(_ path: String, top: String, limitBytes: Int) throws(FileError) -> [UInt8] {
        guard let bytes = files[ExactText(path)] else {
            return try base.read(path, top: top, limitBytes: limitBytes)
        }
        guard bytes.count <= limitBytes else { throw .tooLarge(limitBytes: limitBytes) }
        return bytes
    }

    var isCancelled: Bool { base.isCancelled }
}
