import ArgumentParser
import Journeys
import Store
import Values

/// Finds the lead that a person names, by its id or by a beginning of it that no other id has.
///
/// Only for commands that read: one that changes a lead takes its whole id.
struct LeadLookup {
    /// How many ids are looked at for one that is near.
    private static let nearLimit = 1_000
    /// Ids are not shortened to less.
    private static let leastCharacters = 8

    let store: any StoreReader

    init(_ store: any StoreReader) { self.store = store }

    /// Ends the command where there is no such lead, or more than one.
    func find(_ text: String) throws -> LeadID {
        if let id = LeadID(text) {
            if try isThere(id) { return id }
            let found = try leads(beginningWith: id, limit: 2)
            if found.count == 1 { return found[0] }
            if found.count > 1 {
                printToStandardError(
                    "The ids of several leads begin with \(text.quotedForMessage), \(found[0].text.quotedForMessage) among them; give more of it."
                )
                throw ExitStatus.foundWrong
            }
        }
        let hint = suggestion(for: text, among: try near(text))
        printToStandardError("There is no lead \(text.quotedForMessage)\(hint.isEmpty ? "." : hint)")
        throw ExitStatus.foundWrong
    }

    /// The shortest beginning of the id that no other lead's id has, of a few characters at least; the id itself where
    /// there is none.
    func beginning(of id: LeadID) throws -> String {
        let characters = Array(id.text)
        var low = min(Self.leastCharacters, characters.count)
        // The beginning of so many characters is the lead's alone.
        var high = characters.count
        while low < high {
            let middle = (low + high) / 2
            let beginning = LeadID(String(characters[..<middle]))
            if let beginning, try isAlone(id, under: beginning) { high = middle } else { low = middle + 1 }
        }
        return String(characters[..<high])
    }

    private func isAlone(_ id: LeadID, under beginning: LeadID) throws(StoreError) -> Bool {
        if try isThere(beginning) { return false }
        return try leads(beginningWith: beginning, limit: 2) == [id]
    }

    /// The same of an id as a list shows it.
    func beginning(ofText text: String) throws -> String { try LeadID(text).map(beginning(of:)) ?? text }

    /// Ids that begin so and are longer; they follow each other.
    private func leads(beginningWith beginning: LeadID, limit: Int) throws(StoreError) -> [LeadID] {
        try ids(after: beginning, limit: limit).filter { $0.text.utf8.starts(with: beginning.text.utf8) }
    }

    private func ids(after id: LeadID?, limit: Int) throws(StoreError) -> [LeadID] {
        try store.leads(matching: .all, after: id, limit: limit) { _ in }.map(\.id)
    }

    /// A lead that is damaged is there.
    private func isThere(_ id: LeadID) throws(StoreError) -> Bool {
        do throws(StoreError) {
            return try store.lead(id) != nil
        } catch {
            guard case .leadDamaged = error.code else { throw error }
            return true
        }
    }

    /// The first ids of all, and those that follow the first half of the text.
    private func near(_ text: String) throws(StoreError) -> [String] {
        var found = try ids(after: nil, limit: Self.nearLimit)
        if let half = LeadID(String(text.prefix(text.count / 2))) {
            found += try ids(after: half, limit: Self.nearLimit)
        }
        return found.map(\.text)
    }
}
