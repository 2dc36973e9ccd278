import Journeys
import Testing
import Values

@testable import SignalboxCLI

@Suite("Spreadsheets")
struct CSVTests {
    private func rows(_ text: String) -> [(line: Int, cells: [String]?)] { rows(Array(text.utf8)) }

    private func rows(_ bytes: [UInt8]) -> [(line: Int, cells: [String]?)] {
        var reader = CSVReader(bytes)
        var rows: [(line: Int, cells: [String]?)] = []
        while let row = reader.next() { rows.append((row.line, try? row.cells.get())) }
        return rows
    }

    @Test("no kind of line end is part of a cell")
    func lineEnds() {
        for end in ["\n", "\r\n", "\r"] {
            let rows = rows("a,b\(end)1,2\(end)\(end)3,\(end)")
            #expect(rows.map(\.cells) == [["a", "b"], ["1", "2"], ["3", ""]])
            #expect(rows.map(\.line) == [1, 2, 4])
        }
    }

    @Test("a quoted cell holds commas, quotes and line breaks, and the next row's line is still right")
    func quotedCells() {
        let rows = rows("id,text\r\n1,\"a, \"\"b\"\"\r\nc\"\r\n2,\"\"\n")
        #expect(rows.map(\.cells) == [["id", "text"], ["1", "a, \"b\"\r\nc"], ["2", ""]])
        #expect(rows.map(\.line) == [1, 2, 4])
        #expect(self.rows("a,\"b\rc\"\rd,e\r").map(\.line) == [1, 3])
    }

    @Test("spaces around a quoted cell are not part of it; those of others are")
    func spacesAroundQuotes() {
        let rows = rows("Id, \"Name\" ,City\n1,\t\"Lee, Ana\"\t, Oslo \n2,a \"b\" c, \"d\" e\n")
        #expect(rows.map(\.cells) == [["Id", "Name", "City"], ["1", "Lee, Ana", " Oslo "], nil])
    }

    @Test("a bad row is one row, and the next is read")
    func badRows() {
        let rows = rows(Array("a,b\n\"x\"y,1\n2,".utf8) + [0xFF] + Array("\n3,4\n\"open,5\n6,7\n".utf8))
        #expect(rows.map(\.line) == [1, 2, 3, 4, 5])
        #expect(rows.map(\.cells) == [["a", "b"], nil, nil, ["3", "4"], nil])
    }

    private func sheet(
        _ header: [String], id: String = "Id", channel: String? = nil, fields: [String] = [],
        numbers: [String] = []
    ) throws(LeadSheet.SheetError) -> LeadSheet {
        try LeadSheet(
            header: header, map: MapID("buyer"), by: "import", id: id, channel: channel, fieldNames: fields,
            numbers: numbers)
    }

    private func mistake(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "none"
        } catch { return "\(error)" }
    }

    @Test("columns become fields, empty cells none, and the command has the lead's own id")
    func commands() throws {
        let sheet = try sheet(
            ["Id", "Lead Source", "Time (s)", "Origin", "???"], channel: "Origin", fields: ["odd=???"],
            numbers: ["time_s"])
        let command = try sheet.command(["a/b", "Web", "12", "Ad", ""])
        #expect(command.lead == LeadID("a/b"))
        #expect(command.id == "import:buyer:a/b")
        #expect(
            command.order
                == .assign(
                    MapID("buyer"),
                    LeadChanges(fields: ["lead_source": "Web", "time_s": 12, "origin": "Ad"], channel: "Ad")))
        let other = try sheet.command(["c", "012", "0.5", "", "x"])
        #expect(
            other.order
                == .assign(
                    MapID("buyer"), LeadChanges(fields: ["lead_source": "012", "time_s": 0.5, "odd": "x"])))
    }

    private func fields(_ sheet: LeadSheet, _ cells: [String]) throws -> Table {
        guard case .assign(_, let changes) = try sheet.command(cells).order else { return [:] }
        return changes.fields
    }

    @Test("a header that cannot become fields says what to do")
    func badHeaders() {
        #expect(mistake { _ = try sheet(["Name"]) }.contains("\"Name\""))
        #expect(mistake { _ = try sheet(["Id;Name;City"]) }.contains("commas must separate"))
        #expect(mistake { _ = try sheet(["Id", "A b", "a-B"]) }.contains("--field NAME=COLUMN"))
        #expect(mistake { _ = try sheet(["Id", "!"]) }.contains("--field NAME=COLUMN"))
        #expect(mistake { _ = try sheet(["Id", "A"], fields: ["A"]) }.contains("expected NAME=COLUMN"))
        #expect(
            mistake { _ = try sheet(["Id", "Visits"], numbers: ["vists"]) }
                == "--number vists: no column becomes that field; the fields are \"visits\"; did you mean \"visits\"?"
        )
        let long = String(repeating: "x", count: 129)
        #expect(mistake { _ = try sheet(["Id", long]) }.contains("column 2"))
        #expect(mistake { _ = try sheet(["Id", "A"], fields: ["a\u{7}=A"]) }.contains("column 2"))
    }

    @Test("an option that names a column is refused where two columns have the name, with their numbers")
    func ambiguousColumns() {
        for header in [["Id", "A", "Id"], ["Id", "A", " Id\u{A0}"]] {
            #expect(
                mistake { _ = try sheet(header) }
                    == "--id \"Id\": columns 1 and 3 are both named \"Id\"; give one of them another name in the first row"
            )
        }
        let header = ["Id", "Caf\u{E9}", "Cafe\u{301}"]
        #expect(
            mistake { _ = try sheet(header, channel: "Caf\u{E9}") }.hasPrefix(
                "--channel \"Caf\u{E9}\": columns 2"))
        #expect(
            mistake { _ = try sheet(header, fields: ["a=Caf\u{E9}"]) }.hasPrefix(
                "--field \"Caf\u{E9}\": columns 2"))
        #expect(mistake { _ = try sheet(header) }.hasPrefix("columns 2 and 3 are both named"))
        #expect(
            mistake { _ = try sheet(["Id", "", ""], fields: ["a="]) }.contains("columns 2 and 3 have no name")
        )
    }

    @Test("a name in another case names no column; the one that is meant is suggested")
    func otherCase() {
        let message = mistake { _ = try sheet(["ID", "Name"], id: "id") }
        #expect(
            message
                == "--id: there is no column \"id\"; the columns are \"ID\", \"Name\"; did you mean \"ID\"?")
    }

    @Test("a column's name is found without the spaces around it, and however its accents are spelled")
    func columnNames() throws {
        let sheet = try sheet(
            [" Id ", "\u{A0}Re\u{301}gion ", "Z\u{FC}rich"],
            fields: [" city = Zu\u{308}rich"].map { $0.replacing(" ", with: "") })
        #expect(try fields(sheet, ["1", "a", " b "]) == ["r\u{E9}gion": "a", "city": " b "])
    }

    @Test("a column that --field takes twice becomes both fields, the id's column too")
    func columnTwice() throws {
        let sheet = try sheet(
            ["Id", "Mail"], fields: ["mail=Mail", "login=Mail", "mail=Mail", "key=Id"], numbers: ["key"])
        #expect(try fields(sheet, ["7", "a@b"]) == ["mail": "a@b", "login": "a@b", "key": 7])
        #expect(
            mistake { _ = try self.sheet(["Id", "A", "B"], fields: ["x=A", "x=B"]) }.contains(
                "would both become the field x"))
    }

    @Test("columns without a name and without a value are none, as spreadsheets write them")
    func namelessColumns() throws {
        let sheet = try sheet(["Id", "A", "", " \u{A0}"])
        for cells in [
            ["1", "a", "", ""], ["1", "a", " ", "\u{A0}"], ["1", "a"], ["1", "a", "", "", "", " "],
        ] {
            #expect(try fields(sheet, cells) == ["a": "a"])
        }
        for cells in [["1"], ["1", "a", "", "", "x"]] {
            #expect(mistake { _ = try sheet.command(cells) }.contains("the first row has 4"))
        }
        #expect(sheet.firstNamelessValue(in: CSVReader(Array("1,a,,\n2,b,\u{A0}, \n".utf8))) == nil)
        let stray = sheet.firstNamelessValue(in: CSVReader(Array("1,a,,\n2,\"b\nc\",,x\n3,,y,\n".utf8)))
        #expect(stray?.line == 2)
        #expect(stray?.mistake.description.hasPrefix("column 4 has the value \"x\"") == true)
        // An option may name the one that there is.
        let named = try self.sheet(["Id", ""], fields: ["note="])
        #expect(try fields(named, ["1", "x"]) == ["note": "x"])
    }

    @Test(
        "a blank id is a bad row, and a blank cell is not a field",
        arguments: ["", " ", "\t", "\u{A0}", "\u{200B}", "\u{3000}\u{FEFF}"])
    func blankCells(_ blank: String) throws {
        let sheet = try sheet(["Id", "A", "N"], channel: "A", numbers: ["n"])
        #expect(mistake { _ = try sheet.command([blank, "a", "1"]) } == "the lead's id is blank")
        #expect(
            try sheet.command(["1", blank, blank]).order == .assign(MapID("buyer"), LeadChanges()))
    }

    @Test("letters with marks of any script stay in a field's name")
    func fieldNames() {
        for (column, name) in [
            ("Lead Source", "lead_source"), ("  (Time) spent!", "time_spent"),
            ("\u{DC}ber-Gro\u{DF}", "\u{FC}ber_gro\u{DF}"),
            ("U\u{308}ber", "\u{FC}ber"),
            ("\u{939}\u{93F}\u{928}\u{94D}\u{926}\u{940} 2", "\u{939}\u{93F}\u{928}\u{94D}\u{926}\u{940}_2"),
        ] {
            #expect(LeadSheet.fieldName(of: column) == name)
        }
    }

    @Test("a row that is not a lead says what is wrong with it")
    func badCells() throws {
        let sheet = try sheet(["Id", "N"], numbers: ["n"])
        #expect(mistake { _ = try sheet.command(["a"]) }.contains("1 cell"))
        #expect(
            mistake { _ = try sheet.command([String(repeating: "i", count: 129), "1"]) }.contains(
                "not a lead's id"))
        for text in [
            "1,5", "0x1", "NaN", "1e999", "99999999999999999999", String(repeating: "[", count: 5000),
        ] {
            let message = mistake { _ = try sheet.command(["a", text]) }
            #expect(message.contains("is not a number"))
            #expect(message.utf8.count < 300)
        }
    }
}
