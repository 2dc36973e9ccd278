public import Plugins

/// A workspace in memory.
public struct MemoryTree: FileTree {
    private var files: [String: [UInt8]] = [:]
    private var failures: [String: FileFailure] = [:]
    private var kinds: [String: FolderEntry.Kind] = [:]

    public init(_ files: [String: String]) { self.files = files.mapValues { Array($0.utf8) } }

    public mutating func put(_ path: String, _ bytes: [UInt8]) { files[path] = bytes }

    public mutating func put(_ path: String, _ text: String) { files[path] = Array(text.utf8) }

    /// Takes a file away, and a failure of its path.
    public mutating func remove(_ path: String) {
        files[path] = nil
        failures[path] = nil
        kinds[path] = nil
    }

    public mutating func fail(_ path: String, _ failure: FileFailure, kind: FolderEntry.Kind) {
        failures[path] = failure
        kinds[path] = kind
    }

    public func list(_ folder: String, top: String) throws(FileFailure) -> [FolderEntry] {
        if let failure = failures[folder] { throw failure }
        let prefix = folder == "." ? "" : folder + "/"
        var entries: [String: FolderEntry.Kind] = [:]
        for path in Array(files.keys) + Array(failures.keys) where path.hasPrefix(prefix) {
            let parts = path.dropFirst(prefix.count).split(separator: "/")
            guard let name = parts.first.map(String.init) else { continue }
            entries[name] = parts.count > 1 ? .folder : kinds[path] ?? .file
        }
        if entries.isEmpty { throw .missing }
        return entries.map { FolderEntry(name: $0.key, kind: $0.value) }
    }

    public func read(_ path: String, top: String, limitBytes: Int) throws(FileFailure) -> [UInt8] {
        if let failure = failures[path] { throw failure }
        guard let bytes = files[path] else { throw .missing }
        guard bytes.count <= limitBytes else { throw .tooLarge(limitBytes: limitBytes) }
        return bytes
    }
}
