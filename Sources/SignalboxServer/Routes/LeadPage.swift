import Journeys
import Store
import Values
import Workspace

/// Everything that is known of one lead.
struct LeadPage: Sendable {
    private let record: LeadRecord
    /// Nil where the lead has no journey, or the map's version is not kept.
    private let definition: MapDefinition?
    private let notes: [StoredNote]
    private let todos: [StoredTodo]
    private let incidents: [IncidentRecord]

    /// How many open incidents, notes and to-dos are shown, the newest.
    static let listed = 100

    /// Nil where there is no such lead.
    init?(of lead: LeadID, in store: any Store) throws(StoreError) {
        guard let record = try store.lead(lead) else { return nil }
        self.record = record
        if let journey = record.journey, let kept = try store.map(journey.version) {
            definition = try? MapDefinition(kept: kept.source, file: kept.file)
        } else {
            definition = nil
        }
        notes = try store.notes(of: lead).suffix(Self.listed)
        todos = try store.todos(of: lead).suffix(Self.listed)
        incidents = try store.incidents(of: lead, in: .open, before: nil, limit: Self.listed)
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("id", record.id.text)
        writer.field("status", record.status.rawValue)
        if let agent = record.agent { writer.field("agent", agent) }
        if let channel = record.channel { writer.field("channel", channel) }
        writer.field("fields", .table(record.fields))
        writer.field("moments", record.lastMoment)
        writer.field("events", record.lastSeq)
        if let journey = record.journey {
            writer.key("journey")
            write(journey, to: &writer)
        }
        writer.key("notes")
        writer.beginList()
        for note in notes {
            writer.beginObject()
            writer.field("moment", note.moment)
            writer.field("at", note.at.description)
            writer.field("by", note.by)
            writer.field("text", note.text)
            writer.endObject()
        }
        writer.endList()
        writer.key("todos")
        writer.beginList()
        for todo in todos {
            writer.beginObject()
            writer.field("moment", todo.moment)
            writer.field("at", todo.at.description)
            writer.field("by", todo.by)
            for entry in todo.todo { writer.field(entry.key, entry.value) }
            writer.endObject()
        }
        writer.endList()
        writer.key("incidents")
        writer.beginList()
        for incident in incidents { incident.write(to: &writer, isWhole: false) }
        writer.endList()
        writer.endObject()
    }

    private func write(_ journey: JourneyRecord, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("map", journey.map.text)
        writer.field("version", journey.version.text)
        switch journey.phase {
        case .active: writer.field("active", .bool(true))
        case .ended(let outcome):
            writer.field("active", .bool(false))
            writer.field("outcome", outcome.rawValue)
        }
        if let definition, definition.steps.count == journey.steps.count {
            writer.key("tracks")
            writer.beginList()
            for (track, state) in zip(definition.tracks, journey.tracks) {
                writer.beginObject()
                writer.field("track", track.id.text)
                writer.field("state", state.rawValue)
                writer.key("steps")
                writer.beginList()
                for index in track.steps {
                    writer.beginObject()
                    writer.field("step", definition.steps[index].pathText)
                    writer.field("state", journey.steps[index].rawValue)
                    writer.endObject()
                }
                writer.endList()
                writer.endObject()
            }
            writer.endList()
        }
        writer.endObject()
    }
}
