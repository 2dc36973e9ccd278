import GRDB

// What a store has today. The migrations come to the same, one after the other.

extension Schema {
    /// Whether a database has nothing yet.
    static func isEmpty(_ db: Database) throws -> Bool {
        try PreparedStatement("SELECT count(*) FROM sqlite_master", on: db).first { try $0.count(0) } == 0
    }

    /// Makes everything of a store that is new, at once: to make tables and then change them, migration by migration, takes
    /// four times as long.
    static func make(_ db: Database) throws {
        try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        for statements in [
            newestTables, valuesAndMaps, versions, provenances, deliveries, access, remains,
            stepCounters, bulks, newestLines, eventsAndCalls, leads,
        ] { try db.execute(sql: statements) }
        try DeliveryTable(on: db).renewStoreID()
        for number in 1...lastMade {
            try PreparedStatement("INSERT INTO grdb_migrations (identifier) VALUES (?)", on: db)
                .run(.text(String(number)))
        }
    }

    /// The last of the migrations that what ``make(_:)`` makes has behind it. Those after it follow as in any store.
    private static let lastMade = 15

    /// Those that migrations changed. What none has changed is there as the migration has it that made it.
    private static let newestTables = """
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);

        CREATE TABLE settled_leads (
            id INTEGER PRIMARY KEY,
            lead TEXT NOT NULL UNIQUE,      -- the id that everybody else knows
            status TEXT NOT NULL,
            map TEXT,                       -- of the journey that is active, or of the last one
            moment INTEGER NOT NULL,        -- the number of its last moment
            last INTEGER NOT NULL,          -- that moment's row
            changed INTEGER NOT NULL,       -- when that was, in milliseconds since 1970
            record TEXT NOT NULL,           -- the lead as JSON
            held INTEGER NOT NULL DEFAULT 0,    -- 1 while a track waits for its decider
            erased INTEGER NOT NULL DEFAULT 0   -- the last moment that erased it; up to that one nothing is left
        ) STRICT;
        CREATE INDEX leads_held ON settled_leads (lead) WHERE held = 1;
        CREATE INDEX erased_leads ON settled_leads (erased) WHERE erased > 0;

        CREATE TABLE moments (
            id INTEGER PRIMARY KEY,         -- in the order of commits
            lead INTEGER NOT NULL REFERENCES settled_leads (id),
            moment INTEGER NOT NULL,        -- its number among the lead's
            previous INTEGER,               -- the row of the lead's moment before; null for the first
            at INTEGER NOT NULL,            -- in milliseconds since 1970
            command TEXT NOT NULL,          -- as JSON
            journal TEXT NOT NULL,          -- JSON lines
            provenance INTEGER REFERENCES provenances (id),
            record TEXT,                    -- the lead after it as JSON; null for most
            change TEXT                     -- or what it changed of that; null too: an earlier version wrote it
        ) STRICT;

        CREATE TABLE incidents (
            number INTEGER PRIMARY KEY,
            lead INTEGER NOT NULL REFERENCES settled_leads (id),
            moment INTEGER NOT NULL,
            place INTEGER NOT NULL,         -- among its moment's incidents, from 1
            at INTEGER NOT NULL,
            reason TEXT NOT NULL,
            message TEXT NOT NULL,
            traceback TEXT,
            trigger_name TEXT,
            run TEXT,
            plugin TEXT,
            plugin_version TEXT,
            seq INTEGER,
            event TEXT,
            details TEXT NOT NULL,          -- as JSON
            plugin_hash TEXT,
            state TEXT NOT NULL DEFAULT 'open',  -- or retried, superseded, dismissed
            settled INTEGER                 -- the moment that retried it, or the incident that took its place
        ) STRICT;
        CREATE INDEX incidents_by_lead ON incidents (lead, number);
        CREATE INDEX open_incidents ON incidents (number) WHERE state = 'open';

        CREATE TABLE notes (
            lead INTEGER NOT NULL REFERENCES settled_leads (id),
            moment INTEGER NOT NULL,
            place INTEGER NOT NULL,         -- among its moment's notes, from 1
            at INTEGER NOT NULL,
            by TEXT NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (lead, moment, place)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE todos (
            lead INTEGER NOT NULL REFERENCES settled_leads (id),
            moment INTEGER NOT NULL,
            place INTEGER NOT NULL,
            at INTEGER NOT NULL,
            by TEXT NOT NULL,
            todo TEXT NOT NULL,             -- as JSON
            done_moment INTEGER,            -- of its lead, that marked it as done; null: it is open
            done_at INTEGER,
            done_by TEXT,
            PRIMARY KEY (lead, moment, place)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY,
            lead INTEGER NOT NULL REFERENCES settled_leads (id),
            moment INTEGER NOT NULL,
            place INTEGER NOT NULL,
            at INTEGER NOT NULL,
            by TEXT NOT NULL,
            payload TEXT NOT NULL,          -- as JSON
            template_hash TEXT,
            kind TEXT NOT NULL DEFAULT 'email',
            trace TEXT                      -- a `traceparent` header
        ) STRICT;

        CREATE TABLE commands (             -- that came with an id
            id TEXT NOT NULL,
            lead INTEGER NOT NULL REFERENCES settled_leads (id),
            moment INTEGER NOT NULL REFERENCES moments (id),
            PRIMARY KEY (id, lead)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE recent_leads (         -- in place of what rows of settled_leads have, but for the record
            slot INTEGER PRIMARY KEY,       -- in the order in which they came
            lead INTEGER NOT NULL UNIQUE REFERENCES settled_leads (id),
            status TEXT NOT NULL,
            map TEXT,
            moment INTEGER NOT NULL,
            last INTEGER NOT NULL,
            changed INTEGER NOT NULL
        ) STRICT;
        """

    private static let newestLines = """
        CREATE VIEW lines AS
            SELECT settled_leads.lead, moments.moment, line.key AS place, line.value ->> '$.type' AS type, line.value AS line
            FROM moments
            JOIN settled_leads ON settled_leads.id = moments.lead
            JOIN json_each('[' || replace(moments.journal, char(10), ',') || ']') AS line;
        """
}
