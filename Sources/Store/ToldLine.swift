package import Journeys
import Values

/// A line of a journal, with what listeners choose by.
package struct ToldLine: Sendable {
    package let position: EventPosition
    package let text: String
    package let lead: LeadID
    package let type: String
    package let event: String?
    /// The map that the lead was on; of lines that do not say it, that of the event before.
    package let map: String?

    /// A moment's lines behind the one with this number.
    package static func lines(of moment: CommittedMoment, after line: Int = 0) -> [ToldLine] {
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
package struct EventFilter: Sendable {
    package var lead: LeadID?
    package var map: String?
    package var event: String?
    package var type: String?

    package init(lead: LeadID? = nil, map: String? = nil, event: String? = nil, type: String? = nil) {
        self.lead = lead
        self.map = map
        self.event = event
        self.type = type
    }

    package func wants(_ line: ToldLine) -> Bool {
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
package struct EventPosition: Sendable, Hashable {
    /// See ``CommittedMoment/position``.
    package var moment: Int
    /// Among its moment's lines, from 1; 0 is before them.
    package var line: Int

    package init(moment: Int, line: Int) {
        self.moment = moment
        self.line = line
    }

    /// The mark of a store, by the id that it has of itself.
    package static func mark(of storeID: String) -> String {
        String(SHA256.hexadecimal(of: Array("events \(storeID)".utf8)).prefix(12))
    }

    /// As a client is told it: with a mark of the store, which a restored one does not have.
    package func text(in store: String) -> String { "\(store)-\(moment)-\(line)" }

    /// Reads what ``text(in:)`` wrote, with the mark of its store. Nil for anything else.
    package static func reading(_ text: String) -> (position: EventPosition, mark: String)? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let moment = Int(parts[1]), let line = Int(parts[2]), moment >= 0, line >= 0
        else { return nil }
        return (EventPosition(moment: moment, line: line), String(parts[0]))
    }
}
