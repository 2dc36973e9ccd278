import Values

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Looks at the disk, and takes the stamps that polling compares.
struct DiskLooker: FolderLooker {
    func look(at path: String) -> FoundKind {
        var status = stat()
        guard lstat(path, &status) == 0 else { return .missing }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return .folder
        case S_IFLNK: return target(of: path).map { .link($0) } ?? .missing
        default: return .other
        }
    }

    func list(_ folder: String) -> [(name: String, kind: FoundKind)] {
        names(in: folder).map { name, type in
            switch Int32(type) {
            case Int32(DT_REG): (name, .other)
            case Int32(DT_DIR): (name, .folder)
            // Also where the file system does not say.
            default: (name, look(at: "\(folder)/\(name)"))
            }
        }
    }

    private func names(in folder: String) -> [(name: String, type: UInt8)] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [(String, UInt8)] = []
        while let entry = readdir(stream), names.count < DiskTree.entryLimit {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append((name, entry.pointee.d_type)) }
        }
        return names
    }

    private func target(of link: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { bytes -> Int in
            guard let start = bytes.baseAddress else { return -1 }
            return readlink(link, start.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }
}

/// What of a file tells that it was changed, as far as it can be told without reading it.
struct FileStamp: Hashable {
    let path: String
    let inode: UInt64
    let size: Int64
    let mode: UInt32
    let modified: Int64
    let changed: Int64
}

extension DiskLooker {
    /// How close to now a file's time may be for another change not to show in it: file systems keep time
    /// in ticks.
    private static let tickNanoseconds: Int64 = 50_000_000

    /// The stamps of all that a plan is for. `isFresh` says that something changed just now, so that what
    /// changes next may have the same stamp.
    func stamps(of plan: WatchPlan) -> (stamps: Set<FileStamp>, isFresh: Bool) {
        let now = Self.now()
        var stamps: Set<FileStamp> = []
        var isFresh = false
        for (folder, interest) in plan.folders {
            let names =
                interest.isWhole
                ? Set(names(in: folder.text).map { ExactText($0.name) }).union(interest.names)
                : interest.names
            for name in names where interest.contains(name.text) {
                let path = "\(folder)/\(name)"
                var status = stat()
                guard lstat(path, &status) == 0 else { continue }
                #if canImport(Darwin)
                    let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
                #else
                    let (modified, changed) = (status.st_mtim, status.st_ctim)
                #endif
                if abs(now - Self.nanoseconds(changed)) < Self.tickNanoseconds { isFresh = true }
                stamps.insert(
                    FileStamp(
                        path: path, inode: UInt64(status.st_ino), size: Int64(status.st_size),
                        mode: UInt32(status.st_mode), modified: Self.nanoseconds(modified),
                        changed: Self.nanoseconds(changed)))
            }
        }
        return (stamps, isFresh)
    }

    private static func now() -> Int64 {
        withUnsafeTemporaryAllocation(of: timespec.self, capacity: 1) { time in
            guard let start = time.baseAddress, clock_gettime(CLOCK_REALTIME, start) == 0 else { return 0 }
            return nanoseconds(start.pointee)
        }
    }

    /// Reads the two words of a time: whose module its members belong to depends on which C headers were
    /// imported first, and so whether they can be seen from here.
    private static func nanoseconds(_ time: timespec) -> Int64 {
        withUnsafeBytes(of: time) { bytes in
            let seconds = bytes.load(as: Int.self)
            let rest = bytes.load(fromByteOffset: MemoryLayout<Int>.size, as: Int.self)
            return Int64(seconds) * 1_000_000_000 + Int64(rest)
        }
    }
}
