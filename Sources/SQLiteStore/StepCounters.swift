import GRDB
import Journeys
import Store
import Values

/// How many leads are at each step of each version of a map, and since when; kept with the moments.
///
/// A commit adds one row to `step_changes`, with what its moments changed added up. When there are enough of these rows,
/// the next commit adds them to `step_counts`, where times that are long ago are counted together
/// (``Store/OpeningTimes``), and removes them. Who reads adds them up for itself.
///
/// Where a lead is counted is a function of its record and of `map_tracks`, so that it is found when it leaves.
struct StepCounters {
    private let db: Database

    init(on db: Database) { self.db = db }

    /// A step, or ``StepChanges/journey``, and when it opened.
    struct Place: Hashable, Comparable {
        let step: Int
        /// Of an ``OpeningSlot``; nil where that is not known.
        let slot: Int?

        static func < (left: Place, right: Place) -> Bool {
            (left.step, left.slot ?? .min) < (right.step, right.slot ?? .min)
        }
    }

    typealias Changes = [MapVersion: [Place: Int]]

    // MARK: Writing

    /// How many rows, and how many bytes of them, wait to be added up.
    struct Waiting {
        var rows: Int
        var bytes: Int
        static let limitBytes = 128 << 10

        init() { (rows, bytes) = (0, 0) }

        init(on db: Database) throws {
            let found = try PreparedStatement(
                "SELECT count(*), CAST(total(length(changes)) AS INTEGER) FROM step_changes", on: db
            ).first { (try $0.count(0), try $0.count(1)) }
            (rows, bytes) = found ?? (0, 0)
        }
    }

    /// Keeps what a commit changed.
    ///
    /// - Parameters:
    ///   - at: the first time of its moments.
    ///   - limit: how many rows wait at most.
    func note(_ tally: Tally, at: Timestamp, _ waiting: inout Waiting, limit: Int) throws {
        guard let json = tally.json else { return }
        if waiting.rows >= limit || waiting.bytes >= Waiting.limitBytes {
            try settle()
            waiting = Waiting()
        }
        try PreparedStatement("INSERT INTO step_changes (at, changes) VALUES (?, ?)", on: db)
            .run(Argument(at), .utf8(json))
        waiting.rows += 1
        waiting.bytes += json.count
    }

    /// What a moment changed that does not say it.
    func changes(from earlier: LeadRecord?, to later: LeadRecord) throws -> StepChanges? {
        StepChanges(from: try whereabouts(earlier?.journey), to: try whereabouts(later.journey))
    }

    private func whereabouts(_ journey: JourneyRecord?) throws -> Whereabouts? {
        guard let journey, journey.phase == .active else { return nil }
        return Whereabouts(journey, try tracks(of: journey.version))
    }

    /// Adds the rows that wait to the counts. A count that does not read back is left as it is: no commit fails for it.
    private func settle() throws {
        let now = try firstTime(of: "SELECT at FROM step_changes")
        let read = try PreparedStatement(
            "SELECT times FROM step_counts WHERE map = ? AND step = ? AND version = ?", on: db)
        var waiting: Changes = [:]
        do { waiting = try waitingChanges() } catch let error as StoreError where error.code == .damaged {}
        for (version, changes) in waiting {
            guard let map = try map(of: version) else { continue }
            for (step, changes) in Dictionary(grouping: changes, by: \.key.step) {
                let key = (Argument.text(map), Argument.integer(step), Argument.text(version.text))
                let found = try read.first(key.0, key.1, key.2) { row in
                    try? OpeningTimes(json: row.bytes(0))
                }
                if case .some(nil) = found { continue }
                var times = (found ?? nil) ?? OpeningTimes()
                times.add(changes.map { ($0.key, $0.value) })
                if let now { times.merge(at: now) }
                try write(times, map, step, version)
            }
        }
        try PreparedStatement("DELETE FROM step_changes", on: db).run()
    }

    /// The earliest of some times, as that from which others are looked at: one lead whose time is far ahead must not make
    /// all others seem long ago. Nil where one cannot be a time.
    private func firstTime(of some: String) throws -> Timestamp? {
        let time = try PreparedStatement("SELECT min(at) FROM (\(some))", on: db)
            .first { try? $0.timestamp(0) }
        return time ?? nil
    }

    private func write(_ times: OpeningTimes, _ map: String, _ step: Int, _ version: MapVersion) throws {
        let key = (Argument.text(map), Argument.integer(step), Argument.text(version.text))
        if times.isEmpty {
            try PreparedStatement(
                "DELETE FROM step_counts WHERE map = ? AND step = ? AND version = ?", on: db
            ).run(key.0, key.1, key.2)
        } else {
            try PreparedStatement(
                """
                INSERT INTO step_counts (map, step, version, times) VALUES (?, ?, ?, ?)
                ON CONFLICT (map, step, version) DO UPDATE SET times = excluded.times
                """, on: db
            ).run(key.0, key.1, key.2, .utf8(times.jsonBytes))
        }
    }

    // MARK: Counting anew

    /// Between mergings a step has at most so many classes while everything is counted.
    private static let classLimit = 1_000

    /// Counts every lead whose record reads back.
    func recount() throws {
        try PreparedStatement("DELETE FROM step_counts", on: db).run()
        try PreparedStatement("DELETE FROM step_changes", on: db).run()
        let now = try firstTime(of: "SELECT at FROM moments ORDER BY id DESC LIMIT 64")
        let history = try RecordHistory(on: db)
        var counts: [MapVersion: [Int: OpeningTimes]] = [:]
        var tracks: [MapVersion: StepTracks?] = [:]
        // One by one: a store may have many.
        _ = try PreparedStatement(
            "SELECT \(RecordHistory.Newest.columns) FROM \(RecordHistory.Newest.tables)", on: db
        ).rows { row -> Void? in
            guard let journey = try journey(row, history) else { return nil }
            let version = journey.version
            if tracks[version] == nil { tracks[version] = .some(try self.tracks(of: version)) }
            for one in Whereabouts(journey, tracks[version] ?? nil)?.all(1) ?? [] {
                counts[version, default: [:]][one.step, default: OpeningTimes()].add(1, in: one.slot)
                if let now, counts[version]?[one.step]?.classCount ?? 0 > Self.classLimit {
                    counts[version]?[one.step]?.merge(at: now)
                }
            }
            return nil
        }
        for (version, steps) in counts {
            guard let map = try map(of: version) else { continue }
            for (step, var times) in steps {
                if let now { times.merge(at: now) }
                try write(times, map, step, version)
            }
        }
    }

    /// The journey of a lead, where it is active and reads back.
    private func journey(_ row: ResultRow, _ history: RecordHistory) throws -> JourneyRecord? {
        do {
            let journey = try history.newest(RecordHistory.Newest(row)).journey
            return journey?.phase == .active ? journey : nil
        } catch let error as StoreError where error.code == .damaged {
            return nil
        }
    }

    // MARK: Reading

    /// What waits to be added to the counts, added up.
    func waitingChanges() throws -> Changes {
        var changes: Changes = [:]
        _ = try PreparedStatement("SELECT changes FROM step_changes", on: db).rows { row -> Void? in
            try Self.add(json: try row.bytes(0), to: &changes)
            return nil
        }
        return changes
    }

    /// Every count as it is now; those that do not read back are left out, and named to `damaged`.
    func all(damaged: (MapVersion) -> Void) throws -> [MapVersion: [Int: OpeningTimes]] {
        var counts: [MapVersion: [Int: OpeningTimes]] = [:]
        _ = try PreparedStatement("SELECT version, step, times FROM step_counts", on: db).rows {
            row -> Void? in
            let version = MapVersion(try row.text(0))
            do {
                counts[version, default: [:]][try row.integer(1)] = try OpeningTimes(json: row.bytes(2))
            } catch let error as StoreError where error.code == .damaged {
                damaged(version)
            }
            return nil
        }
        for (version, changes) in try waitingChanges() {
            if !counts[version, default: [:]].add(changes) { damaged(version) }
        }
        return counts
    }

    func counts(of map: MapID) throws -> [StepCounts] {
        var counts: [MapVersion: [Int: OpeningTimes]] = [:]
        _ = try PreparedStatement("SELECT version, step, times FROM step_counts WHERE map = ?", on: db)
            .rows(.text(map.text)) { row -> Void? in
                counts[MapVersion(try row.text(0)), default: [:]][try row.integer(1)] =
                    try OpeningTimes(json: row.bytes(2))
                return nil
            }
        for (version, changes) in try waitingChanges() {
            guard let owner = try self.map(of: version), sameBytes(owner, map.text) else { continue }
            counts[version, default: [:]].add(changes)
        }
        return counts.map { version, steps in
            var onVersion = StepCounts(of: version)
            for (step, times) in steps { onVersion.add(times, at: step) }
            return onVersion
        }
        .filter { !$0.isEmpty }
        .sorted { $0.version < $1.version }
    }

    func activeLeads(on maps: [MapID]) throws -> [MapID: Int] {
        let read = try PreparedStatement(
            "SELECT times FROM step_counts WHERE map = ? AND step = \(StepChanges.journey)", on: db)
        var counts: [MapID: Int] = [:]
        for map in maps {
            counts[map] = try read.rows(.text(map.text)) { try OpeningTimes(json: $0.bytes(0)).leads }
                .reduce(0, +)
        }
        for (version, changes) in try waitingChanges() {
            guard let map = try self.map(of: version).map(MapID.init), counts[map] != nil else { continue }
            counts[map, default: 0] += changes[Place(step: StepChanges.journey, slot: nil)] ?? 0
        }
        return counts.filter { $0.value > 0 }
    }

    /// The map of a version; nil where the version is not kept.
    func map(of version: MapVersion) throws -> String? {
        try PreparedStatement("SELECT map FROM maps WHERE version = ?", on: db)
            .first(.text(version.text)) { try $0.text(0) }
    }

    // MARK: Tracks

    /// How many steps the tracks of a version have; nil where that is not known.
    func tracks(of version: MapVersion) throws -> StepTracks? {
        try trackLengths(of: version).map(StepTracks.init)
    }

    func trackLengths(of version: MapVersion) throws -> [Int]? {
        let found = try PreparedStatement("SELECT lengths FROM map_tracks WHERE version = ?", on: db)
            .first(.text(version.text)) { row in try? Self.trackLengths(json: row.bytes(0)) }
        return found ?? nil
    }

    /// Reads what ``keep(_:of:)`` wrote. Throws ``StoreError/Code/damaged`` for anything else.
    static func trackLengths(json: [UInt8]) throws(StoreError) -> [Int] {
        let lengths = try Value(storedJSON: json).list?.compactMap { $0.integer.map(Int.init) }
        guard let lengths, lengths.allSatisfy((0...trackLimit).contains), lengths.count <= trackLimit else {
            throw .damaged("how many steps the tracks of a map have does not read back")
        }
        return lengths
    }

    /// No map has so many tracks, and no track so many steps.
    private static let trackLimit = 1 << 24

    func keep(_ lengths: [Int], of version: MapVersion) throws {
        let json = Value.list(lengths.map { .integer(Int64($0)) }).json
        try PreparedStatement("INSERT INTO map_tracks (version, lengths) VALUES (?, ?)", on: db)
            .run(.text(version.text), .text(json))
    }
}

// MARK: Changes of a commit

extension StepCounters {
    /// What the moments of a commit changed, added up.
    struct Tally {
        private var versions: [MapVersion] = []
        private var indexes: [MapVersion: Int] = [:]
        /// By the indexes of the versions.
        private var counts: [[Place: Int]] = []
        private var last = 0

        mutating func add(_ changes: StepChanges, withoutLengths: Set<MapVersion>) {
            if let left = changes.left { add(left, withoutLengths) }
            if let current = changes.current { add(current, withoutLengths) }
        }

        private mutating func add(_ part: StepChanges.OnMap, _ withoutLengths: Set<MapVersion>) {
            let isTimed = withoutLengths.isEmpty || !withoutLengths.contains(part.version)
            add(part.changes, on: part.version, isTimed: isTimed)
        }

        mutating func add(_ changes: [StepChanges.Change], on version: MapVersion, isTimed: Bool = true) {
            // Most moments are on the map of the moment before.
            if last >= versions.count || versions[last] != version { last = index(of: version) }
            for change in changes {
                let place = Place(step: change.step, slot: isTimed ? change.slot?.number : nil)
                counts[last][place, default: 0] += change.count
            }
        }

        private mutating func index(of version: MapVersion) -> Int {
            if let index = indexes[version] { return index }
            let index = versions.count
            indexes[version] = index
            versions.append(version)
            counts.append([:])
            return index
        }

        /// By the maps' versions, each change as three numbers: the step, when it opened, and how many leads are there
        /// more or fewer. Nil where nothing changed.
        ///
        ///     {"5f0c...":[0,35276040000,-1,1,35276040020,1]}
        var json: [UInt8]? {
            var writer = JSONWriter()
            writer.beginObject()
            var isEmpty = true
            for (version, counts) in zip(versions, counts) {
                let changes = counts.filter { $0.value != 0 }.sorted { $0.key < $1.key }
                if changes.isEmpty { continue }
                isEmpty = false
                writer.key(version.text)
                writer.beginList()
                for (place, count) in changes {
                    writer.integer(place.step)
                    if let slot = place.slot { writer.integer(slot) } else { writer.value(.null) }
                    writer.integer(count)
                }
                writer.endList()
            }
            writer.endObject()
            return isEmpty ? nil : writer.bytes
        }
    }

    /// A commit counts fewer leads than this.
    private static let changeLimit: Int64 = 1 << 32

    /// Reads what ``Tally/json`` wrote. Throws ``StoreError/Code/damaged`` for anything else.
    private static func add(json: [UInt8], to changes: inout Changes) throws(StoreError) {
        let damaged = StoreError.damaged(
            "what moments changed of how many leads are at steps does not read back")
        guard let table = try Value(storedJSON: json).table else { throw damaged }
        for entry in table {
            guard let numbers = entry.value.list, numbers.count.isMultiple(of: 3) else { throw damaged }
            let version = MapVersion(entry.key)
            var ofVersion = changes.removeValue(forKey: version) ?? [:]
            for index in stride(from: 0, to: numbers.count, by: 3) {
                let slot = numbers[index + 1].integer.flatMap { OpeningSlot(number: Int($0)) }
                guard let step = numbers[index].integer, let count = numbers[index + 2].integer,
                    slot != nil || numbers[index + 1].isNull,
                    (Int64(StepChanges.journey)...Int64(StoredNumbers.countLimit)).contains(step),
                    (-changeLimit...changeLimit).contains(count)
                else { throw damaged }
                ofVersion[Place(step: Int(step), slot: slot?.number), default: 0] += Int(count)
            }
            changes[version] = ofVersion
        }
    }
}

extension OpeningTimes {
    /// Answers false where there were fewer leads than left.
    @discardableResult
    fileprivate mutating func add(_ changes: [(StepCounters.Place, Int)]) -> Bool {
        var isWhole = true
        for (place, count) in changes {
            if !add(count, in: place.slot.flatMap(OpeningSlot.init(number:))) { isWhole = false }
        }
        return isWhole
    }
}

extension [Int: OpeningTimes] {
    /// Answers false where there were fewer leads than left.
    @discardableResult
    fileprivate mutating func add(_ changes: [StepCounters.Place: Int]) -> Bool {
        var isWhole = true
        for (place, count) in changes {
            if !self[place.step, default: OpeningTimes()].add([(place, count)]) { isWhole = false }
        }
        return isWhole
    }
}
