import Foundation
import GRDBSQLite
import Journeys
import Plugins
import SQLiteStore
import Signalbox
import Store
import Values
import Workspace

/// A store with many leads, each of which went through a journey that was lost early on.
struct ManyLeads {
    let path: String
    let count: Int

    private static let idDigits = 9
    /// How many leads share a transaction while the store is filled.
    private static let filledTogether = 20_000
    /// Stands for the lead's number in the rows that all leads' are made from.
    private static let sample = 765_432_198

    /// Fills a new store in the file `path`, past the engine, for that takes too long.
    init(_ count: Int, of generation: Generation, at path: String, progress: (String) -> Void) throws {
        self.path = path
        self.count = count
        let source = try Self.sampleRows(generation)
        try Self.makeStore(of: generation, at: path)
        let patterns = source.map { PatchedRows($0, number: Self.digits(Self.sample)) }
        let database = try RawDatabase(path: path)
        // Nothing can be lost that could not be made again, and one write of a page is enough.
        try database.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        let writer = try RowWriter(database, settling: true)
        for start in stride(from: 0, to: count, by: Self.filledTogether) {
            progress("\(start) of \(count) leads are in the store")
            try database.execute("BEGIN")
            for number in start..<min(count, start + Self.filledTogether) {
                let digits = Self.digits(number)
                for pattern in patterns { try writer.write(pattern.rows(of: digits)) }
            }
            try database.execute("COMMIT")
        }
        try database.execute("PRAGMA journal_mode = WAL")
        database.close()
        try Self.bringToDisk(path)
    }

    /// Different ones for each `position` below ``count``, all over the store.
    func id(_ position: Int) -> LeadID {
        // A prime that is far from every round count, so that neighbours are far from each other.
        Self.id(position % count * 514_229 % count)
    }

    /// Brings the file into the system's memory, where it is while an engine is at work on it.
    func readThrough() throws {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        while let bytes = try file.read(upToCount: 1 << 20), !bytes.isEmpty {}
    }

    private static func digits(_ number: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: idDigits - text.count) + text
    }

    private static func id(_ number: Int) -> LeadID {
        guard let id = LeadID("L\(digits(number))") else { preconditionFailure("an L and digits are an id") }
        return id
    }

    private static func sampleRows(_ generation: Generation) throws -> [MomentRows] {
        let lead = id(sample)
        let name: Table = ["name": .string("Lead \(digits(sample))")]
        let commands = [
            Command(lead: lead, order: .assign(JourneyWorkload.mapID, LeadChanges(fields: name))),
            Command(lead: lead, order: .status(.lost)),
        ]
        return try MomentRows.rows(of: commands, generation, together: 1)
    }

    /// Makes the tables, and keeps the map that the leads were on.
    private static func makeStore(of generation: Generation, at path: String) throws {
        _ = try SQLiteStore(at: path, mode: .readWrite)
        guard case .available(let map) = generation.rulebook.maps[JourneyWorkload.mapID],
            let source = generation.source(of: map.version)
        else { preconditionFailure("the workload has a map") }
        let database = try RawDatabase(path: path)
        let insert = try RawStatement(
            "INSERT INTO maps (version, map, file, source) VALUES (?, ?, ?, ?)", on: database)
        insert.bind(map.version.text, at: 1)
        insert.bind(map.id.text, at: 2)
        insert.bind(source.file, at: 3)
        insert.bind(blob: source.bytes, at: 4)
        try insert.run()
        // As the engine keeps it with the map, so that it need not look at each lead first.
        let lengths = map.trackLengths.map(String.init).joined(separator: ",")
        let keep = try RawStatement("INSERT INTO map_tracks (version, lengths) VALUES (?, ?)", on: database)
        keep.bind(map.version.text, at: 1)
        keep.bind("[\(lengths)]", at: 2)
        try keep.run()
        database.close()
    }

    /// Also takes the file out of the system's memory, so that the engine has to read it.
    private static func bringToDisk(_ path: String) throws {
        let file = open(path, O_RDWR)
        guard file >= 0, fsync(file) == 0 else {
            throw BenchmarkError(description: "\(path) was not brought to the disk")
        }
        #if canImport(Glibc)
            posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
        #endif
        close(file)
    }
}

/// Rows of a lead with the places where its number is.
private struct PatchedRows {
    private let rows: MomentRows
    private let commandPlaces: [Int]
    private let journalPlaces: [Int]
    private let recordPlaces: [Int]
    private let changePlaces: [Int]

    init(_ rows: MomentRows, number: String) {
        self.rows = rows
        let number = Array(number.utf8)
        commandPlaces = Self.places(of: number, in: rows.command)
        journalPlaces = Self.places(of: number, in: rows.journal)
        recordPlaces = Self.places(of: number, in: rows.record)
        changePlaces = Self.places(of: number, in: rows.change ?? [])
    }

    /// The same rows of the lead with another number of as many digits.
    func rows(of digits: String) -> MomentRows {
        var changed = rows
        let number = Array(digits.utf8)
        changed.lead = "L\(digits)"
        for place in commandPlaces {
            changed.command.replaceSubrange(place..<place + number.count, with: number)
        }
        for place in journalPlaces {
            changed.journal.replaceSubrange(place..<place + number.count, with: number)
        }
        for place in recordPlaces {
            changed.record.replaceSubrange(place..<place + number.count, with: number)
        }
        for place in changePlaces {
            changed.change?.replaceSubrange(place..<place + number.count, with: number)
        }
        return changed
    }

    private static func places(of number: [UInt8], in bytes: [UInt8]) -> [Int] {
        bytes.indices.filter { bytes[$0...].starts(with: number) }
    }
}
