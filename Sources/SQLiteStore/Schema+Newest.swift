import GRDB

// What a store has today, in one place. The migrations come to the same, one after the other.

extension Schema {
    /// Whether a database has nothing yet.
    static func isEmpty(_ db: Database) throws -> Bool {
        try PreparedStatement("SELECT count(*) FROM sqlite_master", on: db).first { try $0.count(0) } == 0
    }

    /// Makes everything of a store that is new, at once: all migrations one after the other take several times as long.
    static func make(_ db: Database) throws {
        try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        try db.execute(sql: newestTables)
        try db.execute(sql: newestViews)
        try db.execute(sql: "INSERT INTO remains (one, salt) VALUES (1, lower(hex(randomblob(32))))")
        try DeliveryTable(on: db).renewStoreID()
        for number in 1...lastMade {
            try PreparedStatement("INSERT INTO grdb_migrations (identifier) VALUES (?)", on: db)
                .run(.text(String(number)))
        }
    }

    /// The last of the migrations that what ``make(_:)`` makes has behind it. Those after it follow as in any store.
    private static let lastMade = 15

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

        CREATE TABLE commands (             -- that came with an id
            id TEXT NOT NULL,
            lead INTEGER NOT NULL REFERENCES settled_leads (id),
            moment INTEGER NOT NULL REFERENCES moments (id),
            PRIMARY KEY (id, lead)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE provenances (          -- what the calls of moments were functions of
            id INTEGER PRIMARY KEY,
            record TEXT NOT NULL UNIQUE     -- as JSON
        ) STRICT;

        CREATE TABLE moment_skips (         -- from moments to far earlier ones of the same lead
            moment INTEGER PRIMARY KEY REFERENCES moments (id),
            earlier INTEGER NOT NULL REFERENCES moments (id),
            number INTEGER NOT NULL         -- the earlier one's among its lead's
        ) STRICT;

        CREATE TABLE recent_leads (         -- in place of what rows of settled_leads have, but for the record
            slot INTEGER PRIMARY KEY,       -- in the order in which they came
            lead INTEGER NOT NULL UNIQUE REFERENCES settled_leads (id),
            status TEXT NOT NULL,
            map TEXT,
            moment INTEGER NOT NULL,
            last INTEGER NOT NULL,
            changed INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE deliveries (           -- one for each recipient
            id INTEGER PRIMARY KEY,         -- in the order of commits
            content INTEGER NOT NULL REFERENCES outbox (id),
            at_moment INTEGER REFERENCES moments (id),  -- null: an earlier version's, of a damaged lead
            lead INTEGER NOT NULL REFERENCES settled_leads (id),
            place INTEGER NOT NULL,         -- among its moment's deliveries, from 1
            channel TEXT NOT NULL,          -- what it leaves through
            destination TEXT NOT NULL,      -- a recipient's address, or an endpoint's name
            quiet INTEGER NOT NULL,         -- 1: its death fires nothing
            state TEXT NOT NULL,
            head INTEGER,                   -- null: it is settled. 1: it is its lead's and destination's next
            attempts INTEGER NOT NULL,      -- that have begun
            first_attempt INTEGER,          -- in milliseconds since 1970, as all times
            due INTEGER,                    -- of one that waits
            changed INTEGER NOT NULL,
            message TEXT
        ) STRICT;
        CREATE INDEX deliveries_by_moment ON deliveries (at_moment, place);
        CREATE INDEX unsettled_deliveries ON deliveries (channel, lead, destination, head)
            WHERE head IS NOT NULL;
        CREATE INDEX due_deliveries ON deliveries (channel, due) WHERE head = 1 AND due IS NOT NULL;
        CREATE INDEX undelivered ON deliveries (state) WHERE state <> 'delivered';

        CREATE TABLE attempts (             -- to deliver
            delivery INTEGER NOT NULL REFERENCES deliveries (id),
            number INTEGER NOT NULL,        -- among its delivery's, from 1
            began INTEGER NOT NULL,
            ended INTEGER,
            outcome TEXT,
            message TEXT,
            PRIMARY KEY (delivery, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE identity (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            store TEXT NOT NULL             -- its id
        ) STRICT;

        CREATE TABLE tokens (               -- of the API
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            role TEXT NOT NULL,
            hash TEXT NOT NULL UNIQUE,      -- SHA-256 of the token, which is not kept
            made INTEGER NOT NULL,          -- in milliseconds since 1970
            revoked INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX tokens_in_use ON tokens (name) WHERE revoked IS NULL;

        CREATE TABLE audit (                -- of changes by the API
            id INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            token TEXT NOT NULL,            -- its name
            address TEXT NOT NULL,
            request TEXT NOT NULL,
            action TEXT NOT NULL,
            lead TEXT,
            result TEXT NOT NULL
        ) STRICT;

        CREATE TABLE remains (              -- of what was removed
            one INTEGER PRIMARY KEY CHECK (one = 1),
            salt TEXT NOT NULL,             -- of the hashes in the place of ids
            incident INTEGER NOT NULL DEFAULT 0,  -- the highest number of an incident that was removed
            delivery INTEGER NOT NULL DEFAULT 0,  -- the highest row of a delivery that was removed
            history INTEGER NOT NULL DEFAULT 0,   -- up to this row, moments' texts were removed for their age
            ids INTEGER NOT NULL DEFAULT 0        -- up to this row, the ids of moments' commands were
        ) STRICT;

        CREATE TABLE map_tracks (           -- of maps
            version TEXT NOT NULL PRIMARY KEY REFERENCES maps (version),
            lengths TEXT NOT NULL           -- how many steps each track has, as JSON
        ) STRICT;

        CREATE TABLE step_counts (
            map TEXT NOT NULL,
            step INTEGER NOT NULL,          -- its index in the map; -1: the journey itself
            version TEXT NOT NULL REFERENCES maps (version),
            times TEXT NOT NULL,            -- as JSON: when it opened for the leads that are at it
            UNIQUE (map, step, version)
        ) STRICT;

        CREATE TABLE step_changes (         -- that are not in step_counts yet
            id INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,            -- the first time of its moments, in milliseconds since 1970
            changes TEXT NOT NULL           -- as JSON, by the maps' versions
        ) STRICT;

        CREATE TABLE bulks (
            id INTEGER PRIMARY KEY,
            action TEXT NOT NULL,
            filter TEXT NOT NULL,           -- as JSON
            by TEXT NOT NULL,
            at INTEGER NOT NULL,            -- in milliseconds since 1970
            count INTEGER NOT NULL,         -- of its items
            done INTEGER NOT NULL DEFAULT 0,
            failed INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX unfinished_bulks ON bulks (id) WHERE done + failed < count;

        CREATE TABLE bulk_items (
            bulk INTEGER NOT NULL REFERENCES bulks (id),
            place INTEGER NOT NULL,         -- among its bulk's, from 1
            number INTEGER NOT NULL,        -- of an incident, or the row of a delivery
            lead INTEGER NOT NULL REFERENCES settled_leads (id),
            state TEXT NOT NULL DEFAULT 'waiting',  -- or done, failed
            reason TEXT,
            message TEXT,
            PRIMARY KEY (bulk, place)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX bulk_items_left ON bulk_items (bulk, place) WHERE state = 'waiting';
        CREATE INDEX bulk_items_failed ON bulk_items (bulk, place) WHERE state = 'failed';
        CREATE INDEX failed_by_lead ON bulk_items (lead) WHERE message IS NOT NULL;
        """

    private static let newestViews = """
        CREATE VIEW lines AS
            SELECT settled_leads.lead, moments.moment, line.key AS place, line.value ->> '$.type' AS type, line.value AS line
            FROM moments
            JOIN settled_leads ON settled_leads.id = moments.lead
            JOIN json_each('[' || replace(moments.journal, char(10), ',') || ']') AS line;

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
            FROM settled_leads AS settled LEFT JOIN recent_leads AS recent ON recent.lead = settled.id
            WHERE settled.lead > char(31);
        """
}
