import GRDB
import Journeys
import Store
import Values

extension Writer {
    /// Where the tables end, and which maps and versions are kept: only this process adds to them.
    struct Ends {
        var lastLead: Int
        var lastMoment: Int
        var recent: RecentLeads
        var maps: Set<MapVersion>
        /// Those of them of which nobody noted how many steps their tracks have.
        var withoutLengths: Set<MapVersion>
        var waitingSteps: StepCounters.Waiting
        var versions: Set<[ExactText]>
        /// The rows of the provenances, by their JSON.
        var provenances: [ExactText: Int]
        /// Whether a lead was ever erased.
        var hasErased: Bool

        /// - Parameter recentLimit: how many slots ``RecentLeads`` has.
        init(of db: Database, recentLimit: Int) throws {
            lastLead = try Self.last(of: "settled_leads", on: db)
            recent = try RecentLeads(of: db, limit: recentLimit)
            lastMoment = try Self.last(of: "moments", on: db)
            // SQLite numbers their rows, in their order as long as the last is in its range.
            for table in ["outbox", "deliveries", "audit"] { _ = try Self.last(of: table, on: db) }
            maps = Set(
                try PreparedStatement("SELECT version FROM maps", on: db).rows { MapVersion(try $0.text(0)) })
            withoutLengths = maps.subtracting(
                try PreparedStatement("SELECT version FROM map_tracks", on: db).rows {
                    MapVersion(try $0.text(0))
                })
            waitingSteps = try StepCounters.Waiting(on: db)
            versions = try StoredVersion.keys(on: db)
            provenances = Dictionary(
                try PreparedStatement("SELECT record, id FROM provenances", on: db)
                    .rows { (ExactText(try $0.text(0)), try $0.count(1)) },
                uniquingKeysWith: { first, _ in first })
            hasErased =
                try PreparedStatement("SELECT 1 FROM settled_leads WHERE erased > 0 LIMIT 1", on: db)
                .first { _ in true } ?? false
        }

        private static func last(of table: String, on db: Database) throws -> Int {
            try PreparedStatement("SELECT max(id) AS id FROM \(table)", on: db)
                .first { try $0.optionalCount(0) ?? 0 } ?? 0
        }
    }
}
