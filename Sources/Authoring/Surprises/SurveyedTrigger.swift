import Journeys
import Values
import Workspace

/// A trigger or a subscription as it runs on one map, with what its call may do.
struct SurveyedTrigger {
    let name: String
    /// Nil for what runs on events without a place.
    let event: (verb: Verb, place: Place)?
    let run: FunctionName
    /// The condition's text and its place.
    let condition: Placed<String>?
    /// Checked and completed by the function's declaration.
    let parameters: Table
    /// As the map has them.
    let given: ParametersDraft
    /// Where it is written.
    let place: FilePlace
    let isSubscription: Bool
    /// Nil where the plugin's source does not show the function.
    let reading: FunctionReading?
    /// What the condition reads.
    let conditionUses: [LuaUse]
}

/// A field with its place, read or set by a call.
struct FieldUse {
    let name: ExactText
    let place: FilePlace
    let isConditional: Bool
    /// What it is set to, if that is known.
    var value: Value?
}

extension SurveyedTrigger {
    /// The names that a reference gives with this trigger's parameters, each with its place in the map; the place is nil
    /// for a name in the plugin's own file.
    func names(_ reference: NameReference, in source: SourceLines) -> [(name: String, place: FilePlace?)] {
        switch reference {
        case .constant(let name): [(name, nil)]
        case .parameter(let parameter):
            (parameters[parameter]?.string).map { [($0, place(of: $0, inParameter: parameter, source))] }
                ?? []
        case .keys(ofParameter: let parameter):
            (parameters[parameter]?.table.map { $0.map(\.key) } ?? []).map {
                ($0, place(of: $0, inParameter: parameter, source))
            }
        case .filledIn(parameter: let parameter):
            (parameters[parameter]?.string?.namesFilledIn ?? []).map {
                ($0, place(of: $0, inParameter: parameter, source))
            }
        case .unknown: []
        }
    }

    private func place(of name: String, inParameter parameter: String, _ source: SourceLines) -> FilePlace {
        guard let entry = given.entries.first(where: { sameBytes($0.key.value, parameter) }) else {
            return place
        }
        return source.place(of: name, from: entry.value.place)
    }

    /// The fields that the call sets.
    func sets(in source: SourceLines) -> [FieldUse] {
        (reading?.sets ?? []).flatMap { set in
            names(set.name, in: source).map { name, place in
                var value = set.value
                if case .keys(ofParameter: let parameter) = set.name {
                    value = parameters[parameter]?.table?[name]
                }
                return FieldUse(
                    name: ExactText(name), place: place ?? set.place,
                    isConditional: condition != nil || set.use.isConditional, value: value)
            }
        }
    }

    /// The fields that the call and its condition read.
    func reads(in source: SourceLines) -> [FieldUse] {
        let own = (reading?.reads ?? []).flatMap { read in
            names(read.name, in: source).map { name, place in
                FieldUse(
                    name: ExactText(name), place: place ?? read.place,
                    isConditional: read.use.isConditional)
            }
        }
        return conditionReads(in: source) + own
    }

    func conditionReads(in source: SourceLines) -> [FieldUse] {
        guard let condition else { return [] }
        return FunctionReading(conditionUses).reads.compactMap { read in
            guard case .constant(let name) = read.name else { return nil }
            return FieldUse(
                name: ExactText(name), place: source.place(of: name, from: condition.place),
                isConditional: true)
        }
    }
}

/// The lines of a file, to find where a name in a part of it is.
struct SourceLines {
    private let lines: [Substring]

    init(_ bytes: [UInt8]) {
        lines = String(decoding: bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
    }

    /// How far behind its beginning a name in a value may be.
    private static let searchedLines = 50

    /// Where the name is first, as a whole word, from a place on; that place itself if it is not found.
    func place(of name: String, from place: FilePlace) -> FilePlace {
        guard place.line > 0, !name.isEmpty else { return place }
        for index in (place.line - 1)..<min(place.line - 1 + Self.searchedLines, lines.count) {
            var scalars = lines[index].unicodeScalars[...]
            if index == place.line - 1 { scalars = scalars.dropFirst(place.column - 1) }
            if let found = Self.wholeWord(name, in: scalars) {
                let column = lines[index].unicodeScalars.distance(
                    from: lines[index].unicodeScalars.startIndex, to: found)
                return FilePlace(file: place.file, line: index + 1, column: column + 1)
            }
        }
        return place
    }

    private static func wholeWord(
        _ name: String, in scalars: Substring.UnicodeScalarView.SubSequence
    ) -> Substring.UnicodeScalarView.Index? {
        var rest = scalars
        while let range = rest.firstRange(of: name.unicodeScalars) {
            let before =
                rest.startIndex < range.lowerBound || scalars.startIndex < range.lowerBound
                ? scalars[scalars.index(before: range.lowerBound)] : " "
            let after = range.upperBound < scalars.endIndex ? scalars[range.upperBound] : " "
            if !before.isOfWord, !after.isOfWord { return range.lowerBound }
            rest = scalars[range.upperBound...]
        }
        return nil
    }
}

extension Unicode.Scalar {
    fileprivate var isOfWord: Bool { properties.isAlphabetic || properties.numericType != nil || self == "_" }
}
