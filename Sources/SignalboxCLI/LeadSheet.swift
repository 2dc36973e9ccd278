import Journeys
import Values

/// How the columns of a spreadsheet become leads, and each row the command that assigns one.
struct LeadSheet {
    private let map: MapID
    private let by: String
    private let columns: [String]
    private let idColumn: Int
    private let channelColumn: Int?
    /// The field that each column becomes; nil for the id's own.
    private let fields: [String?]
    private let numbers: Set<String>

    /// What a header cannot be made to fit, or a row.
    struct Mistake: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameters:
    ///   - fieldNames: `NAME=COLUMN`, for columns whose field is to have another name.
    ///   - numbers: the fields whose values are numbers.
    init(
        header: [String], map: MapID, by: String, id: String, channel: String?, fieldNames: [String],
        numbers: [String]
    ) throws(Mistake) {
        func column(_ name: String) throws(Mistake) -> Int {
            guard let index = header.firstIndex(of: name) else {
                let columns = header.map(\.quotedForMessage).joined(separator: ", ")
                throw Mistake(
                    description: header.count == 1
                        ? "the first row has one cell, \(columns); commas must separate the columns"
                        : "there is no column \(name.quotedForMessage); the columns are \(columns)")
            }
            return index
        }
        idColumn = try column(id)
        channelColumn = try channel.map { name throws(Mistake) in try column(name) }
        var fields = header.map { Optional(Self.fieldName(of: $0)) }
        for given in fieldNames {
            guard let equals = given.firstIndex(of: "="), equals > given.startIndex else {
                throw Mistake(description: "--field \(given): NAME=COLUMN is needed")
            }
            fields[try column(String(given[given.index(after: equals)...]))] = String(given[..<equals])
        }
        fields[idColumn] = nil
        for (index, field) in fields.enumerated() {
            guard let field else { continue }
            let column = header[index].quotedForMessage
            guard !field.isEmpty else {
                throw Mistake(
                    description:
                        "column \(index + 1), \(column), gives no field's name; name it with --field NAME=COLUMN"
                )
            }
            if let first = fields.firstIndex(of: field), first < index {
                throw Mistake(
                    description:
                        "the columns \(header[first].quotedForMessage) and \(column) would both become the field \(field); name one with --field NAME=COLUMN"
                )
            }
        }
        for number in numbers where !fields.contains(number) {
            throw Mistake(description: "--number \(number): no column becomes that field")
        }
        self.map = map
        self.by = by
        self.columns = header
        self.fields = fields
        self.numbers = Set(numbers)
    }

    /// The command that the row's lead is assigned with. It carries an id, so that a second import of the
    /// same row does nothing.
    func command(_ cells: [String]) throws(Mistake) -> Command {
        guard cells.count == columns.count else {
            throw Mistake(description: "the row has \(cells.count) cells; the header has \(columns.count)")
        }
        guard let lead = LeadID(cells[idColumn]) else {
            throw Mistake(
                description:
                    "\(cells[idColumn].quotedForMessage) is no lead's id: 1 to \(LeadID.limitBytes) bytes without control characters"
            )
        }
        var changes = LeadChanges()
        for (cell, field) in zip(cells, fields) where !cell.isEmpty {
            guard let field else { continue }
            changes.fields[field] = numbers.contains(field) ? try number(cell, in: field) : .string(cell)
        }
        changes.channel = channelColumn.flatMap { cells[$0].isEmpty ? nil : cells[$0] }
        return Command(
            lead: lead, order: .assign(map, changes), by: by, id: CommandID("import:\(map):\(lead)"))
    }

    private func number(_ cell: String, in field: String) throws(Mistake) -> Value {
        do {
            let value = try JSONReader.read(cell)
            if case .integer = value { return value }
            if case .double = value { return value }
        } catch {}
        throw Mistake(description: "\(field): \(cell.quotedForMessage) is no number")
    }

    /// `Lead Source` becomes `lead_source`: small letters and digits, everything else one underscore.
    static func fieldName(of column: String) -> String {
        var name = ""
        var gap = false
        for scalar in column.unicodeScalars {
            if scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
                if gap, !name.isEmpty { name += "_" }
                name += scalar.properties.lowercaseMapping
                gap = false
            } else {
                gap = true
            }
        }
        return name
    }
}
