import GRDB
import Journeys
import Store
import Values

// The tenth migration: how far what leaves has come; and the fourteenth: the traces that it belongs to.

extension Schema {
    /// What leaves is in `outbox`, once for all recipients of a mail; where it goes to and how far it has come is here,
    /// in rows that are small, because they are written again with every attempt.
    ///
    /// Few deliveries are on their way, so the partial indexes are small. A delivery is found by its moment, to which
    /// ``MomentChain`` leads: that index grows at its end, where one by lead would touch a page of its own for nearly
    /// every delivery. ``DeliveryTable`` says what `head` is for.
    static let deliveries = """
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
        """

    static let traces = """
        ALTER TABLE outbox ADD COLUMN
            trace TEXT;                     -- a `traceparent` header
        """

    /// Gives a store its id, and each mail of earlier versions its deliveries: they wait.
    ///
    /// Rows of earlier versions have all recipients. The first has the row's number, which is the delivery's for life;
    /// the others are numbered behind the last of their moment. A row that does not read back is one dead delivery.
    static func makeDeliveries(_ db: Database) throws {
        let table = DeliveryTable(on: db, remembersRemoved: false)
        try table.renewStoreID()
        var moment = FormerMoment()
        // One by one: a store may have many.
        _ = try PreparedStatement(
            "SELECT id, lead, moment, place, at, kind, payload FROM outbox ORDER BY id", on: db
        ).rows { row -> Void? in
            let lead = try row.integer(1)
            let number = try row.integer(2)
            if lead != moment.lead || number != moment.number {
                try moment.insertOthers(into: table)
                moment = FormerMoment(lead: lead, number: number, row: try table.moment(number, ofLead: lead))
            }
            let first = DeliveryTable.New(
                content: try row.integer(0), moment: moment.row, lead: lead, place: try row.integer(3),
                at: try row.integer(4))
            let kind = Outgoing.Kind(rawValue: try row.text(5))
            guard let kind, let payload = (try? Value(storedJSON: try row.bytes(6)))?.table else {
                try table.insertDamaged(first, channel: kind?.channel(to: "") ?? (try row.text(5)))
                return nil
            }
            let destinations = kind.destinations(of: payload)
            try table.insert(first, kind, to: destinations.first ?? "")
            moment.note(first, kind, alsoTo: destinations.dropFirst())
            return nil
        }
        try moment.insertOthers(into: table)
    }
}

/// One moment's rows of an earlier version, as far as they were read.
private struct FormerMoment {
    let lead: Int?
    let number: Int?
    /// Nil where its lead does not lead to it.
    let row: Int?
    /// The highest number of its deliveries.
    private var last = 0
    /// The recipients that had no delivery of their own.
    private var others: [(delivery: DeliveryTable.New, kind: Outgoing.Kind, to: String)] = []

    init(lead: Int? = nil, number: Int? = nil, row: Int? = nil) {
        self.lead = lead
        self.number = number
        self.row = row
    }

    mutating func note(
        _ first: DeliveryTable.New, _ kind: Outgoing.Kind, alsoTo destinations: ArraySlice<String>
    ) {
        // A number that is out of its range is followed by none.
        guard StoredNumbers.isCount(first.place) else { return }
        last = max(last, first.place)
        others += destinations.map { (first, kind, $0) }
    }

    func insertOthers(into table: DeliveryTable) throws {
        for (index, other) in others.enumerated() {
            var delivery = other.delivery
            delivery.place = last + index + 1
            try table.insert(delivery, other.kind, to: other.to)
        }
    }
}
