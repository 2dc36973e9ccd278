import Journeys
import Plugins
import Values
import Workspace

/// Fields with a name that is probably misspelled. A lead's fields come from outside as well: a name that nothing sets is
/// told where it is near another one.
enum FieldSurprises {
    static func all(in survey: Survey) -> [Surprise] {
        let names = FieldNames(survey)
        return names.reads.flatMap { name, places -> [Surprise] in
            guard let near = names.near(name) else { return [] }
            return places.map {
                Surprise(
                    .unsetField, $0,
                    "nothing sets the field \(name.text.quotedForMessage); did you mean \(near.text.quotedForMessage)?"
                )
            }
        }
    }
}

/// The names of fields that a workspace reads and sets.
struct FieldNames {
    /// With the places of the reads.
    private(set) var reads: [ExactText: Set<FilePlace>] = [:]
    private(set) var sets: Set<ExactText> = []
    /// Names near which others may be wrong: by how many bytes they are long.
    private var known: [Int: [ExactText]] = [:]

    init(_ survey: Survey) {
        for map in survey.maps {
            for trigger in map.triggers {
                for read in trigger.reads(in: map.source) { reads[read.name, default: []].insert(read.place) }
                for set in trigger.sets(in: map.source) { sets.insert(set.name) }
                addUnclear(trigger)
            }
            for step in map.definition.steps.indices {
                guard let mirror = map.definition.steps[step].mirror, let written = map.step(step).mirror
                else { continue }
                reads[ExactText(mirror), default: []].insert(written.place)
            }
            for decider in map.deciders {
                for read in decider.reads(in: map.source) { reads[read.name, default: []].insert(read.place) }
            }
        }
        for plugin in survey.readings {
            for reading in plugin.functions.values {
                for case .constant(let name) in reading.sets.map(\.name) { sets.insert(ExactText(name)) }
                for read in reading.reads {
                    guard case .constant(let name) = read.name else { continue }
                    reads[ExactText(name), default: []].insert(read.place)
                }
            }
        }
        for name in Set(reads.keys).union(sets) { known[name.text.utf8.count, default: []].append(name) }
    }

    /// Where it is not seen which fields an action sets, each text that it is given may be one.
    private mutating func addUnclear(_ trigger: SurveyedTrigger) {
        let isClear = trigger.reading.map { !$0.sets.contains { $0.name == .unknown } } ?? false
        guard !isClear else { return }
        addTexts(of: .table(trigger.parameters))
    }

    private mutating func addTexts(of value: Value) {
        switch value {
        case .null, .bool, .integer, .double: break
        case .string(let text): sets.insert(ExactText(text))
        case .list(let items): for item in items { addTexts(of: item) }
        case .table(let table):
            for entry in table {
                sets.insert(ExactText(entry.key))
                addTexts(of: entry.value)
            }
        }
    }

    /// The name that is probably meant by one that nothing sets.
    func near(_ name: ExactText) -> ExactText? {
        guard !sets.contains(name) else { return nil }
        let count = name.text.utf8.count
        let candidates = (max(1, count - 2)...(count + 2)).flatMap { known[$0] ?? [] }
        return candidates.filter { isNear(name, $0) && isBetter($0, than: name) }.min {
            (sets.contains($0) ? 0 : 1, $0) < (sets.contains($1) ? 0 : 1, $1)
        }
    }

    /// Whether one is the other with one mistake: `phone1` and `phone2` are two names.
    private func isNear(_ left: ExactText, _ right: ExactText) -> Bool {
        guard left != right else { return false }
        if Self.plain(left) == Self.plain(right) { return true }
        guard left.text.utf8.count > 3, Self.digits(left) == Self.digits(right) else { return false }
        return editDistance(left.text, right.text) == 1
    }

    private func isBetter(_ candidate: ExactText, than name: ExactText) -> Bool {
        if sets.contains(candidate) { return true }
        let own = reads[name]?.count ?? 0
        let other = reads[candidate]?.count ?? 0
        if Self.plain(candidate) == Self.plain(name) { return (other, candidate) > (own, name) }
        return own == 1 && other > 1
    }

    private static func plain(_ name: ExactText) -> String {
        name.text.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }
    }

    private static func digits(_ name: ExactText) -> String { name.text.filter(\.isNumber) }
}
