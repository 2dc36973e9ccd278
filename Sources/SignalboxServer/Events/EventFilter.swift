import Journeys
import Store
import Values

/// A line of a journal, with what listeners choose by.
struct ToldLine: Sendable {
    let position: EventPosition
    let text: String
    let lead: LeadID
    let type: String
    let event: String?
    /// The map that the lead was on; of lines that do not say it, that of the event before.
    let map: String?

    /// A moment's lines behind the one with this number.
    static func lines(of moment: CommittedMoment, after line: Int = 0) -> [ToldLine] {
        var map: String?
        var told: [ToldLine] = []
        for (index, text) in moment.journal.enumerated() {
            let table = (try? JSONReader.read(text))?.table
            map = table?["map"]?.string ?? map
            guard index >= line else { continue }
            told.append(
                ToldLine(
                    position: EventPosition(moment: moment.position, line: index + 1), text: text,
                    lead: moment.lead, type: table?["type"]?.string ?? "", event: table?["event"]?.string,
                    map: map))
        }
        return told
    }
}

/// Which lines a listener wants. What is nil does not matter.
struct EventFilter: Sendable {
    var lead: LeadID?
    var map: String?
    var event: String?
    var type: String?

    func wants(_ line: ToldLine) -> Bool {
        if let lead, line.lead != lead { return false }
        if let map, !isSame(map, line.map) { return false }
        if let event, !isSame(event, line.event) { return false }
        if let type, !sameBytes(type, line.type) { return false }
        return true
    }

    private func isSame(_ wanted: String, _ found: String?) -> Bool {
        found.map { sameBytes($0, wanted) } ?? false
    }
}

/// The place of a line among all that were committed.
struct EventPosition: Sendable, Hashable {
    /// See ``CommittedMoment/position``.
    var moment: Int
    /// Among its moment's lines, from 1; 0 is before them.
    var line: Int

    /// As a client is told it: with a mark of the store, which a restored one does not have.
    func text(in store: String) -> String { "\(store)-\(moment)-\(line)" }

    /// Reads what ``text(in:)`` wrote, with the mark of its store. Nil for anything else.
    static func reading(_ text: String) -> (position: EventPosition, mark: String)? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let moment = Int(parts[1]), let line = Int(parts[2]), moment >= 0, line >= 0
        else { return nil }
        return (EventPosition(moment: moment, line: line), String(parts[0]))
    }
}
