package import Journeys
package import Store
package import Values
import Workspace

/// What is known of one lead beside its record: where it is on its map, and what was noted, asked and went wrong.
package struct LeadDetails: Sendable {
    private let record: LeadRecord
    /// Nil where the lead has no journey, or the map's version is not kept.
    private let definition: MapDefinition?
    private let notes: [StoredNote]
    private let todos: [StoredTodo]
    private let incidents: [IncidentRecord]

    /// Which incidents are shown, and how much of everything.
    package struct Extent: Sendable {
        let incidents: IncidentState.Name?
        /// The newest so many; nil for all.
        let limit: Int?

        /// The newest 100 notes, to-dos and open incidents.
        package static let newest = Extent(incidents: .open, limit: 100)
        /// Everything, in whatever state.
        package static let whole = Extent(incidents: nil, limit: nil)
    }

    /// - Parameter record: the lead as it is, or as it was after an earlier moment: nothing later is shown then.
    package init(of record: LeadRecord, _ extent: Extent, in store: any StoreReader) throws(StoreError) {
        self.record = record
        if let journey = record.journey, let kept = try store.map(journey.version) {
            definition = try? MapDefinition(kept: kept.source, file: kept.file)
        } else {
            definition = nil
        }
        let (lead, last, limit) = (record.id, record.lastMoment, extent.limit ?? .max)
        notes = try store.notes(of: lead).filter { $0.moment <= last }.suffix(limit)
        todos = try store.todos(of: lead).asOf(moment: last).suffix(limit)
        incidents = try store.incidents(of: lead, in: extent.incidents, before: nil, limit: limit)
            .filter { $0.moment <= last }
    }

    /// The members of an object that its caller began: `journey` if there is one, `notes`, `todos` and `incidents`.
    ///
    /// - Parameter fileVersion: the version that the map's file has, where that is known.
    package func writeMembers(to writer: inout JSONWriter, fileVersion: MapVersion? = nil) {
        if let journey = record.journey {
            writer.key("journey")
            write(journey, fileVersion, to: &writer)
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
            writer.field("number", todo.number)
            writer.field("moment", todo.moment)
            writer.field("at", todo.at.description)
            writer.field("by", todo.by)
            for entry in todo.todo { writer.field(entry.key, entry.value) }
            todo.writeDone(to: &writer)
            writer.endObject()
        }
        writer.endList()
        writer.key("incidents")
        writer.beginList()
        for incident in incidents {
            writer.beginObject()
            incident.writeMembers(to: &writer, isWhole: false)
            writer.endObject()
        }
        writer.endList()
    }

    private func write(
        _ journey: JourneyRecord, _ fileVersion: MapVersion?, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.field("map", journey.map.text)
        writer.field("version", journey.version.text)
        if let fileVersion { writer.field("file_version", fileVersion.text) }
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

extension StoredTodo {
    /// `done`, the time, and `done_by` of one that is done; nothing of one that is open.
    package func writeDone(to writer: inout JSONWriter) {
        guard let done else { return }
        writer.field("done", done.at.description)
        writer.field("done_by", done.by)
    }
}
