import Foundation
import Hummingbird
import Journeys
import Values

/// The query of a request, taken parameter by parameter, so that an unknown one is told.
struct Query {
    private var left: [(name: String, value: String)]

    init(_ request: Request) throws(Problem) {
        var left: [(name: String, value: String)] = []
        for pair in (request.uri.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(parts[0]), let value = Self.decoded(parts.count > 1 ? parts[1] : "")
            else { throw Problem(.badRequest, "the query is not percent-encoded UTF-8") }
            guard !left.contains(where: { sameBytes($0.name, name) }) else {
                throw Problem(.badRequest, "`\(name.printable)` is in the query twice")
            }
            left.append((name, value))
        }
        self.left = left
    }

    private static func decoded(_ text: Substring) -> String? {
        text.replacing("+", with: " ").removingPercentEncoding
    }

    mutating func text(_ name: String) -> String? {
        guard let index = left.firstIndex(where: { sameBytes($0.name, name) }) else { return nil }
        return left.remove(at: index).value
    }

    mutating func flag(_ name: String) throws(Problem) -> Bool { try optionalFlag(name) ?? false }

    mutating func optionalFlag(_ name: String) throws(Problem) -> Bool? {
        guard let text = text(name) else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        case _: throw Problem(.badRequest, "`\(name)` is \(text.quotedForMessage); expected true or false")
        }
    }

    mutating func number(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Problem(
                .badRequest,
                "`\(name)` is \(text.quotedForMessage); expected \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func lead(_ name: String) throws(Problem) -> LeadID? {
        try text(name).map { text throws(Problem) in try GivenText(name, text).lead }
    }

    mutating func time(_ name: String) throws(Problem) -> Timestamp? {
        try text(name).map { text throws(Problem) in try GivenText(name, text).time }
    }

    /// One of the words that the enum has.
    mutating func word<Word: RawRepresentable<String> & CaseIterable>(
        _ name: String, of type: Word.Type
    ) throws(Problem) -> Word? {
        try text(name).map { text throws(Problem) in try GivenText(name, text).word(of: type) }
    }

    /// How many elements of a list are wanted.
    mutating func limit() throws(Problem) -> Int {
        try number("limit", in: 1...Self.mostListed) ?? Self.listed
    }

    static let listed = 100
    static let mostListed = 500

    func requireNothingElse() throws(Problem) {
        guard let first = left.first else { return }
        throw Problem(.badRequest, "there is no parameter `\(first.name.printable)` here")
    }
}

/// A text that a query or a body brings under a name, as what it is to be.
struct GivenText {
    private let name: String
    private let text: String

    init(_ name: String, _ text: String) {
        self.name = name
        self.text = text
    }

    var lead: LeadID {
        get throws(Problem) {
            if let lead = LeadID(text) { return lead }
            throw Problem(
                .badRequest, "`\(name)`: \(text.quotedForMessage) is not a lead's id: \(LeadID.rule)")
        }
    }

    var time: Timestamp {
        get throws(Problem) {
            if let time = Timestamp(text) { return time }
            throw Problem(
                .badRequest, "`\(name)` is \(text.quotedForMessage); a time looks like 2026-11-22T09:00:00Z")
        }
    }

    /// One of the words that the enum has.
    func word<Word: RawRepresentable<String> & CaseIterable>(of type: Word.Type) throws(Problem) -> Word {
        if let word = Word(rawValue: text) { return word }
        let known = Word.allCases.map(\.rawValue).listed(with: "or")
        throw Problem(.badRequest, "`\(name)` is \(text.quotedForMessage); expected \(known)")
    }
}
