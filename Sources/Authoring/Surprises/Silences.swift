import Journeys
import Plugins
import Values
import Workspace

/// The comments of maps and plugins that silence a surprise where it is: `signalbox: allow ID, because …`, on its line
/// or alone on the line before.
struct Silences {
    private let silences: [Silence]
    /// Whether everything could be read: only then a comment that silences nothing is one too many.
    private let isWhole: Bool

    private struct Silence {
        let place: FilePlace
        /// The line that it is about.
        let line: Int
        let id: String
        let reason: String?

        var kind: SurpriseKind? { SurpriseKind(rawValue: id).flatMap { $0.isSilenceable ? $0 : nil } }
    }

    init(in survey: Survey) {
        isWhole = survey.generation.mistakes.isEmpty
        let maps = survey.maps.flatMap { map in
            survey.generation.file(of: map.definition.id).map { Self.silences(inYAML: $0.bytes, $0.file) }
                ?? []
        }
        silences = maps + survey.readings.flatMap { $0.files.flatMap(Self.silences) }
    }

    /// What is left of the surprises, and what is wrong with the silences themselves.
    func applied(to surprises: [Surprise]) -> [Surprise] {
        var used: Set<Int> = []
        let left = surprises.filter { surprise in
            let covering = silences.indices.filter { covers(silences[$0], surprise) }
            used.formUnion(covering)
            return covering.isEmpty
        }
        let own = silences.enumerated().compactMap { index, silence -> Surprise? in
            guard silence.kind != nil else {
                let near = suggestion(for: silence.id, among: Self.ids)
                return Surprise(
                    .unknownSilence, silence.place,
                    "there is no surprise \(silence.id.quotedForMessage)\(near)")
            }
            guard silence.reason != nil else {
                return Surprise(
                    .silenceWithoutReason, silence.place, "\(silence.id) is allowed here without a reason")
            }
            guard isWhole, !used.contains(index) else { return nil }
            return Surprise(
                .unusedSilence, silence.place,
                "nothing is silenced: line \(silence.line) has no \(silence.id)")
        }
        return left + own
    }

    private func covers(_ silence: Silence, _ surprise: Surprise) -> Bool {
        silence.kind == surprise.kind && silence.reason != nil
            && sameBytes(silence.place.file, surprise.place.file)
            && (silence.line == surprise.place.line
                || surprise.silencedOn?.contains(silence.line) ?? false)
    }

    private static let ids = SurpriseKind.allCases.filter(\.isSilenceable).map(\.rawValue)

    // MARK: Reading

    /// Nil where the comment does not begin with `signalbox:`.
    private static func silence(_ comment: Substring, at place: FilePlace, line: Int) -> Silence? {
        let text = comment.drop { "#-[= \t".contains($0) }
        let start = "signalbox:"
        guard text.hasPrefix(start) else { return nil }
        let words = text.dropFirst(start.count).drop { $0 == " " }
        guard words.hasPrefix("allow ") else {
            let word = words.prefix { $0 != " " }
            return Silence(place: place, line: line, id: String(word), reason: nil)
        }
        let rest = words.dropFirst("allow ".count).drop { $0 == " " }
        let id = rest.prefix { $0 != "," && !$0.isWhitespace }
        let behind = rest.dropFirst(id.count).drop { $0 == "," || $0 == " " }
        var reason: String?
        if behind.hasPrefix("because ") {
            let why = behind.dropFirst("because ".count).filter { !$0.isWhitespace && !"…].".contains($0) }
            if !why.isEmpty { reason = String(behind) }
        }
        return Silence(place: place, line: line, id: String(id), reason: reason)
    }

    private static func silences(in file: LuaFile) -> [Silence] {
        file.comments.compactMap { comment in
            let line = comment.isAlone ? file.lineOfCode(after: comment.place.line) : comment.place.line
            return silence(comment.text[...], at: comment.place, line: line)
        }
    }

    private static func silences(inYAML bytes: [UInt8], _ file: String) -> [Silence] {
        let lines = String(decoding: bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        return lines.enumerated().compactMap { index, line in
            guard let start = comment(in: line) else { return nil }
            let isAlone = line[..<start].allSatisfy { $0 == " " }
            var target = index
            if isAlone {
                target = lines.indices[(index + 1)...].first { isCode(lines[$0]) } ?? index
            }
            let column = line.unicodeScalars.distance(from: line.startIndex, to: start) + 1
            return silence(
                line[start...], at: FilePlace(file: file, line: index + 1, column: column), line: target + 1)
        }
    }

    private static func isCode(_ line: Substring) -> Bool {
        guard let first = line.first(where: { !$0.isWhitespace }) else { return false }
        return first != "#"
    }

    /// Where a line's comment begins: at a `#` that is outside of quotes and behind a space.
    private static func comment(in line: Substring) -> Substring.Index? {
        var quote: Character?
        var before: Character = " "
        for index in line.indices {
            let character = line[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "#", before == " " || before == "\t" {
                return index
            } else if character == "\"" || character == "'", " [{,:\t".contains(before) {
                quote = character
            }
            before = character
        }
        return nil
    }
}

extension SurpriseKind {
    /// Whether a comment can silence it.
    package var isSilenceable: Bool {
        switch self {
        case .silenceWithoutReason, .unknownSilence, .unusedSilence: false
        case .optionalStepClose, .removableStep, .videoOpen, .fieldSetTwice, .staleRead, .undone, .mapCircle,
            .unsetField, .nowhere, .silentEvent, .undeclaredEvent, .absentKey, .undeclaredCapability,
            .unusedCapability, .unknownGlobal, .globalWrite, .unknownMember, .methodCall, .extraArgument,
            .unknownKey, .unknownParameter, .unknownSetting, .lostWrite:
            true
        }
    }
}
