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

    @Test("a byte order mark and every kind of line end are no part of a cell")
    func lineEnds() {
        for end in ["\n", "\r\n", "\r"] {
            let rows = rows("\u{FEFF}a,b\(end)1,2\(end)\(end)3,\(end)")
            #expect(rows.map(\.cells) == [["a", "b"], ["1", "2"], ["3", ""]])
            #expect(rows.map(\.line) == [1, 2, 4])
        }
    }

    @Test("a quoted cell holds commas, quotes and line breaks, and the next row's line is still right")
    func quotedCells() {
        let rows = rows("id,text\r\n1,\"a, \"\"b\"\"\r\nc\"\r\n2,\"\"\n")
        #expect(rows.map(\.cells) == [["id", "text"], ["1", "a, \"b\"\r\nc"], ["2", ""]])
        #expect(rows.map(\.line) == [1, 2, 4])
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
    ) throws(LeadSheet.Mistake) -> LeadSheet {
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

    @Test("a header that cannot become fields says what to do")
    func badHeaders() {
        #expect(mistake { _ = try sheet(["Name"]) }.contains("\"Name\""))
        #expect(mistake { _ = try sheet(["Id;Name;City"]) }.contains("commas must separate"))
        #expect(mistake { _ = try sheet(["Id", "A b", "a-B"]) }.contains("--field NAME=COLUMN"))
        #expect(mistake { _ = try sheet(["Id", "!"]) }.contains("--field NAME=COLUMN"))
        #expect(mistake { _ = try sheet(["Id", "A"], fields: ["A"]) }.contains("NAME=COLUMN is needed"))
        #expect(mistake { _ = try sheet(["Id", "A"], numbers: ["b"]) }.contains("--number b"))
    }

    @Test("a row that is no lead says what is wrong with it")
    func badCells() throws {
        let sheet = try sheet(["Id", "N"], numbers: ["n"])
        #expect(mistake { _ = try sheet.command(["a"]) }.contains("1 cell"))
        #expect(mistake { _ = try sheet.command(["", "1"]) }.contains("no lead's id"))
        #expect(
            mistake { _ = try sheet.command([String(repeating: "i", count: 129), "1"]) }.contains(
                "no lead's id"))
        for text in [
            "1,5", "0x1", "NaN", "1e999", "99999999999999999999", String(repeating: "[", count: 5000),
        ] {
            let message = mistake { _ = try sheet.command(["a", text]) }
            #expect(message.contains("is no number"))
            #expect(message.utf8.count < 300)
        }
    }
}
