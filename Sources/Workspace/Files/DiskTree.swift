#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A workspace's files on the disk.
///
/// Nothing here blocks on a pipe or opens a device, and no link leads out of the workspace or of the folder
/// that it lies in.
public struct DiskTree: FileTree {
    /// How many entries of one folder are looked at.
    public static let entryLimit = 100_000

    /// The workspace's folder.
    public let root: String

    private let cancelled: @Sendable () -> Bool

    /// - Parameter cancelled: is asked at every file and folder; once it says so, all reading ends with
    ///   ``FileError/cancelled``.
    public init(root: String, until cancelled: @escaping @Sendable () -> Bool = { false }) {
        self.root = root
        self.cancelled = cancelled
    }

    public var isCancelled: Bool { cancelled() }

    public func list(_ folder: String, top: String) throws(FileError) -> [FolderEntry] {
        if isCancelled { throw .cancelled }
        let path = try resolve(folder, top: top)
        guard let stream = opendir(path) else { throw failure(errno) }
        defer { closedir(stream) }
        var entries: [FolderEntry] = []
        while let found = readdir(stream), entries.count < Self.entryLimit {
            let name = withUnsafePointer(to: &found.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            if isCancelled { throw .cancelled }
            entries.append(entry(name, at: "\(folder)/\(name)", top: top))
        }
        return entries
    }

    private func entry(_ name: String, at path: String, top: String) -> FolderEntry {
        let real: String
        do {
            real = try resolve(path, top: top)
        } catch .leadsOut {
            return FolderEntry(name: name, kind: .outside)
        } catch {
            return FolderEntry(name: name, kind: .other)
        }
        var status = stat()
        guard lstat(real, &status) == 0 else { return FolderEntry(name: name, kind: .other) }
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            return FolderEntry(name: name, kind: .file)
        case S_IFDIR:
            let identity = FolderIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
            return FolderEntry(name: name, kind: .folder, identity: identity)
        default:
            return FolderEntry(name: name, kind: .other)
        }
    }

    public func read(_ path: String, top: String, limitBytes: Int) throws(FileError) -> [UInt8] {
        if isCancelled { throw .cancelled }
        let real = try resolve(path, top: top)
        // The links were followed above, within bounds. What has become a link since is not followed.
        let descriptor = open(real, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw errno == ENXIO ? .wrongKind : failure(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .wrongKind }
        guard Int(status.st_size) <= limitBytes else { throw .tooLarge(limitBytes: limitBytes) }

        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = systemRead(descriptor, &buffer)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(errno) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            // It may have grown since its size was asked.
            guard bytes.count <= limitBytes else { throw .tooLarge(limitBytes: limitBytes) }
        }
    }

    /// The path without links, if it leads to where it may.
    private func resolve(_ path: String, top: String) throws(FileError) -> String {
        let real = try realPath(absolute(path))
        guard let workspace = try? realPath(root) else { throw .missing }
        if real.isInside(workspace) { return real }
        // A folder whose settings name it by a path outside the workspace, or a link, is a root of its own.
        if !top.isEmpty, let own = try? realPath(absolute(top)), real.isInside(own) { return real }
        throw .leadsOut
    }

    private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(root)/\(path)" }

    private func realPath(_ path: String) throws(FileError) -> String {
        guard let real = realpath(path, nil) else {
            let code = errno
            var status = stat()
            let isLink = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
            throw isLink && code == ENOENT ? .leadsNowhere : failure(code)
        }
        defer { free(real) }
        return String(cString: real)
    }

    private func failure(_ code: Int32) -> FileError {
        switch code {
        case ENOENT: .missing
        case ENOTDIR: .wrongKind
        case ELOOP: .leadsOut
        default: .refused(String(cString: strerror(code)))
        }
    }
}

/// Under another name: in ``DiskTree``, `read` is its own.
private func systemRead(_ descriptor: Int32, _ buffer: inout [UInt8]) -> Int {
    read(descriptor, &buffer, buffer.count)
}
