import Journeys
import Store
import Values

/// Shows which code moments ran: in text a line where it is other code than that of the moment shown before.
struct CodeLines {
    private let style: Style
    private var last: String?

    init(_ style: Style) { self.style = style }

    /// `code  greeting 1.2.0 3f9a12bc04de, settings 77ab01cd93ef; host 0.1.0+5f0c12ab9e01`, or nothing.
    mutating func lines(of moment: StoredMoment) -> [String] {
        guard let provenance = moment.provenance else { return [] }
        let plugins = provenance.plugins.map { plugin in
            let hash = plugin.hash.prefix(12)
            let version = plugin.version == hash ? "" : " \(plugin.version.printable)"
            return "\(plugin.name)\(version) \(hash), settings \(plugin.settings.prefix(12))"
        }
        let text = (plugins + ["host \(provenance.host)"]).joined(separator: "; ")
        guard text != last else { return [] }
        last = text
        return [style("  code  \(text)", .faint)]
    }

    /// The same as an element of a JSON list; nil for a moment that made no calls.
    static func json(of moment: StoredMoment) -> String? {
        guard let provenance = moment.provenance else { return nil }
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", "moment")
        writer.field("lead", moment.lead.text)
        writer.field("moment", moment.number)
        writer.field("code", provenance.value)
        writer.endObject()
        return writer.text
    }
}
