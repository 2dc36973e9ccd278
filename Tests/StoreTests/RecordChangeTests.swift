import Journeys
import Store
import TestKit
import Testing
import Values

@Suite("what a moment changed of a record")
struct RecordChangeTests {
    @Test("with it, the record before comes to the record after", arguments: 0..<20)
    func applied(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        var samples = SampleMoments()
        var records: [LeadID: LeadRecord] = [:]
        for _ in 0..<100 {
            let good = samples
            let moment = samples.random(&random)
            let before = records[moment.lead.id] ?? LeadRecord(id: moment.lead.id)
            guard moment.number == before.lastMoment + 1 else {
                samples = good
                continue
            }
            // An erasure leaves nothing that could be changed; what comes behind it is kept whole.
            if before.isErased || moment.lead.isErased {
                records[moment.lead.id] = moment.lead
                continue
            }
            var record = before
            try record.apply(RecordChange(from: before, to: moment.lead))
            #expect(record == moment.lead)
            #expect(record.json == moment.lead.json)
            records[record.id] = record
        }
        #expect(records.values.contains { $0.lastMoment > 9 })
    }

    private func change(_ change: (inout LeadRecord) -> Void) throws -> String {
        var before = LeadRecord(id: try #require(LeadID("L1")))
        before.agent = "kim"
        before.fields = ["called": true, "name": "Ana", "n": 1]
        before.store = ["note": ["k": 1, "n": 1], "once": ["k": 1]]
        before.lastSeq = 4
        before.lastMoment = 1
        before.journey = SampleMoments.journey()
        var after = before
        after.lastMoment += 1
        change(&after)
        return String(decoding: RecordChange(from: before, to: after).json, as: UTF8.self)
    }

    @Test("it says what is other than before, and nothing else")
    func form() throws {
        #expect(try change { _ in } == "{}")
        #expect(
            try change { lead in
                lead.status = .won
                lead.agent = nil
                lead.channel = "form"
                lead.fields = ["called": true, "name": "Ben", "score": 80]
                lead.store = ["note": ["k": 1, "n": 2], "other": ["k": 1]]
                lead.lastSeq = 5
            }
                == #"{"status":"won","agent":null,"channel":"form","fields":{"n":null,"name":"Ben","score":80},"store":{"note":{"n":2},"once":null,"other":{"k":1}},"seq":5}"#
        )
    }

    @Test("of a journey that goes on it has runs of tracks and steps, and of one that began all")
    func journeys() throws {
        #expect(
            try change { lead in
                lead.journey?.tracks = [.open, .closed, .closed, .closed, .cancelled]
                lead.journey?.steps = [.open, .closed, .closed, .closed, .removed, .closed]
                lead.journey?.removers[3] = "operator"
                lead.journey?.opened[0] = Timestamp(milliseconds: 7)
            }
                == #"{"journey":{"tracks":"0o,1-2c","steps":"0o,1c,3c,5c","removers":{"3":"operator"},"opened":{"0":7}}}"#
        )
        #expect(try change { $0.journey?.phase = .ended(.lost) } == #"{"journey":{"outcome":"lost"}}"#)
        let another = try change { $0.journey?.number = 3 }
        #expect(
            another.hasPrefix(#"{"journey":{"number":3,"map":"new-buyer","version":"v1","tracks":"whocx","#))
    }

    @Test(
        "what no moment can have changed is damaged",
        arguments: [
            "", "7x", #"{"status":"lent"}"#, #"{"seq":3}"#, #"{"seq":"many"}"#, #"{"journey":{"number":3}}"#,
            #"{"journey":{"tracks":"5o"}}"#, #"{"journey":{"tracks":"0-5o"}}"#,
            #"{"journey":{"tracks":"1q"}}"#,
            #"{"journey":{"steps":"2-1c"}}"#, #"{"journey":{"steps":"c"}}"#, #"{"journey":{"steps":"-1c"}}"#,
            #"{"journey":{"steps":"1"}}"#, #"{"journey":{"steps":"0-99999999999999999999c"}}"#,
            #"{"journey":{"steps":7}}"#, #"{"journey":{"outcome":"lent"}}"#,
            #"{"journey":{"removers":{"9":"x"}}}"#, #"{"journey":{"opened":{"0":"now"}}}"#,
            #"{"journey":{"opened":{"5":0}}}"#,
        ])
    func damaged(json: String) throws {
        var record = LeadRecord(id: try #require(LeadID("L1")))
        record.lastSeq = 4
        record.journey = SampleMoments.journey()
        let error = #expect(throws: StoreError.self) {
            try record.apply(RecordChange(json: Array(json.utf8)))
        }
        #expect(error?.code == .damaged)
    }

    @Test("a change of a journey needs one before")
    func withoutJourney() throws {
        var record = LeadRecord(id: try #require(LeadID("L1")))
        #expect(throws: StoreError.self) {
            try record.apply(RecordChange(json: Array(#"{"journey":{"steps":"0c"}}"#.utf8)))
        }
    }
}
