import Foundation
import Journeys
import TestKit
import Testing

@Suite("The page on the command line")
struct DocumentationTests {
    private let page: String

    init() throws {
        let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized
        page = try String(contentsOf: root.appendingPathComponent("docs/command-line.md"), encoding: .utf8)
    }

    @Test(
        "every reason is on it",
        arguments: Refusal.Reason.allCases.map(\.rawValue) + CallFailure.Reason.allCases.map(\.rawValue)
            + Undelivered.State.allCases.map(\.incidentReason))
    func reasons(_ reason: String) {
        #expect(page.contains("`\(reason)`"))
    }

    @Test("every command is on it")
    func commands() async throws {
        let help = try await RunningProgram(["--help"]).end().output
        let list = help.split(separator: "SUBCOMMANDS:").last?.split(separator: "\n") ?? []
        let names = list.compactMap { $0.wholeMatch(of: #/ {2}([a-z]+) .*/#)?.1 }
        #expect(names.count >= 8)
        for name in names where name != "help" {
            #expect(page.contains("| `\(name)") || page.contains(", `\(name)"), "\(name)")
        }
    }
}
