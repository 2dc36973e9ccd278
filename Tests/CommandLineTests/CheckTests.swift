import Authoring
import Foundation
import TestKit
import Testing
import Values

@Suite("check")
struct CheckTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func optional() throws -> TemporaryWorkspace {
        try TemporaryWorkspace(maps: [
            "buyer": """
            map: buyer
            tracks:
              - track: t
                steps:
                  - step: x
                  - step: s
                    optional: true
                    triggers: { close: [ { run: probe.log } ] }
            """
        ])
    }

    @Test("a surprise is shown with its line, a caret, its rule and what to do")
    func excerpt() async throws {
        let ran = try await optional().run("check")
        #expect(ran.status == 1)
        #expect(
            ran.output == """
                maps/buyer.yaml:8:21: surprise: t/s is optional: when `advance` passes it over, it fires `skip` and never `close` (R11) [optional-step-close]
                    8 |         triggers: { close: [ { run: probe.log } ] }
                      |                     ^^^^^
                      Add a trigger on `skip`, or use the close of the track, which fires in either case.
                1 map, 1 plugin: no mistakes, 1 surprise.

                """)
    }

    @Test("a mistake has its line too, with the caret under the character that it is about")
    func mistake() async throws {
        let workspace = try TemporaryWorkspace(maps: [
            "buyer":
                "map: buyer\ntracks: [ { track: t, title: \u{6f22}\u{5b57}, steps: [ { step: s, opt: true } ] } ]\n"
        ])
        let ran = try await workspace.run("check")
        #expect(ran.status == 65)
        let lines = ran.output.split(separator: "\n").map(String.init)
        #expect(
            lines.count == 3 && lines[0].hasPrefix("maps/buyer.yaml:2:54: unknown key `opt`"), "\(ran.output)"
        )
        // Each of the two wide characters before it takes two columns.
        #expect(lines.last == "      | " + String(repeating: " ", count: 55) + "^^^")
    }

    @Test("a plugin that does not load has the line that it names, without a caret")
    func lua() async throws {
        let workspace = try TemporaryWorkspace(
            plugins: [
                "probe": TemporaryWorkspace.probe,
                "broken": "return {\n  name = \"broken\"\n  version = 1\n}",
            ])
        let ran = try await workspace.run("check")
        #expect(ran.status == 1)
        #expect(ran.output.contains("\n    2 |   name = \"broken\"\n"), "\(ran.output)")
    }

    @Test("json has the id, the rules and the advice of a surprise")
    func json() async throws {
        let objects = try await optional().run("check", "--format", "jsonl").objects
        #expect(objects.count == 1)
        #expect(objects.first?["type"] == "surprise" && objects.first?["id"] == "optional-step-close")
        #expect(objects.first?["line"] == 8 && objects.first?["column"] == 21)
        #expect(objects.first?["rules"] == ["R11"])
        #expect(objects.first?["advice"] == .string(SurpriseKind.optionalStepClose.advice))
        let list = try await optional().run("check", "--format", "json").output
        #expect(try JSONReader.read(list).list == objects.map(Value.table))
    }

    /// What the schema of SARIF 2.1.0 demands of what is written here.
    @Test("sarif is a log of one run with its rules, and results at their places")
    func sarif() async throws {
        let workspace = try optional()
        try workspace.write("maps/sec ond.yaml", "map: buyer\n")
        let ran = try await workspace.run("check", "--format", "sarif")
        #expect(ran.status == 65)
        let log = try #require(try JSONReader.read(ran.output).table)
        #expect(
            log["version"] == "2.1.0" && log["$schema"]?.string?.hasSuffix("sarif-schema-2.1.0.json") == true)
        let runs = try #require(log["runs"]?.list)
        let run = try #require(runs.first?.table)
        #expect(runs.count == 1 && run["columnKind"] == "unicodeCodePoints")
        let driver = try #require(run["tool"]?.table?["driver"]?.table)
        #expect(driver["name"] == "signalbox")
        let rules = try #require(driver["rules"]?.list).compactMap(\.table)
        let ids = rules.compactMap { $0["id"]?.string }
        #expect(ids == ["mistake", "notice"] + SurpriseKind.allCases.map(\.rawValue))
        #expect(rules.allSatisfy { $0["shortDescription"]?.table?["text"]?.string?.isEmpty == false })
        let results = try #require(run["results"]?.list).compactMap(\.table)
        #expect(results.count > 1)
        for result in results {
            let id = try #require(result["ruleId"]?.string)
            #expect(result["ruleIndex"]?.integer == ids.firstIndex(of: id).map { Int64($0) })
            #expect(["error", "warning", "note"].contains(result["level"]?.string))
            #expect(result["message"]?.table?["text"]?.string?.isEmpty == false)
            let place = result["locations"]?.list?.first?.table?["physicalLocation"]?.table
            #expect(place?["artifactLocation"]?.table?["uri"]?.string?.contains(" ") == false)
            if let region = place?["region"]?.table {
                let start = try #require(region["startColumn"]?.integer)
                #expect(try #require(region["startLine"]?.integer) > 0 && start > 0)
                #expect(try #require(region["endColumn"]?.integer) > start)
            }
        }
        let surprise = results.first { $0["ruleId"] == "optional-step-close" }?["locations"]?.list?.first
        let region = surprise?.table?["physicalLocation"]?.table?["region"]
        #expect(region == ["startLine": 8, "startColumn": 21, "endColumn": 26])
        #expect(ran.output.contains("maps/sec%20ond.yaml"))
    }

    @Test("every example and the standard plugins pass")
    func examples() async throws {
        let folder = Self.root.appending(path: "examples").path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
            FileManager.default.fileExists(atPath: "\(folder)/\($0)/signalbox.yaml")
        }
        #expect(names.count > 5)
        for name in names.sorted() {
            let ran = try await RunningProgram(["check", "-w", "\(folder)/\(name)"]).end()
            #expect(ran.status == 0, "\(name): \(ran.output)\(ran.errors)")
        }
    }

    @Test("docs/check.md has a section for each kind, in their order, and no other")
    func page() throws {
        let page = try String(contentsOf: Self.root.appending(path: "docs/check.md"), encoding: .utf8)
        let sections = page.split(separator: "\n").filter { $0.hasPrefix("### ") }.map {
            String($0.dropFirst(4))
        }
        #expect(sections == SurpriseKind.allCases.map(\.rawValue))
    }
}
