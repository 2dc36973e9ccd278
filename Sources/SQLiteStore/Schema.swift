import GRDB
import Store

/// The tables, by numbered migrations. A migration that was released is never changed; a change is a new
/// one with the next number.
enum Schema {
    /// Stands in the file's header, so that another program's database is not taken for a store: "SBOX".
    static let applicationID = 0x5342_4F58

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            for statements in [tables, valuesAndMaps, lines, eventsAndCalls] {
                try db.execute(sql: statements)
            }
        }
        migrator.registerMigration("2") { db in
            try db.execute(sql: heldLeads)
            try markHeldLeads(db)
        }
        migrator.registerMigration("3") { db in
            try db.execute(sql: versions)
            try db.execute(sql: versionColumns)
        }
        // Not deferred: that would check every row of the store.
        migrator.registerMigration("4", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: recentLeads)
        }
        migrator.registerMigration("5", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: commandsByLead)
        }
        migrator.registerMigration("6", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: provenances)
            try db.execute(sql: provenanceColumn)
        }
        migrator.registerMigration("7", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: outgoing)
        }
        migrator.registerMigration("8", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: recordHistory)
        }
        migrator.registerMigration("9", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: incidentStates)
        }
        migrator.registerMigration("10", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: deliveries)
            try makeDeliveries(db)
            try db.execute(sql: access)
        }
        migrator.registerMigration("11", foreignKeyChecks: .immediate) { db in
            for statements in [erasedColumn, remains, "DROP VIEW leads", leads] {
                try db.execute(sql: statements)
            }
        }
        migrator.registerMigration("12", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: stepCounters)
            try countSteps(db)
        }
        migrator.registerMigration("13", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: bulks)
        }
        migrator.registerMigration("14", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: traces)
        }
        migrator.registerMigration("15", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: doneTodos)
        }
        return migrator
    }

    /// Moments are only ever appended, and each names the one before it of the same lead: an index by lead
    /// would touch a page of its own for nearly every row, which made commits three times as slow in a
    /// store of a million leads.
    private static let tables = """
        CREATE TABLE leads (
            id INTEGER PRIMARY KEY,
            lead TEXT NOT NULL UNIQUE,      -- the id that everybody else knows
            status TEXT NOT NULL,
            map TEXT,                       -- of the journey that is active, or of the last one
            moment INTEGER NOT NULL,        -- the number of its last moment
            last INTEGER NOT NULL,          -- that moment's row
            changed INTEGER NOT NULL,       -- when that was, in milliseconds since 1970
            record TEXT NOT NULL            -- the lead as JSON
        ) STRICT;

        CREATE TABLE moments (
            id INTEGER PRIMARY KEY,         -- in the order of commits
            lead INTEGER NOT NULL REFERENCES leads (id),
            moment INTEGER NOT NULL,        -- its number among the lead's
            previous INTEGER,               -- the row of the lead's moment before; null for the first
            at INTEGER NOT NULL,            -- in milliseconds since 1970
            command TEXT NOT NULL,          -- as JSON
            journal TEXT NOT NULL           -- JSON lines
        ) STRICT;

        CREATE TABLE commands (             -- that came with an id
            id TEXT NOT NULL PRIMARY KEY,
            moment INTEGER NOT NULL REFERENCES moments (id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE incidents (
            number INTEGER PRIMARY KEY,
            lead INTEGER NOT NULL REFERENCES leads (id),
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
            details TEXT NOT NULL           -- as JSON
        ) STRICT;

        CREATE INDEX incidents_by_lead ON incidents (lead, number);

        CREATE TABLE notes (
            lead INTEGER NOT NULL REFERENCES leads (id),
            moment INTEGER NOT NULL,
            place INTEGER NOT NULL,         -- among its moment's notes, from 1
            at INTEGER NOT NULL,
            by TEXT NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (lead, moment, place)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE todos (
            lead INTEGER NOT NULL REFERENCES leads (id),
            moment INTEGER NOT NULL,
            place INTEGER NOT NULL,
            at INTEGER NOT NULL,
            by TEXT NOT NULL,
            todo TEXT NOT NULL,             -- as JSON
            PRIMARY KEY (lead, moment, place)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY,
            lead INTEGER NOT NULL REFERENCES leads (id),
            moment INTEGER NOT NULL,
            place INTEGER NOT NULL,
            at INTEGER NOT NULL,
            by TEXT NOT NULL,
            email TEXT NOT NULL             -- as JSON
        ) STRICT;
        """

    static let valuesAndMaps = """
        CREATE TABLE plugin_values (        -- what plugins keep for all leads
            plugin TEXT NOT NULL,
            key TEXT NOT NULL,
            value TEXT NOT NULL,            -- as JSON
            PRIMARY KEY (plugin, key)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE maps (                 -- that journeys began on
            version TEXT NOT NULL PRIMARY KEY,
            map TEXT NOT NULL,
            file TEXT NOT NULL,
            source BLOB NOT NULL
        ) STRICT;
        """

    /// Few leads are held, so the index is small, and a commit without one does not touch it.
    private static let heldLeads = """
        ALTER TABLE leads ADD COLUMN
            held INTEGER NOT NULL DEFAULT 0;  -- 1 while a track waits for its decider
        UPDATE leads SET held = 1
            WHERE iif(json_valid(record),
                record ->> '$.journey.outcome' IS NULL AND record ->> '$.journey.tracks' LIKE '%h%', 0);
        CREATE INDEX leads_held ON leads (lead) WHERE held = 1;
        """

    /// The same for records that SQLite does not take for JSON, as far as they can be read.
    private static func markHeldLeads(_ db: Database) throws {
        let held = try PreparedStatement("SELECT id, record FROM leads WHERE NOT json_valid(record)", on: db)
            .rows { row in (try? LeadRecord(json: try row.bytes(1)))?.isHeld == true ? try row.count(0) : nil
            }
        for id in held {
            try PreparedStatement("UPDATE leads SET held = 1 WHERE id = ?", on: db).run(.integer(id))
        }
    }

    /// Versions often differ in one of many files, so each file is there once.
    static let versions = """
        CREATE TABLE versions (             -- of plugins and templates, that moments used
            id INTEGER PRIMARY KEY,         -- in the order of their first use
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            hash TEXT NOT NULL,
            declared TEXT,                  -- the version that it gives itself
            since INTEGER NOT NULL,         -- the time of its first use, in milliseconds since 1970
            UNIQUE (kind, name, hash)
        ) STRICT;

        CREATE TABLE sources (
            hash TEXT NOT NULL PRIMARY KEY, -- SHA-256 of the bytes
            bytes BLOB NOT NULL
        ) STRICT;

        CREATE TABLE version_files (
            version INTEGER NOT NULL REFERENCES versions (id),
            name TEXT NOT NULL,
            source TEXT NOT NULL REFERENCES sources (hash),
            PRIMARY KEY (version, name)
        ) STRICT, WITHOUT ROWID;
        """

    private static let versionColumns = """
        ALTER TABLE incidents ADD COLUMN plugin_hash TEXT;
        ALTER TABLE outbox ADD COLUMN template_hash TEXT;
        """

    /// ``RecentLeads`` says what the second table is for. `held` is true of a lead in `settled_leads` alone: one
    /// that is held is written there.
    private static let recentLeads = """
        ALTER TABLE leads RENAME TO settled_leads;

        CREATE TABLE recent_leads (         -- in place of rows of settled_leads
            slot INTEGER PRIMARY KEY,       -- in the order in which they came
            lead INTEGER NOT NULL UNIQUE REFERENCES settled_leads (id),
            status TEXT NOT NULL,
            map TEXT,
            moment INTEGER NOT NULL,
            last INTEGER NOT NULL,
            changed INTEGER NOT NULL,
            record TEXT NOT NULL
        ) STRICT;

        CREATE VIEW leads AS
            SELECT settled.id, settled.lead,
                iif(recent.slot IS NULL, settled.status, recent.status) AS status,
                iif(recent.slot IS NULL, settled.map, recent.map) AS map,
                iif(recent.slot IS NULL, settled.moment, recent.moment) AS moment,
                iif(recent.slot IS NULL, settled.last, recent.last) AS last,
                iif(recent.slot IS NULL, settled.changed, recent.changed) AS changed,
                iif(recent.slot IS NULL, settled.record, recent.record) AS record,
                settled.held
            FROM settled_leads AS settled LEFT JOIN recent_leads AS recent ON recent.lead = settled.id;
        """

    /// Ids of commands are a lead's own (R40). The id comes first in the key, as it does in the earlier rows:
    /// they are added at the end, in their order.
    private static let commandsByLead = """
        ALTER TABLE commands RENAME TO former_commands;

        CREATE TABLE commands (             -- that came with an id
            id TEXT NOT NULL,
            lead INTEGER NOT NULL REFERENCES settled_leads (id),
            moment INTEGER NOT NULL REFERENCES moments (id),
            PRIMARY KEY (id, lead)
        ) STRICT, WITHOUT ROWID;

        INSERT INTO commands (id, lead, moment)
            SELECT former.id, moments.lead, former.moment
            FROM former_commands AS former JOIN moments ON moments.id = former.moment
            ORDER BY former.id;

        DROP TABLE former_commands;
        """

    /// ``MomentChain`` says what the second table is for. It has few rows, and is not a column of `moments`, because
    /// there it would come after the journal.
    static let provenances = """
        CREATE TABLE provenances (          -- what the calls of moments were functions of
            id INTEGER PRIMARY KEY,
            record TEXT NOT NULL UNIQUE     -- as JSON
        ) STRICT;

        CREATE TABLE moment_skips (         -- from moments to far earlier ones of the same lead
            moment INTEGER PRIMARY KEY REFERENCES moments (id),
            earlier INTEGER NOT NULL REFERENCES moments (id),
            number INTEGER NOT NULL         -- the earlier one's among its lead's
        ) STRICT;
        """

    private static let provenanceColumn = """
        ALTER TABLE moments ADD COLUMN      -- null: it made no calls, or an earlier version wrote it
            provenance INTEGER REFERENCES provenances (id);
        """

    /// Rows of earlier versions are mails. None of them is written again.
    private static let outgoing = """
        ALTER TABLE outbox RENAME COLUMN email TO payload;
        ALTER TABLE outbox ADD COLUMN kind TEXT NOT NULL DEFAULT 'email';
        """

    /// ``RecordHistory`` says how records are kept. What a lead was before its newest moment is not known of earlier
    /// versions' moments.
    private static let recordHistory = """
        UPDATE settled_leads SET (status, map, moment, last, changed, record) =
            (SELECT status, map, moment, last, changed, record FROM recent_leads WHERE lead = settled_leads.id)
        WHERE id IN (SELECT lead FROM recent_leads);

        ALTER TABLE moments ADD COLUMN
            record TEXT;                    -- the lead after it as JSON; null for most
        ALTER TABLE moments ADD COLUMN
            change TEXT;                    -- or what it changed of that; null too: an earlier version wrote it

        UPDATE moments SET record = newest.record FROM settled_leads AS newest WHERE newest.last = moments.id;

        DROP VIEW leads;
        DROP TABLE recent_leads;

        CREATE TABLE recent_leads (         -- in place of what rows of settled_leads have, but for the record
            slot INTEGER PRIMARY KEY,       -- in the order in which they came
            lead INTEGER NOT NULL UNIQUE REFERENCES settled_leads (id),
            status TEXT NOT NULL,
            map TEXT,
            moment INTEGER NOT NULL,
            last INTEGER NOT NULL,
            changed INTEGER NOT NULL
        ) STRICT;

        CREATE VIEW leads AS
            SELECT settled.id, settled.lead,
                iif(recent.slot IS NULL, settled.status, recent.status) AS status,
                iif(recent.slot IS NULL, settled.map, recent.map) AS map,
                iif(recent.slot IS NULL, settled.moment, recent.moment) AS moment,
                iif(recent.slot IS NULL, settled.last, recent.last) AS last,
                iif(recent.slot IS NULL, settled.changed, recent.changed) AS changed,
                settled.record,
                settled.moment AS recorded,     -- the moment after which that is the record
                settled.held
            FROM settled_leads AS settled LEFT JOIN recent_leads AS recent ON recent.lead = settled.id;
        """

    /// Of earlier versions' incidents nobody knows which were retried: they are open. A store may have many, of which few
    /// are open for long.
    private static let incidentStates = """
        ALTER TABLE incidents ADD COLUMN
            state TEXT NOT NULL DEFAULT 'open';  -- or retried, superseded, dismissed
        ALTER TABLE incidents ADD COLUMN
            settled INTEGER;                -- the moment that retried it, or the incident that took its place

        CREATE INDEX open_incidents ON incidents (number) WHERE state = 'open';
        """

    /// For people with a shell of SQLite; the program itself does not read them.
    private static let lines = """
        CREATE VIEW lines AS
            SELECT leads.lead, moments.moment, line.key AS place, line.value ->> '$.type' AS type, line.value AS line
            FROM moments
            JOIN leads ON leads.id = moments.lead
            JOIN json_each('[' || replace(moments.journal, char(10), ',') || ']') AS line;
        """

    static let eventsAndCalls = """
        CREATE VIEW events AS
            SELECT lead, moment, line ->> '$.instant' AS instant, line ->> '$.seq' AS seq,
                line ->> '$.event' AS event, line ->> '$.map' AS map, line ->> '$.track' AS track,
                line ->> '$.step' AS step, line ->> '$.by' AS by, line ->> '$.at' AS at,
                line ->> '$.outcome' AS outcome, line -> '$.payload' AS payload
            FROM lines WHERE type = 'event';

        CREATE VIEW calls AS
            SELECT lead, moment, line ->> '$.instant' AS instant, line ->> '$.seq' AS seq,
                line ->> '$.run' AS run, line ->> '$.trigger' AS trigger_name,
                line ->> '$.outcome' AS outcome, line ->> '$.reason' AS reason,
                line ->> '$.message' AS message, line -> '$.effects' AS effects,
                line -> '$.keep' AS keep, line -> '$.remove' AS remove, line -> '$.log' AS log
            FROM lines WHERE type = 'call';
        """
}
