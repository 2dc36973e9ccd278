import Values
public import Workspace

/// A workspace in memory.
public struct MemoryTree: FileTree {
    private var files: [ExactText: [UInt8]] = [:]
    private var failures: [ExactText: FileError] = [:]
    private var kinds: [ExactText: FolderEntry.Kind] = [:]

    public init(_ files: [String: String]) { for (path, text) in files { put(path, text) } }

    public mutating func put(_ path: String, _ bytes: [UInt8]) { files[path] = bytes }

    public mutating func put(_ path: String, _ text: String) { files[path] = Array(text.utf8) }

    /// Takes a file away, and a failure of its path.
    public mutating func remove(_ path: String) {
        files[path] = nil
        failures[path] = nil
        kinds[path] = nil
    }

    public mutating func fail(_ path: String, _ failure: FileError, kind: FolderEntry.Kind) {
        failures[path] = failure
        kinds[path] = kind
    }

    public func list(_ folder: String, top: String) throws(FileError) -> [FolderEntry] {
        if let failure = failures[folder] { throw failure }
        let prefix = folder == "." ? "" : folder + "/"
        var entries: [ExactText: FolderEntry.Kind] = [:]
        for path in Array(files.keys) + Array(failures.keys) where path.text.utf8.starts(with: prefix.utf8) {
            let parts = path.text.utf8.dropFirst(prefix.utf8.count).split(separator: UInt8(ascii: "/"))
            guard let name = parts.first.flatMap({ String($0) }) else { continue }
            entries[name] = parts.count > 1 ? .folder : kinds[path] ?? .file
        }
        if entries.isEmpty { throw .missing }
        return entries.map { FolderEntry(name: $0.key.text, kind: $0.value) }
    }

    public func read(_ path: String, top: String, limitBytes: Int) throws(FileError) -> [UInt8] {
        if let failure = failures[path] { throw failure }
        guard let bytes = files[path] else { throw .missing }
        guard bytes.count <= limitBytes else { throw .tooLarge(limitBytes: limitBytes) }
        return bytes
    }
}
