// The eleventh migration: what is removed for good (R61).

extension Schema {
    /// A lead that is erased keeps its row, under a name that is made from the hash of its id (``ErasedNames``) and comes
    /// before all ids; so its moments keep their numbers, and its commands' ids are still known.
    static let erasedColumn = """
        ALTER TABLE settled_leads ADD COLUMN
            erased INTEGER NOT NULL DEFAULT 0;  -- the last moment that erased it; up to that one nothing is left
        CREATE INDEX erased_leads ON settled_leads (erased) WHERE erased > 0;
        """

    static let remains = """
        CREATE TABLE remains (              -- of what was removed
            one INTEGER PRIMARY KEY CHECK (one = 1),
            salt TEXT NOT NULL,             -- of the hashes in the place of ids
            incident INTEGER NOT NULL DEFAULT 0,  -- the highest number of an incident that was removed
            delivery INTEGER NOT NULL DEFAULT 0,  -- the highest row of a delivery that was removed
            history INTEGER NOT NULL DEFAULT 0,   -- up to this row, moments' texts were removed for their age
            ids INTEGER NOT NULL DEFAULT 0        -- up to this row, the ids of moments' commands were
        ) STRICT;
        INSERT INTO remains (one, salt) VALUES (1, lower(hex(randomblob(32))));
        """

    /// All leads but those that are erased.
    static let leads = """
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
            WHERE settled.lead > char(31);      -- those that are not erased
        """
}
