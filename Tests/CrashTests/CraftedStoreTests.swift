import Foundation
import GRDB
import TestKit
import Testing

/// Stores that somebody edited to hurt who reads them. The program has 3 GiB and 20 seconds of CPU time for each
/// command.
@Suite("a store that was crafted", .enabled(if: !Sanitizers.hasThread, "signals are held back"))
struct CraftedStoreTests {
    /// What happens to a lead that the edit does not name.
    enum Others: Sendable {
        /// It is served as ever.
        case served
        /// Nobody can count on the file.
        case refused
    }

    struct Edit: Sendable, CustomTestStringConvertible {
        let name: String
        let sql: String
        let others: Others
        /// What `restore` ends with when the store is its backup.
        let restored: Int32

        init(_ name: String, _ others: Others, restored: Int32, _ sql: String) {
            self.name = name
            self.sql = sql
            self.others = others
            self.restored = restored
        }

        var testDescription: String { name }
    }

    /// What follows happens to tables that take any type.
    private static func loose(_ table: String, _ sql: String) -> String {
        """
        PRAGMA writable_schema = ON;
        UPDATE sqlite_master SET sql = replace(sql, 'STRICT', '') WHERE name = '\(table)';
        PRAGMA writable_schema = RESET;
        \(sql);
        PRAGMA writable_schema = ON;
        UPDATE sqlite_master SET sql = rtrim(sql) || ' STRICT' WHERE name = '\(table)';
        PRAGMA writable_schema = RESET;
        """
    }

    private static func ofA(_ table: String, _ set: String) -> String {
        "UPDATE \(table) SET \(set) WHERE lead = (SELECT id FROM settled_leads WHERE lead = 'A')"
    }

    /// Gives the newest moment of the lead `A` a whole record, with a change.
    private static func record(_ path: String, _ value: String, also set: String = "") -> String {
        newest(
            """
            \(set) change = NULL, record = (
                SELECT json_set(record, '$.moment', moments.moment, '\(path)', json('\(value)'))
                FROM settled_leads WHERE id = moments.lead)
            """)
    }

    /// Changes the newest moment of the lead `A`.
    private static func newest(_ set: String) -> String {
        """
        UPDATE moments SET \(set)
        WHERE id = (SELECT last FROM leads WHERE lead = 'A')
        """
    }

    private static let most = "9223372036854775807"
    private static let least = "-9223372036854775808"

    private static let edits: [Edit] = [
        Edit(
            "the last moment has the last row that there can be", .refused, restored: 65,
            "UPDATE moments SET id = \(most) WHERE id = (SELECT max(id) FROM moments WHERE id NOT IN (SELECT previous FROM moments WHERE previous IS NOT NULL))"
        ),
        Edit(
            "a lead has the last row", .refused, restored: 65,
            "INSERT INTO settled_leads SELECT \(most), 'Z', status, map, moment, last, changed, record, held, erased FROM settled_leads LIMIT 1"
        ),
        Edit(
            "the slots of recent leads are at both ends", .refused, restored: 65,
            "UPDATE recent_leads SET slot = \(most) WHERE slot = (SELECT max(slot) FROM recent_leads); UPDATE recent_leads SET slot = \(least) WHERE slot = (SELECT min(slot) FROM recent_leads)"
        ),
        Edit(
            "the number of the lead's last moment is the largest", .served, restored: 65,
            ofA("recent_leads", "moment = \(most)")),
        Edit(
            "and in its record too", .served, restored: 65,
            ofA("recent_leads", "moment = \(most)") + ";"
                + record("$.moment", most, also: "moment = \(most),")),
        Edit("the record's seq is the largest", .served, restored: 1, record("$.seq", most)),
        Edit("the record's seq is the lowest", .served, restored: 1, record("$.seq", least)),
        Edit(
            "the record's journey has the largest number", .served, restored: 1,
            record("$.journey.number", most)),
        Edit("the record is another lead's", .served, restored: 1, record("$.id", #""B""#)),
        Edit(
            "tracks that are held and have no decider", .served, restored: 0,
            record("$.journey.tracks", #""hh""#)),
        Edit(
            "a track that is closed with open steps", .served, restored: 0,
            record("$.journey.tracks", #""cc""#)),
        Edit(
            "steps that are open in a track that waits", .served, restored: 0,
            record("$.journey.tracks", #""ww""#)),
        Edit("a journey that is over and open", .served, restored: 0, record("$.journey.outcome", #""won""#)),
        Edit(
            "a journey with other tracks than its map", .served, restored: 0,
            record("$.journey.tracks", #""ooooo""#)),
        Edit(
            "a journey on a map that is not there", .served, restored: 0,
            record("$.journey.version", #""none""#)),
        Edit("what a moment changed is not JSON", .served, restored: 1, newest("change = '{'")),
        Edit(
            "a moment changed steps that are not there", .served, restored: 1,
            newest(#"change = '{"journey":{"steps":"0-999999999c"}}'"#)),
        Edit(
            "a moment changed states that are not there", .served, restored: 1,
            newest(#"change = '{"journey":{"tracks":"0q,-c,c"}}'"#)),
        Edit(
            "a moment began a journey that is none", .served, restored: 1,
            newest(#"change = '{"journey":{"number":1}}'"#)),
        Edit(
            "what a moment changed is missing", .served, restored: 1,
            newest("change = NULL, record = NULL")),
        Edit(
            "a moment brought the number of events back", .served, restored: 1,
            newest(#"change = '{"seq":0}'"#)),
        Edit(
            "the source of the map is not one", .served, restored: 0,
            "UPDATE maps SET source = x'00ff5b7b' WHERE map = 'm'"),
        Edit("a moment that follows itself", .served, restored: 65, ofA("moments", "previous = id")),
        Edit(
            "moments that follow each other around", .served, restored: 65,
            ofA("moments", "previous = id + 1")),
        Edit("moments that follow another lead's", .served, restored: 65, ofA("moments", "previous = 1")),
        Edit("moments without one before", .served, restored: 65, ofA("moments", "previous = NULL")),
        Edit(
            "skips that lead to themselves", .served, restored: 65, "UPDATE moment_skips SET earlier = moment"
        ),
        Edit(
            "skips to the largest number", .served, restored: 65, "UPDATE moment_skips SET number = \(most)"),
        Edit("a last moment that is not there", .served, restored: 65, ofA("recent_leads", "last = \(most)")),
        Edit(
            "numbers of moments at both ends", .served, restored: 65,
            ofA("moments", "moment = iif(moment % 2 = 0, \(most), \(least))")),
        Edit(
            "times at both ends", .served, restored: 65,
            ofA("moments", "at = iif(moment % 2 = 0, \(most), \(least))")),
        Edit("a change at the end of time", .served, restored: 65, ofA("recent_leads", "changed = \(most)")),
        Edit(
            "the largest number of an incident", .refused, restored: 65,
            "UPDATE incidents SET number = \(most) WHERE number = 1"),
        Edit(
            "incidents at the end of time", .served, restored: 65,
            ofA("incidents", "at = \(least), seq = \(most)")),
        Edit(
            "incidents that refer to themselves", .served, restored: 0,
            ofA("incidents", "details = json_set(details, '$.lead_of', number, '$.event_of', \(most))")),
        Edit(
            "incidents whose events have the largest numbers", .served, restored: 0,
            ofA(
                "incidents",
                "details = json_set(details, '$.event.seq', \(most), '$.event.at', \(least), '$.event.journey', \(most), '$.lead.seq', \(most))"
            )),
        Edit(
            "incidents in a state that none can have", .served, restored: 1,
            ofA("incidents", "state = 'lost'")),
        Edit(
            "incidents that nothing settled", .served, restored: 1,
            ofA("incidents", "state = 'retried', settled = NULL")),
        Edit(
            "the last delivery has the last row", .refused, restored: 65,
            "UPDATE deliveries SET id = \(most) WHERE id = (SELECT max(id) FROM deliveries)"),
        Edit(
            "deliveries in a state that none can have", .served, restored: 1,
            ofA("deliveries", "state = 'lost'")),
        Edit(
            "deliveries that all wait for each other", .served, restored: 1, ofA("deliveries", "head = 0")),
        Edit(
            "deliveries at both ends of time", .served, restored: 65,
            ofA("deliveries", "due = \(most), changed = \(least), attempts = \(most)")),
        Edit(
            "deliveries of what others sent", .served, restored: 65,
            ofA("deliveries", "content = (SELECT id FROM outbox WHERE outbox.lead <> deliveries.lead)")),
        Edit(
            "deliveries of moments that are not there", .served, restored: 65,
            ofA("deliveries", "at_moment = \(most)")),
        Edit("what leaves is not JSON", .served, restored: 1, ofA("outbox", "payload = '{'")),
        Edit("a store without an id", .served, restored: 0, "DELETE FROM identity"),
        Edit("incidents that are not JSON", .served, restored: 1, ofA("incidents", "details = '{'")),
        Edit(
            "journals that are not lines", .served, restored: 1,
            ofA("moments", "journal = '[[' || char(10) || '7'")),
        Edit(
            "journals with the largest numbers", .served, restored: 0,
            ofA("moments", "journal = replace(journal, '\"seq\":', '\"seq\":922337203685477580')")),
        Edit("commands that are not JSON", .served, restored: 1, ofA("moments", "command = '{'")),
        Edit(
            "what moments ran on is not JSON", .served, restored: 1,
            "UPDATE provenances SET record = record || '{'"),
        Edit(
            "cut-offs at the ends of the numbers", .served, restored: 0,
            "UPDATE plugin_values SET value = json_set(value, '$.cut_offs', \(most)) WHERE plugin = 'engine'"),
        Edit(
            "values of plugins that are not JSON", .served, restored: 1,
            "UPDATE plugin_values SET value = '{' WHERE plugin <> 'engine'"),
        Edit(
            "a status that no lead can have", .served, restored: 65, ofA("recent_leads", "status = 'gone'")),
        Edit(
            "a text for the number of a moment", .served, restored: 65,
            loose("moments", ofA("moments", "moment = 'many'"))),
        Edit(
            "a text for a place", .served, restored: 65,
            loose("recent_leads", ofA("recent_leads", "last = 'last', moment = x'00'"))),
        Edit(
            "a trigger that takes away what is written", .refused, restored: 65,
            "CREATE TRIGGER t AFTER INSERT ON moments BEGIN DELETE FROM moments; END"),
        Edit(
            "a view that does not end", .refused, restored: 65,
            """
            DROP VIEW events; DROP VIEW calls; DROP VIEW lines; DROP VIEW leads;
            CREATE VIEW leads AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)
              SELECT x AS id, 'L' || x AS lead, 'open' AS status, NULL AS map, x AS moment, x AS last, x AS changed,
                '{}' AS record, 0 AS held FROM n
            """),
        Edit("a table of somebody else", .served, restored: 65, "CREATE TABLE mine (id INTEGER)"),
        Edit("a table that is not there", .refused, restored: 65, "DROP TABLE notes"),
        Edit(
            "a migration that has no name", .refused, restored: 65,
            "INSERT INTO grdb_migrations VALUES (x'00ff')"),
        Edit("moments of a lead that is not there", .served, restored: 65, ofA("moments", "lead = 4711")),
    ]

    private static let files = [
        "maps/m.yaml": """
        map: m
        triggers: { open: [ { run: p.fail } ] }
        tracks:
          - { track: t, steps: [ { step: x, optional: true }, { step: y, optional: true } ] }
          - { track: f, kind: flex, flex: { decide: p.hold }, steps: [ { step: z } ] }
        """,
        "maps/h.yaml": "map: h\ntracks: [ { track: t, steps: [ { step: x } ] } ]\n",
        "plugins/p.lua": """
        return { name = "p", api = 1, needs = { "email" },
          actions = { fail = { run = function()
            host.note.add("n") host.todo.add { title = "t" } host.store.add("n", 1)
            error("no")
          end } },
          deciders = { hold = { decide = function() error("no") end } },
          on = {
            { event = "map.open", run = function() while true do end end },
            { event = "map.open", run = function()
              host.note.add("n") host.todo.add { title = "t" } host.store.add("n", 1)
              host.email.send { to = { "a@example.com", "b@example.com" }, subject = "s" }
            end },
          },
        }
        """,
        "signalbox.yaml": "plugins: { limits: { deadline: 20ms } }\n",
    ]

    private static let limits = "ulimit -v 3145728; ulimit -t 20"
    private static let shell = Sanitizers.needSpace ? nil : limits

    /// The bytes of a store: `A` with 140 moments, `B` and `H` with a few.
    private static let whole = Result {
        let workspace = try TemporaryWorkspace(files)
        for isFirst in [true, false] {
            let lines =
                ["B", "A", "H"].map { lead in
                    isFirst
                        ? #"{"do":"assign","lead":"\#(lead)","map":"\#(lead == "H" ? "h" : "m")","id":"first"}"#
                        : #"{"do":"set","lead":"\#(lead)","fields":{"again":true}}"#
                } + (0..<69).map { #"{"do":"set","lead":"A","fields":{"n":\#($0)}}"# }
            let made = try Program.run(["do", "--commands", "-", "-w", workspace.root], input: lines)
            try #require(made.status == (isFirst ? 1 : 0), "\(made.errors)")
        }
        let file = workspace.path("whole.db")
        try #require(try Program.run(["backup", file, "-w", workspace.root]).status == 0)
        return try Data(contentsOf: URL(fileURLWithPath: file))
    }

    private func workspace() throws -> TemporaryWorkspace {
        let workspace = try TemporaryWorkspace(Self.files)
        try FileManager.default.createDirectory(
            atPath: workspace.path("data"), withIntermediateDirectories: false)
        try Self.whole.get().write(to: URL(fileURLWithPath: workspace.path("data/signalbox.db")))
        return workspace
    }

    @Test("is told, and never ends the program or the wait for it", arguments: edits)
    func crafted(_ edit: Edit) throws {
        let workspace = try workspace()
        // So that the map of the journeys is the one that the store keeps.
        try workspace.write("maps/m.yaml", try #require(Self.files["maps/m.yaml"]) + "# of today\n")
        let store = workspace.path("data/signalbox.db")
        var unchecked = Configuration()
        unchecked.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: store, configuration: unchecked)
        try queue.writeWithoutTransaction { db in
            let before = db.totalChangesCount
            try db.execute(sql: edit.sql)
            let isSchema = ["CREATE", "DROP"].contains { edit.sql.contains($0) }
            try #require(isSchema || db.totalChangesCount > before, "the edit changes nothing")
        }
        try queue.close()
        let crafted = workspace.path("crafted.db")
        try FileManager.default.copyItem(atPath: store, toPath: crafted)

        for command in [
            ["leads"], ["leads", "--format", "jsonl"], ["lead", "A", "--all"], ["lead", "B"],
            ["lead", "A", "--format", "json"], ["lead", "A", "--before", "70", "--last", "3"], ["incidents"],
            ["incidents", "show", "1"], ["incidents", "retry", "1"], ["plugins"],
            ["backup", workspace.path("b.db")], ["do", "complete", "A", "t/x"], ["do", "advance", "A"],
            ["do", "retry", "A"], ["do", "assign", "A", "m"], ["do", "assign", "B", "m"], ["leads"],
        ] { try expectTold(command, in: workspace) }

        let served = try Program.run(["do", "set", "H", "a=1", "-w", workspace.root], shell: Self.shell)
        switch edit.others {
        case .served: #expect(served.status == 0, "\(served.errors)")
        case .refused: #expect(served.status == 65, "\(served.errors)")
        }

        let target = try self.workspace()
        let before = try Data(contentsOf: URL(fileURLWithPath: target.path("data/signalbox.db")))
        let restored = try Program.run(["restore", crafted, "-w", target.root], shell: Self.shell)
        #expect(restored.status == edit.restored, "\(restored.lines) \(restored.errors)")
        #expect(restored.status == 0 || !restored.errors.isEmpty)
        if restored.status == 65 {
            let after = try Data(contentsOf: URL(fileURLWithPath: target.path("data/signalbox.db")))
            #expect(after == before, "the store that was there has changed")
        }
    }

    private func expectTold(_ command: [String], in workspace: TemporaryWorkspace) throws {
        let ran = try Program.run(command + ["-w", workspace.root], shell: Self.shell)
        #expect([0, 1, 65].contains(ran.status), "\(command): \(ran.status) \(ran.errors.suffix(300))")
        #expect(ran.status != 65 || !ran.errors.isEmpty, "\(command)")
        #expect(!ran.errors.contains("look at the disk"), "\(command): \(ran.errors)")
    }
}
