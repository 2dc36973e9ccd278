import GRDB

// The twelfth migration: how many leads are at each step, and since when.

extension Schema {
    /// ``StepCounters`` says how these belong together.
    ///
    /// What a commit changes of the counts is one row, whichever steps and times it touches; many of them are added up
    /// at once. A step's times are one text, because they are read and changed together, and few.
    static let stepCounters = """
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
        """

    /// Counts the leads that are there, without the times until somebody says how many steps their maps' tracks have
    /// (``SQLiteStore/noteTrackLengths(_:)``). Those whose records do not read back are left out.
    static func countSteps(_ db: Database) throws { try StepCounters(on: db).recount() }
}
