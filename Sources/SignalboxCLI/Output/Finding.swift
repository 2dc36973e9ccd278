import Authoring
import Journeys
import Values

/// What `check` tells: a mistake, a surprise or a notice, at its place.
struct Finding {
    let place: FilePlace
    let message: String
    let kind: Kind

    enum Kind {
        case mistake
        case surprise(SurpriseKind)
        case notice

        /// As `type` in JSON has it.
        var name: String {
            switch self {
            case .mistake: "mistake"
            case .surprise: "surprise"
            case .notice: "notice"
            }
        }

        /// What a silence names, or else the name.
        var id: String {
            switch self {
            case .mistake, .notice: name
            case .surprise(let kind): kind.rawValue
            }
        }

        var surprise: SurpriseKind? { if case .surprise(let kind) = self { kind } else { nil } }
    }

    init(_ mistake: Mistake, _ kind: Kind) {
        place = mistake.place
        message = mistake.message
        self.kind = kind
    }

    init(_ surprise: Surprise) {
        place = surprise.place
        message = surprise.message
        kind = .surprise(surprise.kind)
    }

    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", kind.name)
        if let surprise = kind.surprise { writer.field("id", surprise.rawValue) }
        writer.field("file", place.file)
        if place.line > 0 {
            writer.field("line", place.line)
            if place.column > 0 { writer.field("column", place.column) }
        }
        writer.field("message", message)
        if let surprise = kind.surprise {
            writer.field("rules", .list(surprise.rules.map(Value.string)))
            writer.field("advice", surprise.advice)
        }
        writer.endObject()
        return writer.text
    }

    /// `maps/desk.yaml:4:9: surprise: … (R10) [removable-step]`
    func line(_ style: Style) -> String {
        switch kind {
        case .mistake: return "\(style("\(place)", .bad)): \(message)"
        case .notice: return "\(style("\(place)", .notice)): notice: \(message)"
        case .surprise(let kind):
            let rules = kind.rules.isEmpty ? "" : " (\(kind.rules.joined(separator: ", ")))"
            return "\(style("\(place)", .notice)): surprise: \(message)\(rules) [\(kind.rawValue)]"
        }
    }
}
