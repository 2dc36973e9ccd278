import Journeys
import Signalbox
import TestKit
import Testing
import Values

@testable import SignalboxCLI

/// Random spreadsheets and commands files.
@Suite("Random input files", .serialized)
struct InputFuzzTests {
    private static let cells = [
        "", " ", "a", "Id", "id", "Name", "1", "0.5", "1e999", "a,b", "\"", "\"\"", "\n", "\r", "\r\n",
        "x\"y", " q ",
        "\t", "é", "e\u{301}", "ß", "İ", "\u{0}", "\u{A0}", "\u{FEFF}", "\u{200B}", "Lead Source", "???",
        "1\u{FE0F}\u{20E3}",
    ]
    private static let lines = [
        #"{"do":"assign","lead":"L-1","map":"m","fields":{"a":1,"b":[0.5,null,{"c":"d"}]},"channel":"web"}"#,
        #"{"do":"complete","lead":"é","step":"a/b","by":"kim","id":"1","at":"2026-11-22T09:00:00.123+01:00"}"#,
        #"{"do":"advance","lead":"L"}"#, #"{"do":"remove","lead":"L","step":"x"}"#,
        #"{"do":"retry","lead":"L"}"#,
        #"{"do":"status","lead":"L","to":"won"}"#,
        #"{"do":"set","lead":"L","fields":{"x":-0.0},"agent":"kim"}"#,
        "", "[]", "{\"do\":{}}", String(repeating: "[", count: 70), #"{"do":"set","lead":"L","agent":null}"#,
    ]
    private static let words = [
        "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u0000", "\\ud83d\\ude00", "\\ud800", "\\n", "null",
        "true",
        "-0", "-0.0", "1e308", "1e309", "9223372036854775807", "9223372036854775808", "0.1", "01", "1.",
        "\"do\":", "\"lead\":\"L\",", "\"at\":\"2026-02-30T09:00:00Z\",", "\"id\":", "\"fields\":{",
        "\"agent\":\"x\"",
        "\u{0}", "\n", "é", "\u{2028}", "inf", "9999-12-31T23:59:60Z", "0000-01-01T00:00:00Z",
    ]

    @Test("a spreadsheet that is written with quotes comes back cell by cell")
    func written() throws {
        try Fuzzing("written sheets", part: 0.2).run(
            make: Self.rows, bytes: { Self.text($0) }
        ) { rows in
            var reader = CSVReader(Self.text(rows))
            for row in rows {
                let read = try reader.next()?.cells.get()
                try requireEqual(read.map(Self.exact), Self.exact(row))
            }
            try require(reader.next() == nil, "there are more rows")
        }
    }

    @Test("a spreadsheet of any bytes ends in rows and mistakes, and each command of it can be given")
    func sheets() throws {
        try Fuzzing("sheets", part: 0.4).run(
            make: Self.changedSheet, bytes: { $0 }
        ) { bytes in
            var reader = CSVReader(bytes)
            var line = 0
            var taken = 0
            var sheet: LeadSheet?
            while let row = reader.next() {
                try require(row.line > line && row.bytes > 0, "the row of line \(row.line) after \(line)")
                line = row.line
                taken += row.bytes
                try require(taken <= bytes.count, "more is taken than there is")
                guard let cells = try Self.withoutMistake({ try row.cells.get() }) else { continue }
                if let sheet {
                    guard let command = try Self.withoutMistake({ try sheet.command(cells) }) else {
                        continue
                    }
                    try Self.checkReadsBack(command)
                } else {
                    sheet = try Self.withoutMistake {
                        try LeadSheet(
                            header: cells, map: MapID("m"), by: "import", id: "Id", channel: "Name",
                            fieldNames: ["n=Name"], numbers: ["n"])
                    }
                }
            }
        }
    }

    @Test("a line of a commands file becomes a command that reads back, or a mistake")
    func commands() throws {
        try Fuzzing("command lines", part: 0.4).run(
            first: Self.lines.map { Array($0.utf8) },
            make: { $0.changed(Self.lines.map { Array($0.utf8) }, words: Self.words) }, bytes: { $0 }
        ) { bytes in
            let given: CommandLineEntry
            do throws(MalformedCommand) {
                given = try CommandLineEntry(reading: bytes)
            } catch {
                try require(!error.message.isEmpty && !error.message.hasControlCharacters, error.message)
                return
            }
            try requireEqual(try JSONReader.read(given.given.json), given.given)
            let again = try CommandLineEntry(reading: Array(given.given.json.utf8))
            try requireEqual(again.at, given.at)
            try requireEqual(again.request, given.request)
            if let command = given.command { try Self.checkReadsBack(command) }
        }
    }

    private static func rows(_ random: inout SeededRandom) -> [[String]] {
        var rows: [[String]] = []
        for _ in 0...Int.random(in: 0...4, using: &random) {
            var row: [String] = []
            for _ in 0...Int.random(in: 0...4, using: &random) {
                row.append(random.once(in: 4) ? random.text() : random.pick(cells))
            }
            rows.append(row)
        }
        return rows
    }

    private static func changedSheet(_ random: inout SeededRandom) -> [UInt8] {
        let rows = rows(&random)
        let plain = rows.map { $0.joined(separator: ",") }.joined(separator: "\n")
        let texts = [text(rows), Array(plain.utf8)].map { Array("Id,Name,x\n".utf8) + $0 }
        return random.changed(texts, words: cells + [",", "\",\""])
    }

    /// Nil where the body throws a mistake, which is one line.
    private static func withoutMistake<Made>(_ body: () throws -> Made) throws -> Made? {
        do {
            return try body()
        } catch {
            try require(!"\(error)".isEmpty && !"\(error)".hasControlCharacters, "\(error)")
            return nil
        }
    }

    private static func exact(_ cells: [String]) -> [ExactText] { cells.map { ExactText($0) } }

    private static func checkReadsBack(_ command: Command) throws {
        try requireEqual(command.jsonBytes, Array(command.value.json.utf8))
        try requireEqual(try CommandLineEntry(reading: command.jsonBytes).command, command)
    }

    /// The rows as a spreadsheet with each cell in quotes.
    private static func text(_ rows: [[String]]) -> [UInt8] {
        Array(
            rows.map { row in
                row.map { cell in
                    "\"\(cell.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined())\""
                }
                .joined(separator: ",")
            }.joined(separator: "\r\n").utf8)
    }
}
