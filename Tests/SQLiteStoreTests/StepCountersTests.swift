import GRDB
import Journeys
import Store
import TestKit
import Testing
import Values

@testable import SQLiteStore

@Suite("how many leads are at each step")
struct StepCountersTests {
    private let folder: TemporaryFolder
    private let path: String
    private let backup: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder("signalbox.db")
        backup = folder("backup.db")
    }

    private func open(stepChanges: Int = 64) throws -> SQLiteStore {
        var limits = SQLiteStore.Limits()
        limits.stepChanges = stepChanges
        limits.recent = 10
        return try SQLiteStore(at: path, mode: .readWrite, limits: limits)
    }

    private func query(_ sql: String) throws -> Int? {
        try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: sql) }
    }

    private func edit(_ sql: String) throws {
        try DatabaseQueue(path: path).write { try $0.execute(sql: sql) }
    }

    private func damage() throws -> SQLiteStore.Damage {
        try SQLiteStore(at: path, mode: .readOnly).readEverything()
    }

    /// Commits moments of a few leads in a store that is then closed.
    private func fill(_ commits: Int = 40, hasLengths: Bool = true) throws -> SampleWalks {
        var walks = SampleWalks(seed: 5, leads: 20, hasLengths: hasLengths)
        let store = try open(stepChanges: 8)
        for _ in 0..<commits { try store.commit([walks.next(), walks.next()]) }
        return walks
    }

    @Test(
        "they are the same however many changes wait, and when the store is opened again", arguments: 0..<10)
    func walks(seed: Int) throws {
        var walks = SampleWalks(seed: UInt64(seed), leads: 30)
        var random = SeededRandom(seed: UInt64(seed))
        let limit = [1, 2, 3, 10, 100][seed % 5]
        var store = try open(stepChanges: limit)
        for round in 1...120 {
            try store.commit((0..<Int.random(in: 1...4, using: &random)).map { _ in walks.next() })
            #expect(try query("SELECT count(*) FROM step_changes") ?? 0 <= limit)
            guard round % 20 == 0 else { continue }
            try CountedSteps(of: walks.records.values).requireSame(in: store, at: walks.now)
            // The one has to go before the next can have the lock.
            withExtendedLifetime(consume store) {}
            #expect(try damage().isEmpty)
            store = try open(stepChanges: limit)
            try CountedSteps(of: walks.records.values).requireSame(in: store, at: walks.now)
        }
        #expect(try query("SELECT count(*) FROM step_counts") ?? 0 > 5)
    }

    @Test("many commits leave few rows, and none where nobody is")
    func rows() throws {
        let store = try open(stepChanges: 4)
        var samples = SampleMoments()
        let map = SampleWalks.maps[0]
        func commit(_ ids: Range<Int>, at milliseconds: Int64, _ state: Journey.StepState) throws {
            let time = Timestamp(milliseconds: 1_700_000_000_000 + milliseconds)
            let moments = ids.map { id in
                samples.next("L\(id)") { moment in
                    moment.at = time
                    moment.maps = [map]
                    moment.lead.journey = JourneyRecord(
                        number: 1, map: map.id, version: map.version,
                        phase: state == .open ? .active : .ended(.won),
                        tracks: [.open, .waiting, .waiting],
                        steps: Array(repeating: state, count: 3) + Array(repeating: .waiting, count: 5),
                        opened: [0: moment.lead.journey?.opened[0] ?? time])
                }
            }
            try store.commit(moments)
        }
        for second in 0..<1_000 {
            try commit(second * 3..<second * 3 + 3, at: Int64(second) * 60_000, .open)
        }
        #expect(
            try store.stepCounts(of: map.id).first?.steps.mapValues(\.leads) == [
                0: 3_000, 1: 3_000, 2: 3_000,
            ])
        #expect(try query("SELECT count(*) FROM step_counts") == 4)
        #expect(try query("SELECT max(length(times)) FROM step_counts") ?? 0 < 4_000)
        for second in 0..<1_000 {
            try commit(second * 3..<second * 3 + 3, at: 86_400_000, .closed)
        }
        for _ in 0..<8 { try commit(9_000..<9_001, at: 86_400_000, .closed) }
        try commit(9_001..<9_002, at: 86_400_000, .open)
        try commit(9_001..<9_002, at: 86_400_000, .closed)
        #expect(try store.stepCounts(of: map.id) == [])
        #expect(try store.activeLeads(on: [map.id]) == [:])
        #expect(try query("SELECT count(*) FROM step_counts") == 0)
    }

    @Test("a lead whose time is far ahead does not blur the times of others")
    func farAhead() throws {
        var walks = SampleWalks(seed: 2, leads: 20)
        let store = try open(stepChanges: 3)
        var ahead = SampleMoments()
        for round in 0..<60 {
            try store.commit([walks.next()])
            if round % 2 == 0 {
                try store.commit([
                    ahead.next("ahead") { $0.at = Timestamp(milliseconds: 3_000_000_000_000 + Int64(round)) }
                ])
            }
        }
        try CountedSteps(of: walks.records.values).requireSame(in: store, at: walks.now)
    }

    // MARK: Earlier versions

    @Test("leads of a store that an earlier version wrote are counted; with times once the tracks are known")
    func migrated() throws {
        let walks = try fill()
        let counted = CountedSteps(of: walks.records.values)
        try OlderStore.make(at: path, in: folder, form: "9")
        do {
            let store = try open()
            try counted.requireSame(in: store, at: walks.now, isTimed: false)
        }
        #expect(try damage().isEmpty)
        var walking = walks
        do {
            let store = try open()
            // Those that leave are found among those without a time.
            try store.commit((0..<20).map { _ in walking.next() })
            try CountedSteps(of: walking.records.values)
                .requireSame(in: store, at: walking.now, isTimed: false)
            try store.noteTrackLengths { map in
                SampleWalks.maps.first { $0.version == map.version }?.trackLengths
            }
            try CountedSteps(of: walking.records.values).requireSame(in: store, at: walking.now)
            #expect(try store.map(SampleWalks.maps[1].version) == SampleWalks.maps[1])
            try store.commit((0..<20).map { _ in walking.next() })
            try CountedSteps(of: walking.records.values).requireSame(in: store, at: walking.now)
            try store.noteTrackLengths { _ in
                Issue.record("what is noted is not asked again")
                return nil
            }
        }
        #expect(try damage().isEmpty)
    }

    @Test(
        "how many steps the tracks of a map have is read again at the next start where it could not be told")
    func unknownTracks() throws {
        var walks = try fill(hasLengths: false)
        var asked: [MapVersion] = []
        let first = SampleWalks.maps[0]
        for known in [nil, first.trackLengths] {
            let store = try open()
            asked = []
            try store.noteTrackLengths { map in
                asked.append(map.version)
                return map.version == first.version ? known : nil
            }
            #expect(asked.sorted() == SampleWalks.maps.map(\.version).sorted())
            try store.commit([walks.next()])
        }
        let store = try open()
        let counts = try store.stepCounts(of: first.id)
        for counts in counts {
            let isTimed = counts.version == first.version
            let ages = counts.steps.values.map { [$0].age(of: 1, at: walks.now) }
            #expect(ages.allSatisfy { ($0 != nil) == isTimed })
        }
        #expect(counts.count == 2)
    }

    @Test(
        "a lead whose record is damaged is left out when leads are counted, and counts nothing against the rest"
    )
    func damagedRecord() throws {
        let walks = try fill()
        let lost = try #require(walks.records.values.first { $0.journey?.phase == .active }?.id)
        try OlderStore.make(at: path, in: folder, form: "9")
        try edit(
            """
            UPDATE settled_leads SET record = '{' WHERE lead = '\(lost.text)';
            UPDATE moments SET record = '{', change = NULL
                WHERE lead = (SELECT id FROM settled_leads WHERE lead = '\(lost.text)');
            """)
        let store = try open()
        let others = walks.records.values.filter { $0.id != lost }
        try CountedSteps(of: others).requireSame(in: store, at: walks.now, isTimed: false)
        let damage = try store.readEverything()
        #expect(damage.leads.map(\.lead) == [lost.text] && damage.others.isEmpty)
    }

    // MARK: Damage

    @Test(
        "what is not as the records say is told, and a restore counts anew",
        arguments: [
            "DELETE FROM step_counts WHERE rowid = (SELECT min(rowid) FROM step_counts)",
            "UPDATE step_counts SET times = '[]' WHERE step = -1",
            "UPDATE step_counts SET times = '[[null,null,1000]]' WHERE step = -1",
            "UPDATE step_counts SET times = '[[0,50,1000]]' WHERE step = 0",
            "UPDATE step_counts SET times = '{' WHERE step = 0",
            "UPDATE step_counts SET map = 'other'",
            "DELETE FROM step_changes",
            "UPDATE step_changes SET changes = '{'",
            #"UPDATE step_changes SET changes = '{"b1":[0,null]}'"#,
            #"UPDATE step_changes SET changes = '{"b1":[0,9223372036854775807,1]}'"#,
            #"UPDATE step_changes SET changes = '{"b1":[-9,null,1]}'"#,
            #"UPDATE step_changes SET changes = '{"b1":[0,null,9223372036854775807]}'"#,
            "INSERT INTO step_changes (at, changes) VALUES (0, '{\"b1\":[0,null,-1000]}')",
            "UPDATE map_tracks SET lengths = '[9]'", "UPDATE map_tracks SET lengths = '{'",
            "UPDATE map_tracks SET lengths = '[9223372036854775807,9223372036854775807,1]'",
        ])
    func damaged(sql: String) throws {
        let walks = try fill()
        #expect(try damage().isEmpty)
        try edit(sql)
        let damage = try damage()
        #expect(damage.leads.isEmpty && !damage.others.isEmpty)
        #expect(try SQLiteStore.backUp(path, to: backup).damage == damage)
        _ = try SQLiteStore.restore(path, from: backup)
        let isOfTracks = sql.contains("map_tracks")
        #expect(try self.damage().others.isEmpty == (isOfTracks ? sql.contains("[9]") : true))
        let store = try open()
        try CountedSteps(of: walks.records.values).requireSame(in: store, at: walks.now, isTimed: !isOfTracks)
    }

    @Test("commits go on beside counts that do not read back")
    func commitsBesideDamage() throws {
        var walks = try fill()
        try edit(
            "UPDATE step_counts SET times = 'x'; UPDATE step_changes SET changes = 'x', at = -\(Int64.max)")
        do {
            let store = try open(stepChanges: 2)
            for _ in 0..<20 { try store.commit([walks.next()]) }
            let error = #expect(throws: StoreError.self) { try store.stepCounts(of: SampleWalks.maps[0].id) }
            #expect(error?.code == .damaged)
        }
        _ = try SQLiteStore.backUp(path, to: backup)
        _ = try SQLiteStore.restore(path, from: backup)
        #expect(try damage().isEmpty)
        try CountedSteps(of: walks.records.values).requireSame(in: try open(), at: walks.now)
    }
}
