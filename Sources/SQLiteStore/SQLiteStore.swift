import Foundation
import GRDB
public import Journeys
public import Store
public import Values

/// A store in one SQLite file.
///
/// The file is in WAL mode with `synchronous = FULL`: a commit that returned outlives a kill and a loss of
/// power, and readers never wait for the writer. Beside it are SQLite's `-wal` and `-shm` files and the
/// ``WriterLock``'s; they belong to the store as the file does. It does not cover file systems that are
/// shared between machines.
public final class SQLiteStore: Store {
    let path: String
    private let reader: any DatabaseReader
    private let lookups: Lookups
    let writer: Writer?
    let names: ErasedNames

    public enum Mode: Sendable, Hashable {
        /// Makes the store if there is none, brings an older one up to this version, and keeps every other
        /// process from writing until this value is gone.
        case readWrite
        /// Changes nothing, and works while another process writes. Commits throw
        /// ``StoreError/Code/readOnly``.
        case readOnly
    }

    /// How long a connection waits for one of another process: SQLite's own checkpoints and recovery, and
    /// people with a shell of SQLite.
    static let busyTimeoutMilliseconds = 5_000
    /// With the first one there are as many connections for lookups as can read at once.
    private static let otherLookups = ProcessInfo.processInfo.activeProcessorCount - 1
    /// What the writer keeps of the file in memory.
    private static let cacheLimitKiB = 32 << 10
    /// SQLite keeps at most 1,000,000,000 bytes in a row.
    public static let pieceLimitBytes = 900_000_000
    public var pieceLimitBytes: Int { Self.pieceLimitBytes }

    /// Opens the store in the file `path`. In mode `readWrite` the file, and the folder that it is in, are
    /// made when they are missing; in mode `readOnly` that is an error, ``StoreError/Code/noStore``.
    public convenience init(at path: String, mode: Mode) throws(StoreError) {
        try self.init(at: path, mode: mode, limits: Limits())
    }

    package init(at path: String, mode: Mode, limits: Limits) throws(StoreError) {
        let path = Self.resolved(path)
        self.path = path
        do {
            switch mode {
            case .readWrite:
                let writer = try Self.openWriter(path, limits)
                self.writer = writer
                reader = writer.pool
                lookups = Lookups(try Self.openToRead(path), others: Self.otherLookups) {
                    try Self.openToRead(path)
                }
            case .readOnly:
                writer = nil
                let queue = try Self.openReader(path)
                lookups = Lookups(queue, others: 0) { try Self.openToRead(path) }
                reader = queue
            }
            names = try lookups.read { try ErasedNames(of: $0) }
        } catch {
            throw StoreError(error, file: path)
        }
    }

    deinit {
        // Before the lock goes.
        settle()
        lookups.close()
        try? reader.close()
    }

    /// Brings what is in the `-wal` file into the database's own. What fails here is made good when the store is opened
    /// next.
    public func settle() { try? writer?.settle() }

    // MARK: A service that has the store

    /// Where a service would take commands, beside the file.
    package var socketPath: String { path + ".socket" }

    /// Says beside the file where a service takes commands that has the store.
    package func name(socket: String) { writer?.lock.name(socket: socket) }

    /// Where the service takes commands that has the store in this file, as ``name(socket:)`` said. A process that was
    /// killed left that too. Nil where there is no such place.
    package static func socket(for path: String) -> String? { WriterLock.socket(for: resolved(path)) }

    // MARK: Opening

    /// The file that the path leads to through symbolic links, so that one store has one lock.
    static func resolved(_ path: String) -> String {
        let file = URL(fileURLWithPath: path)
        if FileManager.default.fileExists(atPath: path) { return file.resolvingSymlinksInPath().path }
        let folder = file.deletingLastPathComponent().resolvingSymlinksInPath()
        return folder.appendingPathComponent(file.lastPathComponent).path
    }

    private static func openWriter(_ path: String, _ limits: Limits) throws -> Writer {
        try makeFolder(of: path)
        // Beside a file that is not a store, nothing is left.
        if try !isMissing(path) { _ = try isMade(path) }
        let lock = try WriterLock(for: path)
        if try !isMissing(path) { _ = try isMade(path) }
        let pool = try DatabasePool(path: path, configuration: configuration())
        try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA cache_size = -\(cacheLimitKiB)")
            // What is removed is overwritten (R61).
            try db.execute(sql: "PRAGMA secure_delete = ON")
        }
        try pool.read { try SchemaCheck.requireSame($0, allowing: .harmless) }
        // With NORMAL, which GRDB chose, the last commits may be lost with the power: tables alone, which are then made
        // again. The first commit after them waits for the disk, and takes them along.
        try pool.write { db in if try Schema.isEmpty(db) { try Schema.make(db) } }
        try Schema.migrator.migrate(pool)
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        let checkpointer = try Checkpointer(
            path: path, configuration: configuration(), limits: limits.checkpoints)
        pool.writeWithoutTransaction { checkpointer.watch($0) }
        let ends = try pool.read { try Writer.Ends(of: $0, recentLimit: limits.recent) }
        return Writer(
            pool: pool, lock: lock, checkpointer: checkpointer, limits: limits,
            names: try pool.read { try ErasedNames(of: $0) }, ends: ends)
    }

    static func openReader(_ path: String) throws -> DatabaseQueue {
        guard try !isMissing(path), try isMade(path) else { throw StoreError.noStore(path) }
        let queue = try openToRead(path)
        let isCurrent = try queue.read { try Schema.migrator.hasCompletedMigrations($0) }
        guard isCurrent else {
            throw StoreError(
                .olderVersion, "an earlier version of Signalbox wrote the store", file: path,
                advice: "give a command; that brings the store up to this version")
        }
        try queue.read { try SchemaCheck.requireSame($0, allowing: .harmless) }
        return queue
    }

    /// A connection that reads. For a file in WAL mode SQLite wants to make companions beside it, also to read;
    /// where the folder cannot be written and there are none, nobody writes to the store, and it is read as a
    /// file that does not change.
    static func openToRead(_ path: String) throws -> DatabaseQueue {
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration(readOnly: true))
            _ = try queue.read { try Int.fetchOne($0, sql: "PRAGMA schema_version") }
            return queue
        } catch let error as DatabaseError {
            let isFolder = [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode)
            var status = stat()
            guard isFolder, stat(path + "-wal", &status) != 0 || status.st_size == 0,
                let name = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed)
            else { throw error }
            return try DatabaseQueue(
                path: "file:\(name)?immutable=1", configuration: configuration(readOnly: true))
        }
    }

    static func configuration(readOnly: Bool = false) -> Configuration {
        var configuration = Configuration()
        configuration.label = "signalbox.store"
        configuration.readonly = readOnly
        configuration.busyMode = .timeout(Double(busyTimeoutMilliseconds) / 1_000)
        // The writer gives out the numbers of rows itself; looking each up once more would read pages all over
        // a large store. A backup checks them all.
        configuration.foreignKeysEnabled = false
        return configuration
    }

    static func makeFolder(of path: String) throws {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
            throw StoreError(opening: folder, errno: errno)
        }
    }

    /// An empty file is what is left of a store whose making was cut short. Throws when something other
    /// than a file is there.
    static func isMissing(_ path: String) throws -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return errno == ENOENT }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StoreError(
                .cannotOpen, "is not a file", file: path, advice: "name a file, or one that is not there yet")
        }
        return status.st_size == 0
    }

    /// Whether anything is in the file yet: the making of a store may have been cut short. Throws unless
    /// it is a store of this version or an earlier one. Looks before anything is changed: another
    /// program's database must stay as it is.
    static func isMade(_ path: String) throws -> Bool {
        let queue = try openToRead(path)
        let isMade = try queue.read { db in
            let tables = try PreparedStatement(
                "SELECT count(*) FROM sqlite_master WHERE tbl_name <> 'grdb_migrations'", on: db
            ).first { try $0.count(0) }
            if tables == 0 { return false }
            guard try Int.fetchOne(db, sql: "PRAGMA application_id") == Schema.applicationID else {
                throw StoreError.notAStore(file: path)
            }
            guard try !Schema.migrator.hasBeenSuperseded(db) else {
                throw StoreError(
                    .newerVersion, "a later version of Signalbox wrote the store", file: path,
                    advice: "use that version, or name another file")
            }
            return true
        }
        try queue.close()
        return isMade
    }

    /// A setting of the connection that commits, or of the one that reads.
    package func pragma(_ name: String) throws -> String? {
        func value(_ db: Database) throws -> String? { try String.fetchOne(db, sql: "PRAGMA \(name)") }
        return try writer.map { try $0.pool.writeWithoutTransaction(value) } ?? reader.read(value)
    }

    // MARK: Committing

    public func commit(_ moments: [MomentRecord]) throws(StoreError) {
        try write { writer in
            if !moments.isEmpty { try writer.commit(moments) }
        }
    }

    public func dismiss(_ incidents: [Int]) throws(StoreError) -> Int {
        try write { try $0.dismiss(incidents) }
    }

    public func put(_ value: Value?, _ key: String, of plugin: String) throws(StoreError) {
        try write { try $0.put(value, key, of: plugin) }
    }

    /// Nothing, for a store that was opened for reading.
    public func noteTrackLengths(_ read: (StoredMap) -> [Int]?) throws(StoreError) {
        if writer == nil { return }
        try write { try $0.noteTrackLengths(read) }
    }

    /// Throws ``StoreError/Code/readOnly`` where the store was opened for reading.
    func write<Result>(_ body: (Writer) throws -> Result) throws(StoreError) -> Result {
        guard let writer else {
            throw StoreError(
                .readOnly, "the store was opened for reading", file: path, advice: "open it for writing")
        }
        do {
            return try body(writer)
        } catch {
            throw StoreError(error, file: path)
        }
    }

    // MARK: Reading

    /// Runs `body` on one state of the database.
    func read<Result>(_ body: (Database) throws -> Result) throws(StoreError) -> Result {
        do {
            return try reader.read(body)
        } catch {
            throw StoreError(error, file: path)
        }
    }

    /// For a body of one statement, which sees one state of the database by itself.
    func readOnce<Result>(_ body: (Database) throws -> Result) throws(StoreError) -> Result {
        do {
            return try lookups.read(body)
        } catch {
            throw StoreError(error, file: path)
        }
    }

    public func lead(_ id: LeadID) throws(StoreError) -> LeadRecord? {
        // Nearly always one statement is enough, and what a record consists of is never taken away.
        try readOnce { db in
            try concerning(id) { try newest(id, on: db).map { try RecordHistory(on: db).newest($0) } }
        }
    }

    /// Nil when there is no such lead.
    func newest(_ lead: LeadID, on db: Database) throws -> RecordHistory.Newest? {
        try PreparedStatement(RecordHistory.Newest.one, on: db)
            .first(.text(lead.text)) { try RecordHistory.Newest($0) }
    }

    /// Says of what is damaged which lead it concerns.
    func concerning<Result>(_ lead: LeadID, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as StoreError where error.code == .damaged {
            throw StoreError.leadDamaged(lead, error.message)
        }
    }

    public func accepted(_ id: CommandID, of lead: LeadID) throws(StoreError) -> AcceptedCommand? {
        try readOnce { db in
            let commands = try PreparedStatement(
                """
                SELECT moments.moment, moments.command
                FROM commands
                JOIN settled_leads ON settled_leads.id = commands.lead
                JOIN moments ON moments.id = commands.moment
                WHERE commands.id = ? AND settled_leads.lead IN (?, ?)
                """, on: db)
            func find(_ id: String, _ erased: String) throws -> AcceptedCommand? {
                try commands.first(.text(id), .text(lead.text), .text(erased)) { row in
                    try AcceptedCommand(row, names: names)
                }
            }
            if let accepted = try find(id.text, lead.text) { return accepted }
            return mayHaveErased ? try find(names.name(of: id), names.name(of: lead)) : nil
        }
    }

    public func value(_ key: String, of plugin: String) throws(StoreError) -> Value? {
        try readOnce { db in
            try PreparedStatement("SELECT value FROM plugin_values WHERE plugin = ? AND key = ?", on: db)
                .first(.text(plugin), .text(key)) { try Value(storedJSON: try $0.bytes(0)) }
        }
    }

    public func map(_ version: MapVersion) throws(StoreError) -> StoredMap? {
        try read { db in try Self.map(version, on: db) }
    }

    static func map(_ version: MapVersion, on db: Database) throws -> StoredMap? {
        try PreparedStatement("SELECT map, file, source FROM maps WHERE version = ?", on: db)
            .first(.text(version.text)) { row in
                StoredMap(
                    id: MapID(try row.text(0)), version: version, file: try row.text(1),
                    source: try row.bytes(2), trackLengths: try StepCounters(on: db).trackLengths(of: version)
                )
            }
    }

    public func nextIncident() throws(StoreError) -> Int {
        try read { db in
            try PreparedStatement(
                """
                SELECT max(coalesce((SELECT max(number) FROM incidents), 0),
                    coalesce((SELECT incident FROM remains), 0))
                """, on: db
            ).first { try $0.count(0) + 1 } ?? 1
        }
    }

    public func heldLeads(after: LeadID?, limit: Int) throws(StoreError) -> [HeldLead] {
        try read { db in
            try PreparedStatement(Self.heldLeads, on: db)
                .rows(.text(after?.text ?? ""), .integer(limit)) { row in
                    HeldLead(
                        id: try row.leadID(0), plugin: try row.optionalText(1),
                        pluginHash: try row.optionalText(2))
                }
        }
    }

    /// By the index of held leads, and for each by that of its incidents.
    package static let heldLeads = """
        SELECT leads.lead, failed.plugin, failed.plugin_hash
        FROM settled_leads AS leads LEFT JOIN incidents AS failed ON failed.number = (
            SELECT number FROM incidents
            WHERE incidents.lead = leads.id AND substr(trigger_name, -5) = '/flex'
            ORDER BY number DESC LIMIT 1)
        WHERE leads.held = 1 AND leads.lead > ? ORDER BY leads.lead LIMIT ?
        """

    public func counts() throws(StoreError) -> StoreCounts {
        try read { db in
            let byStatus = try PreparedStatement(
                "SELECT status, count(*), CAST(total(moment) AS INTEGER) AS moments FROM leads GROUP BY status",
                on: db
            ).rows { (try $0.text(0), try $0.count(1), try $0.count(2)) }
            var leads: [LeadStatus: Int] = [:]
            for (text, count, _) in byStatus {
                guard let status = LeadStatus(rawValue: text) else {
                    throw StoreError.damaged("no lead can have the status \(text.quotedForMessage)")
                }
                leads[status] = count
            }
            func count(_ table: String) throws -> Int {
                try PreparedStatement("SELECT count(*) FROM \(table)", on: db).first { try $0.count(0) } ?? 0
            }
            // A lead's moments are numbered without gaps, so their sum needs no look at the moments.
            return StoreCounts(
                leads: leads, moments: byStatus.reduce(0) { $0 + $1.2 }, incidents: try count("incidents"),
                outbox: try count("deliveries"))
        }
    }

    public func incidents(
        of lead: LeadID?, in state: IncidentState.Name?, before: Int?, limit: Int
    ) throws(StoreError) -> [IncidentRecord] {
        // As a literal, for the index of open ones.
        let inState = state.map { "AND state = '\($0.rawValue)'" } ?? ""
        let ofLead = lead == nil ? "?1 IS NULL" : "leads.lead = ?1"
        return try read { db in
            try PreparedStatement(
                "\(Self.incidents) WHERE \(ofLead) AND number < ?2 \(inState) ORDER BY number DESC LIMIT ?3",
                on: db
            ).rows(Argument(lead?.text), .integer(before ?? .max), .integer(limit)) { try IncidentRecord($0) }
        }
    }

    public func incident(_ number: Int) throws(StoreError) -> IncidentRecord? {
        try read { db in
            try PreparedStatement("\(Self.incidents) WHERE number = ?", on: db)
                .first(.integer(number)) { try IncidentRecord($0) }
        }
    }

    static let incidents = """
        SELECT number, leads.lead, incidents.moment, place, at, reason, message, traceback, trigger_name,
            run, plugin, plugin_version, plugin_hash, seq, event, details, state, settled
        FROM incidents JOIN leads ON leads.id = incidents.lead
        """

    public func notes(of lead: LeadID) throws(StoreError) -> [StoredNote] {
        try read { db in
            try PreparedStatement(
                """
                SELECT notes.moment, place, at, by, text FROM notes JOIN leads ON leads.id = notes.lead
                WHERE leads.lead = ? ORDER BY notes.moment, place
                """, on: db
            ).rows(.text(lead.text)) { row in
                StoredNote(
                    lead: lead, moment: try row.count(0), number: try row.count(1), at: try row.timestamp(2),
                    by: try row.text(3), text: try row.text(4))
            }
        }
    }

    public func todos(of lead: LeadID) throws(StoreError) -> [StoredTodo] {
        try read { db in try TodoTable(on: db).todos(of: lead) }
    }
}
