import Foundation
import Journeys
import Values

/// How the columns of a spreadsheet become leads, and each row the command that assigns one.
struct LeadSheet {
    private let map: MapID
    private let by: String
    private let columnCount: Int
    private let idColumn: Int
    private let channelColumn: Int?
    private let fields: [Field]
    /// The columns without a name that nothing is made of, as spreadsheets write them.
    private let nameless: Set<Int>
    private let numbers: Set<String>

    /// What a header cannot be made to fit, or a row.
    struct SheetError: Error, CustomStringConvertible {
        let description: String
    }

    private struct Field {
        let name: String
        let column: Int
    }

    /// - Parameters:
    ///   - fieldNames: `NAME=COLUMN`, for columns whose field is to have another name. A column that is
    ///     there twice becomes both fields; the id's column becomes one too.
    ///   - numbers: the fields whose values are numbers.
    init(
        header cells: [String], map: MapID, by: String, id: String, channel: String?, fieldNames: [String],
        numbers: [String]
    ) throws(SheetError) {
        let header = SheetHeader(cells)
        idColumn = try header.column(id, for: "--id")
        channelColumn = try channel.map { name throws(SheetError) in try header.column(name, for: "--channel")
        }
        var named: [Int: [String]] = [:]
        for given in fieldNames {
            guard let equals = given.firstIndex(of: "="), equals > given.startIndex else {
                throw SheetError(description: "--field \(given): expected NAME=COLUMN")
            }
            let name = String(given[..<equals])
            let column = try header.column(String(given[given.index(after: equals)...]), for: "--field")
            guard !named[column, default: []].contains(name) else { continue }
            named[column, default: []].append(name)
        }
        var fields: [Field] = []
        var nameless: Set<Int> = []
        for column in cells.indices {
            if let names = named[column] {
                fields += names.map { Field(name: $0, column: column) }
            } else if column == idColumn {
                continue
            } else if header.names[column].isEmpty {
                if column != channelColumn { nameless.insert(column) }
            } else {
                fields.append(Field(name: Self.fieldName(of: header.names[column]), column: column))
            }
        }
        try Self.check(fields, of: header)
        for number in numbers where !fields.contains(where: { $0.name == number }) {
            let names = fields.map(\.name)
            let known = names.map(\.quotedForMessage).joined(separator: ", ")
            throw SheetError(
                description:
                    "--number \(number): no column becomes that field; the fields are \(known)\(suggestion(for: number, among: names))"
            )
        }
        self.map = map
        self.by = by
        columnCount = cells.count
        self.fields = fields
        self.nameless = nameless
        self.numbers = Set(numbers)
    }

    private static func check(_ fields: [Field], of header: SheetHeader) throws(SheetError) {
        var earlier: [String: Field] = [:]
        for field in fields {
            let column = header.description(of: field.column)
            guard !field.name.isEmpty else {
                throw SheetError(
                    description: "\(column) gives no field's name; name it with --field NAME=COLUMN")
            }
            do throws(Refusal) {
                try RecordLimits().check(field: field.name, .null)
            } catch {
                throw SheetError(
                    description: "\(column): \(error.message); name it with --field NAME=COLUMN")
            }
            // Names that only look alike would be two fields that nobody can tell apart, so they are
            // compared by what they show, not by their bytes.
            guard let first = earlier[field.name] else {
                earlier[field.name] = field
                continue
            }
            if let both = header.sharedName(first.column, field.column) {
                throw SheetError(description: both)
            }
            throw SheetError(
                description:
                    "\(header.description(of: first.column)) and \(column) would both become the field \(field.name); name one with --field NAME=COLUMN"
            )
        }
    }

    /// The first row that has a value in a column without a name, which no field can be made of. Nil when
    /// those columns are empty.
    func firstNamelessValue(in rows: CSVReader) -> (line: Int, mistake: SheetError)? {
        guard !nameless.isEmpty else { return nil }
        var rows = rows
        while let row = rows.next() {
            guard case .success(let cells) = row.cells else { continue }
            for (column, cell) in cells.enumerated() where nameless.contains(column) && !cell.isBlank {
                return (
                    row.line,
                    SheetError(
                        description:
                            "column \(column + 1) has the value \(cell.quotedForMessage) here, but no name in the first row; name the column, or empty its cells"
                    )
                )
            }
        }
        return nil
    }

    /// The command that the row's lead is assigned with. It carries an id, so that a second import of the
    /// same row does nothing.
    func command(_ cells: [String]) throws(SheetError) -> Command {
        // What shows nothing is nothing: an id above all, which nobody could type again.
        let cells = cells.map { $0.isBlank ? "" : $0 }
        // Spreadsheets leave out or add blank cells at a row's end, where no column has a name.
        let isWhole = (cells.count..<max(cells.count, columnCount)).allSatisfy(nameless.contains)
        guard isWhole, cells.dropFirst(columnCount).allSatisfy(\.isEmpty) else {
            throw SheetError(
                description: "the row has \(counted(cells.count, "cell")); the first row has \(columnCount)")
        }
        guard !cells[idColumn].isEmpty else { throw SheetError(description: "the lead's id is blank") }
        guard let lead = LeadID(cells[idColumn]) else {
            throw SheetError(
                description:
                    "\(cells[idColumn].quotedForMessage) is not a lead's id: 1 to \(LeadID.limitBytes) bytes without control characters"
            )
        }
        var changes = LeadChanges()
        for field in fields {
            let cell = cells[field.column]
            guard !cell.isEmpty else { continue }
            changes.fields[field.name] =
                numbers.contains(field.name) ? try number(cell, in: field.name) : .string(cell)
        }
        changes.channel = channelColumn.flatMap { cells[$0].isEmpty ? nil : cells[$0] }
        return Command(
            lead: lead, order: .assign(map, changes), by: by, id: CommandID("import:\(map):\(lead)"))
    }

    private func number(_ cell: String, in field: String) throws(SheetError) -> Value {
        do {
            let value = try JSONReader.read(cell)
            if case .integer = value { return value }
            if case .double = value { return value }
        } catch {}
        throw SheetError(description: "\(field): \(cell.quotedForMessage) is not a number")
    }

    /// `Lead Source` becomes `lead_source`: small letters and digits, everything else one underscore.
    static func fieldName(of column: String) -> String {
        var name = ""
        var gap = false
        for scalar in column.precomposedStringWithCanonicalMapping.unicodeScalars {
            let isMark = scalar.properties.generalCategory.isMark && !gap && !name.isEmpty
            if scalar.properties.isAlphabetic || scalar.properties.numericType != nil || isMark {
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

/// The names of a spreadsheet's columns, without the spaces around them.
private struct SheetHeader {
    /// Empty for a column without a name.
    let names: [String]

    init(_ cells: [String]) { names = cells.map(\.withoutBlanksAround) }

    /// The one column with the name that an option gives.
    func column(_ given: String, for option: String) throws(LeadSheet.SheetError) -> Int {
        // By what they show: a name that is typed rarely has the bytes of the file's for an accented letter.
        let name = given.withoutBlanksAround
        let found = names.indices.filter { names[$0] == name }
        if let second = found.dropFirst().first, let both = sharedName(found[0], second) {
            throw LeadSheet.SheetError(description: "\(option) \(name.quotedForMessage): \(both)")
        }
        if let column = found.first { return column }
        let columns = names.map(\.quotedForMessage).joined(separator: ", ")
        guard names.count > 1 else {
            throw LeadSheet.SheetError(
                description: "the first row has one cell, \(columns); commas must separate the columns")
        }
        let near = names.first { $0.lowercased() == name.lowercased() }
        let hint =
            near.map { "; did you mean \($0.quotedForMessage)?" } ?? suggestion(for: name, among: names)
        throw LeadSheet.SheetError(
            description:
                "\(option): there is no column \(name.quotedForMessage); the columns are \(columns)\(hint)")
    }

    /// What is wrong where two columns have one name.
    func sharedName(_ first: Int, _ second: Int) -> String? {
        guard first != second, names[first] == names[second] else { return nil }
        guard !names[first].isEmpty else {
            return "columns \(first + 1) and \(second + 1) have no name; name them in the first row"
        }
        return
            "columns \(first + 1) and \(second + 1) are both named \(names[first].quotedForMessage); give one of them another name in the first row"
    }

    func description(of column: Int) -> String { "column \(column + 1) (\(names[column].quotedForMessage))" }
}

extension String {
    /// Whether nothing in it can be seen: white space of any kind, characters without width.
    fileprivate var isBlank: Bool { unicodeScalars.allSatisfy(\.isBlank) }

    fileprivate var withoutBlanksAround: String {
        let scalars = unicodeScalars
        guard let start = scalars.firstIndex(where: { !$0.isBlank }),
            let end = scalars.lastIndex(where: { !$0.isBlank })
        else { return "" }
        return String(scalars[start...end])
    }
}

extension Unicode.Scalar {
    fileprivate var isBlank: Bool {
        if isASCII { return value == 0x20 || (0x09...0x0D).contains(value) }
        return properties.isWhitespace || properties.isDefaultIgnorableCodePoint
    }
}

extension Unicode.GeneralCategory {
    fileprivate var isMark: Bool {
        self == .nonspacingMark || self == .spacingMark || self == .enclosingMark
    }
}
