#if os(Linux)
    import Glibc
    import Values

    /// What the system tells of changes in folders: inotify.
    ///
    /// Owner: one thread. The descriptor is closed in `deinit`.
    final class FolderNotices {
        let descriptor: Int32
        private var paths: [Int32: Set<ExactText>] = [:]
        private var watches: [ExactText: (number: Int32, mask: UInt32)] = [:]
        private var plan: WatchPlan?
        private var silent = SilentMounts()

        /// What in a folder tells that something in it is another now.
        private static let entryMask = UInt32(
            IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB)
        /// What happens to the folder itself.
        private static let selfMask =
            UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR) | UInt32(IN_DONT_FOLLOW)
        /// What the system tells unasked: the folder is gone, or something was not told.
        private static let lossMask = UInt32(IN_UNMOUNT | IN_Q_OVERFLOW)

        init?() {
            descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
            guard descriptor >= 0 else { return nil }
        }

        deinit { close(descriptor) }

        /// The result of going over to a plan.
        struct Adoption {
            /// A folder is watched now that was not before: what happened in it until now went unseen.
            var hasNew = false
            /// Whether the system tells everything; if not, the folders must be polled.
            var isComplete = true
        }

        func adopt(_ plan: WatchPlan) -> Adoption {
            self.plan = plan
            var adoption = Adoption()
            for (path, watch) in watches where plan.folders[path] == nil {
                forget(path, watch.number)
            }
            for (path, interest) in plan.folders {
                // Files that are being written tell so only where they matter: in the workspace's own
                // folder there may be a store.
                let mask = Self.entryMask | Self.selfMask | (interest.isWhole ? UInt32(IN_MODIFY) : 0)
                if watches[path]?.mask == mask { continue }
                let number = inotify_add_watch(descriptor, path.text, mask)
                guard number >= 0 else {
                    // What is gone already is missed by nobody, and its parent tells when it is back.
                    if errno != ENOENT, errno != ENOTDIR { adoption.isComplete = false }
                    continue
                }
                watches[path] = (number, mask)
                paths[number, default: []].insert(path)
                adoption.hasNew = true
            }
            if adoption.hasNew { silent = SilentMounts() }
            if watches.keys.contains(where: { silent.contain($0.text) }) { adoption.isComplete = false }
            return adoption
        }

        /// Reads all that was told. Answers whether something of it matters.
        func read() -> Bool {
            var matters = false
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 8)
            defer { buffer.deallocate() }
            while true {
                let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return matters }
                var place = 0
                while place + 16 <= count {
                    let number = buffer.loadUnaligned(fromByteOffset: place, as: Int32.self)
                    let mask = buffer.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self)
                    let length = Int(buffer.loadUnaligned(fromByteOffset: place + 12, as: UInt32.self))
                    let name = buffer[(place + 16)..<min(place + 16 + length, count)].prefix { $0 != 0 }
                    if take(number, mask, name: String(decoding: name, as: UTF8.self)) { matters = true }
                    place += 16 + length
                }
            }
        }

        private func take(_ number: Int32, _ mask: UInt32, name: String) -> Bool {
            if mask & UInt32(IN_IGNORED) != 0 {
                // Unless it was this side that gave the watch up.
                guard let gone = paths.removeValue(forKey: number) else { return false }
                for path in gone { watches[path] = nil }
                return true
            }
            if mask & UInt32(IN_MOVE_SELF) != 0 {
                // It is still watched, under a path where another folder may be now.
                for path in paths[number] ?? [] { forget(path, number) }
            }
            if mask & (Self.lossMask | UInt32(IN_DELETE_SELF | IN_MOVE_SELF)) != 0 { return true }
            return (paths[number] ?? []).contains { plan?.folders[$0]?.contains(name) ?? false }
        }

        private func forget(_ path: ExactText, _ number: Int32) {
            watches[path] = nil
            paths[number]?.remove(path)
            guard paths[number]?.isEmpty ?? false else { return }
            paths[number] = nil
            inotify_rm_watch(descriptor, number)
        }
    }

    /// Where the system tells nothing of what another machine, or another system, changes.
    private struct SilentMounts {
        private static let kinds: Set<String> = [
            "9p", "afs", "ceph", "cifs", "nfs", "nfs4", "smb3", "smbfs", "vboxsf", "virtiofs",
        ]
        /// Where file systems are mounted, the longest paths first, and whether they are silent.
        private let mounts: [(path: String, isSilent: Bool)]

        init() {
            let file = DiskTree(root: "/proc/self")
            let bytes = (try? file.read("mounts", top: "/proc", limitBytes: 1 << 20)) ?? []
            mounts = String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
                let parts = line.split(separator: " ")
                guard parts.count > 2 else { return nil }
                let kind = String(parts[2])
                return (String(parts[1]), Self.kinds.contains(kind) || kind.hasPrefix("fuse"))
            }.sorted { $0.path.utf8.count > $1.path.utf8.count }
        }

        func contain(_ path: String) -> Bool {
            mounts.first { path.isInside($0.path) }?.isSilent
                ?? false
        }
    }
#endif
