import Journeys
import Store

/// The batches of all lanes that are committed together, without what turned out not to be possible.
struct CommitGroup {
    let batches: [LaneBatch]
    /// What is to be committed, in order.
    private(set) var records: [MomentRecord]
    /// The calls of these, in order.
    private(set) var calls: [PluginCall]
    /// Where each record is from. Made, like ``errors``, when something is taken out first.
    private var places: [Place] = []
    /// Why what is taken out failed, by batch and answer.
    private var errors: [[StoreError?]] = []

    private struct Place {
        let batch: Int
        let answer: Int
    }

    init(_ batches: [LaneBatch]) {
        self.batches = batches
        records = batches.count == 1 ? batches[0].records : batches.flatMap(\.records)
        calls = batches.count == 1 ? batches[0].calls : batches.flatMap(\.calls)
    }

    /// Why the answer cannot be given; nil when it can.
    func error(_ batch: Int, _ answer: Int) -> StoreError? {
        errors.isEmpty ? nil : errors[batch][answer]
    }

    /// The records that were taken out, in order.
    var removedRecords: [MomentRecord] {
        errors.indices.flatMap { batch in
            batches[batch].answers.indices.compactMap { answer in
                guard errors[batch][answer] != nil, let record = batches[batch].answers[answer].record else {
                    return nil
                }
                return batches[batch].records[record]
            }
        }
    }

    /// Takes out the record that the error is about, and what came after it and may depend on it. Returns the lead
    /// of the record and its lane.
    mutating func remove(
        record index: Int, because error: StoreError, with dependents: LaneStrategy.Dependents
    ) -> (lead: LeadID, lane: Int) {
        prepare()
        let place = places[index]
        let lead = batches[place.batch].answers[place.answer].lead
        switch dependents {
        case .lead: fail(after: place) { $0 == lead }
        case .everything: fail(after: place) { _ in true }
        }
        errors[place.batch][place.answer] = error
        collect()
        return (lead, batches[place.batch].lane)
    }

    /// Takes out everything of these leads.
    mutating func remove(leads: Set<LeadID>) {
        prepare()
        for batch in batches.indices { fail(batch, from: 0, where: leads.contains) }
        collect()
    }

    private mutating func prepare() {
        guard errors.isEmpty else { return }
        errors = batches.map { Array(repeating: nil, count: $0.answers.count) }
        collect()
    }

    private mutating func fail(after place: Place, where isMeant: (LeadID) -> Bool) {
        fail(place.batch, from: place.answer + 1, where: isMeant)
        for batch in batches.indices.dropFirst(place.batch + 1) { fail(batch, from: 0, where: isMeant) }
    }

    private mutating func fail(_ batch: Int, from first: Int, where isMeant: (LeadID) -> Bool) {
        for answer in batches[batch].answers.indices.dropFirst(first)
        where errors[batch][answer] == nil && isMeant(batches[batch].answers[answer].lead) {
            errors[batch][answer] = .builtOnFailure
        }
    }

    /// What is left.
    private mutating func collect() {
        records = []
        calls = []
        places = []
        for (index, batch) in batches.enumerated() {
            for (answer, pending) in batch.answers.enumerated() where errors[index][answer] == nil {
                guard let record = pending.record else { continue }
                records.append(batch.records[record])
                calls += batch.calls[pending.calls]
                places.append(Place(batch: index, answer: answer))
            }
        }
    }
}

/// Sources of maps, plugins and templates that went with moments that were not committed: the lane that handed
/// them over takes them for kept, so they go with the next moment that is.
struct UnkeptSources: Sendable {
    private(set) var maps: [StoredMap] = []
    private(set) var sources: [StoredSource] = []

    var isEmpty: Bool { maps.isEmpty && sources.isEmpty }

    mutating func add(_ records: [MomentRecord]) {
        maps += records.flatMap(\.maps)
        sources += records.flatMap(\.sources)
    }
}

extension [MomentRecord] {
    /// The records, of which the first hands these over too.
    func keeping(_ unkept: UnkeptSources) -> [MomentRecord] {
        if isEmpty || unkept.isEmpty { return self }
        var records = self
        records[0].maps += unkept.maps
        records[0].sources += unkept.sources
        return records
    }
}

extension StoreError {
    /// For a command that was computed on another that failed.
    static let builtOnFailure = StoreError(
        .inputOutput, "a commit before this command's failed, so it was not done",
        advice: "give the command again")
}
