import Foundation
import GRDB
public import Store
import Values

extension SQLiteStore {
    /// What a file holds that was made or taken over.
    public struct Copied: Sendable, Hashable {
        public let counts: StoreCounts
        /// What does not read back, and is there as it was; everything else reads.
        public let damage: Damage
        /// Where the store is that was there before; nil when there was none.
        public let replaced: String?
    }

    // MARK: Making a backup

    /// Writes everything that is committed in the store at `path` into `file`, also while another process
    /// writes: one state of it, and as one file that is a store by itself.
    ///
    /// The copy is written aside, checked as a restore checks it, and renamed when it is on the disk. A
    /// backup that is there already is replaced; anything else that is there is refused.
    public static func backUp(_ path: String, to file: String) throws(StoreError) -> Copied {
        let path = resolved(path)
        let file = resolved(file)
        do {
            try requireApart(path, file)
            try requireReplaceable(file)
            return try withFileAside(file) { aside in
                let source = try openReader(path)
                try copy(source, to: aside)
                try source.close()
                let (counts, damage) = try check(aside)
                try sync(aside)
                try rename(aside, to: file)
                return Copied(counts: counts, damage: damage, replaced: nil)
            }
        } catch {
            throw StoreError(error, file: file).blaming(path)
        }
    }

    /// A file that may be overwritten: none, or a store that nobody works on.
    private static func requireReplaceable(_ file: String) throws {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
        guard access(folder, W_OK) == 0 else { throw StoreError(opening: folder, errno: errno) }
        if try isMissing(file) { return }
        guard (try? isMade(file)) == true else {
            throw StoreError(
                .cannotOpen, "is something else than a backup", file: file, advice: "name another file")
        }
        guard !companions.contains(where: { FileManager.default.fileExists(atPath: file + $0) }) else {
            throw StoreError(
                .cannotOpen, "is a store that is in use", file: file, advice: "name another file")
        }
    }

    private static func requireApart(_ path: String, _ file: String) throws {
        guard path == file else { return }
        throw StoreError(
            .cannotOpen, "is the workspace's own store", file: file, advice: "name another file")
    }

    // MARK: Restoring

    /// Puts what `file` holds in the place of the store at `path`.
    ///
    /// Nothing changes before all of the file was read: it must be a store of a version that is known, with the tables
    /// of one and nothing else, whole for SQLite, and with rows that lead to each other. Values that do not read
    /// back come along and are named. The store that was there stays beside the new one; the database of another
    /// program that is there is refused. Throws ``StoreError/Code/locked(by:)`` while another process writes to it.
    public static func restore(_ path: String, from file: String) throws(StoreError) -> Copied {
        let path = resolved(path)
        let file = resolved(file)
        do {
            try requireApart(path, file)
            guard try !isMissing(file) else {
                throw StoreError(.noStore, "there is no such file", file: file, advice: "name a backup")
            }
            guard try isMade(file) else { throw StoreError.notAStore(file: file) }
            try makeFolder(of: path)
            try requireNoOther(path)
            let lock = try WriterLock(for: path)
            defer { withExtendedLifetime(lock) {} }
            return try withFileAside(path) { aside in
                let source = try openToRead(file)
                try copy(source, to: aside)
                try source.close()
                let (counts, damage) = try check(aside, asNewStore: true)
                try sync(aside)
                let replaced = try keepAside(path)
                try rename(aside, to: path)
                return Copied(counts: counts, damage: damage, replaced: replaced)
            }
        } catch {
            throw StoreError(error, file: path).blaming(
                file, advice: "name another backup; the store is as it was")
        }
    }

    /// Throws where another program's database is. What is not a database at all may be a store whose first page is
    /// damaged, and is kept.
    private static func requireNoOther(_ path: String) throws {
        if try isMissing(path) { return }
        do {
            _ = try isMade(path)
        } catch let error as StoreError where error.code == .notAStore {
            throw StoreError(
                .cannotOpen, "is the database of another program", file: path,
                advice: "move it away, or name another place for the store")
        } catch is DatabaseError {}
    }

    /// Gives the store a second name, and leaves the first one to a file without SQLite's companions.
    ///
    /// At no point is a commit of the store without a name: it is folded in, or its companion is linked,
    /// before anything is taken away.
    private static func keepAside(_ path: String) throws -> String? {
        guard FileManager.default.fileExists(atPath: path) else {
            for companion in companions { unlink(path + companion) }
            return nil
        }
        // A store that is damaged cannot; then its companions go with it.
        try? fold(path)
        let kept = try unusedName(beside: path)
        for companion in ["", "-wal", "-journal"]
        where FileManager.default.fileExists(atPath: path + companion) {
            try link(path + companion, to: kept + companion)
        }
        try syncFolder(of: path)
        for companion in companions { unlink(path + companion) }
        return kept
    }

    /// Brings everything that is committed into the one file.
    private static func fold(_ path: String) throws {
        let queue = try DatabaseQueue(path: path, configuration: configuration())
        try queue.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
        try queue.close()
    }

    private static func unusedName(beside path: String) throws -> String {
        for number in 1...replacedLimit {
            let name = "\(path).replaced-\(number)"
            let names = [name] + companions.map { name + $0 }
            if !names.contains(where: { FileManager.default.fileExists(atPath: $0) }) { return name }
        }
        throw StoreError(
            .cannotOpen, "\(replacedLimit) stores that were replaced are beside it", file: path,
            advice: "remove those that nobody needs")
    }

    /// How many stores that were replaced may stay beside one.
    private static let replacedLimit = 1000

    /// What SQLite keeps beside a database that is in use, or was when its process died.
    private static let companions = ["-wal", "-shm", "-journal"]

    // MARK: Copying and checking

    /// Runs `body` with the name of a file beside `file` that is not there, and leaves nothing of it.
    private static func withFileAside<Result>(
        _ file: String, _ body: (String) throws -> Result
    ) throws -> Result {
        let aside = "\(file).partial-\(getpid())"
        func clear() { for suffix in [""] + companions { unlink(aside + suffix) } }
        clear()
        defer { clear() }
        return try body(aside)
    }

    private static func copy(_ source: any DatabaseReader, to file: String) throws {
        let target = try DatabaseQueue(path: file, configuration: configuration())
        try source.backup(to: target)
        // One file, which can be read where nothing can be written.
        try target.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA journal_mode = DELETE") }
        try target.close()
    }

    /// Throws unless the file is a whole store, apart from values that do not read back; brings it up to this
    /// version, so it must be a copy.
    ///
    /// - Parameter isNew: whether it goes on as a store of its own: what it sends is not what another store sends that
    ///   goes on from the same backup (R54).
    private static func check(
        _ copy: String, asNewStore isNew: Bool = false
    ) throws -> (StoreCounts, Damage) {
        let queue = try DatabaseQueue(path: copy, configuration: configuration())
        try queue.read { db in
            try SchemaCheck.requireSame(db, allowing: .none)
            let findings = try String.fetchAll(db, sql: "PRAGMA integrity_check(3)")
            guard findings == ["ok"] else {
                throw StoreError.damaged("the store is damaged: \(findings.joined(separator: ", "))")
            }
            // Nothing looks while it is written.
            if let orphan = try String.fetchOne(db, sql: "SELECT \"table\" FROM pragma_foreign_key_check") {
                throw StoreError.damaged("a row of the table \(orphan) is of something that is not there")
            }
        }
        try Schema.migrator.migrate(queue)
        if isNew {
            try queue.write { db in
                try DeliveryTable(on: db).renewStoreID()
                try StepCounters(on: db).recount()
            }
        }
        try queue.close()
        let store = try SQLiteStore(at: copy, mode: .readOnly)
        return (try store.counts(), try store.readEverything())
    }

    // MARK: Files

    private static func sync(_ file: String) throws {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError(opening: file, errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StoreError(opening: file, errno: errno) }
    }

    private static func syncFolder(of file: String) throws {
        try sync(URL(fileURLWithPath: file).deletingLastPathComponent().path)
    }

    private static func rename(_ file: String, to name: String) throws {
        guard Foundation.rename(file, name) == 0 else { throw StoreError(opening: name, errno: errno) }
        try syncFolder(of: name)
    }

    /// A second name; a copy on file systems that have but one for a file.
    private static func link(_ file: String, to name: String) throws {
        if Foundation.link(file, name) == 0 { return }
        do {
            try FileManager.default.copyItem(atPath: file, toPath: name)
        } catch {
            throw StoreError(
                .inputOutput, "cannot be copied: \(error.localizedDescription)", file: file,
                advice: "make room beside it, and see that the folder can be written")
        }
        try sync(name)
    }
}

extension StoreError {
    /// The error with the name of the file that was read, where that file is what is wrong: it is found
    /// out on a copy.
    fileprivate func blaming(_ source: String, advice: String? = nil) -> StoreError {
        switch code {
        case .noStore, .notAStore, .damaged, .newerVersion, .olderVersion:
            StoreError(code, message, file: source, advice: advice ?? self.advice)
        case .cannotOpen, .readOnly, .locked, .serviceEnded, .full, .inputOutput, .conflict, .wrongMap,
            .leadDamaged, .recordNotKept, .deliveryChanged, .tokenTaken, .noSuchToken, .invalidValue,
            .invalidSums:
            self
        }
    }
}
