import Foundation
import Journeys
import Values

/// Replaces what is personal in a spec: the same value by the same replacement everywhere, and the same values in the same order
/// always by the same ones.
///
/// Personal are the values of fields that are named so, and of fields whose values have the form of an address or of a telephone
/// number. Where a replaced value is part of another text, or written in small letters there, it is replaced too. Names of agents
/// stay, because settings of plugins have them, and so does a lead's id, on which random numbers depend, unless it is such a value
/// itself.
package struct Anonymity {
    private let personal: Set<String>
    private var replacements: [ExactText: String] = [:]
    /// How many values each field had so far; of addresses and numbers how many all had.
    private var counts: [String?: Int] = [:]
    /// The fields with a value that was replaced.
    package private(set) var replaced: Set<String> = []
    /// Those with none.
    package private(set) var kept: Set<String> = []

    private static let names: Set<String> = [
        "name", "first_name", "last_name", "full_name", "firstname", "lastname", "surname", "email", "mail",
        "e_mail", "phone", "mobile", "telephone", "tel", "fax", "address", "street", "birthday", "birth_date",
        "date_of_birth",
    ]

    /// - Parameter fields: whose values are personal, beside those that are known by their names.
    package init(personal fields: some Sequence<String>) {
        personal = Self.names.union(fields.map { $0.lowercased() })
    }

    /// Looks at fields that a lead is given.
    mutating func note(_ fields: Table) {
        for field in fields where !field.value.isNull {
            let isNamed = personal.contains(field.key.lowercased())
            guard let text = field.value.string, !text.isEmpty, isNamed || Form(text) != .other else {
                if !replaced.contains(field.key) { kept.insert(field.key) }
                continue
            }
            replaced.insert(field.key)
            kept.remove(field.key)
            if replacements[ExactText(text)] == nil { replace(text, of: field.key) }
        }
    }

    /// Looks at a lead's id.
    mutating func note(_ id: LeadID) {
        if Form(id.text) != .other, replacements[ExactText(id.text)] == nil { replace(id.text, of: "lead") }
    }

    private mutating func replace(_ text: String, of field: String) {
        let form = Form(text)
        let counted: String? = form == .other ? field : nil
        let number = counts[counted, default: 0] + 1
        counts[counted] = number
        let replacement = form.replacement(of: text, field: field, number: number)
        replacements[ExactText(text)] = replacement
        // Plugins compare addresses in small letters and without blanks around them.
        let plain = ExactText(text.trimmingCharacters(in: .whitespaces).lowercased())
        if replacements[plain] == nil { replacements[plain] = replacement.lowercased() }
    }

    func text(_ text: String) -> String {
        if let whole = replacements[ExactText(text)] { return whole }
        // Shorter ones are parts of too many words.
        let least = 3
        var result = text
        let longestFirst = replacements.sorted { one, other in
            let (left, right) = (one.key.text.utf8.count, other.key.text.utf8.count)
            return left == right ? one.key < other.key : left > right
        }
        for (value, replacement) in longestFirst where value.text.utf8.count >= least {
            result = result.replacing(value.text, with: replacement)
        }
        return result
    }

    func value(_ value: Value) -> Value {
        switch value {
        case .null, .bool, .integer, .double: return value
        case .string(let text): return .string(self.text(text))
        case .list(let items): return .list(items.map(self.value))
        case .table(let table):
            var changed = Table()
            for entry in table { changed[text(entry.key)] = self.value(entry.value) }
            return .table(changed)
        }
    }

    /// What a text looks like.
    private enum Form {
        case address, number, other

        init(_ text: String) {
            let parts = text.split(separator: "@", omittingEmptySubsequences: false)
            let digits = text.utf8.count { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            if parts.count == 2, !parts[0].isEmpty, parts[1].contains("."), !text.contains(" ") {
                self = .address
            } else if digits >= 7, digits + text.utf8.count(where: " +-/()".utf8.contains) == text.utf8.count
            {
                self = .number
            } else {
                self = .other
            }
        }

        func replacement(of text: String, field: String, number: Int) -> String {
            switch self {
            case .address: return "person-\(number)@example.com"
            case .number:
                let digits = text.count { $0.isNumber }
                let end = String(number)
                return (text.hasPrefix("+") ? "+" : "")
                    + String(repeating: "5", count: max(0, digits - end.count)) + end
            case .other: return "\(field) \(number)"
            }
        }
    }
}
