import Authoring
import Journeys
import Values

/// Findings as a log in SARIF 2.1.0, which editors and CI services read.
///
/// Places count characters of Unicode. Files are named from the workspace's folder.
enum SARIFLog {
    private static let schema =
        "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

    static func text(
        _ findings: [Finding], version: String, length: (FilePlace) -> Int
    ) -> String {
        let driver: Table = [
            "name": "signalbox", "version": .string(version), "rules": .list(rules.map(\.value)),
        ]
        let run: Table = [
            "tool": ["driver": .table(driver)],
            "columnKind": "unicodeCodePoints",
            "results": .list(findings.map { result($0, length: length($0.place)) }),
        ]
        let log: Table = [
            "$schema": .string(schema), "version": "2.1.0", "runs": .list([.table(run)]),
        ]
        return Value.table(log).json
    }

    private static let rules: [(id: String, value: Value)] =
        [
            rule("mistake", "something that cannot be read or used", "error", nil),
            rule("notice", "something that is allowed and has no effect", "note", nil),
        ]
        + SurpriseKind.allCases.map {
            let rules = $0.rules.isEmpty ? "" : " (\($0.rules.joined(separator: ", ")))"
            return rule($0.rawValue, $0.summary + rules, "warning", $0.advice)
        }

    private static func rule(
        _ id: String, _ summary: String, _ level: String, _ advice: String?
    ) -> (id: String, value: Value) {
        var rule: Table = [
            "id": .string(id), "shortDescription": ["text": .string(summary)],
            "defaultConfiguration": ["level": .string(level)],
        ]
        if let advice { rule["help"] = ["text": .string(advice)] }
        return (id, .table(rule))
    }

    private static func result(_ finding: Finding, length: Int) -> Value {
        let level =
            switch finding.kind {
            case .mistake: "error"
            case .surprise: "warning"
            case .notice: "note"
            }
        var physical: Table = ["artifactLocation": ["uri": .string(uri(finding.place.file))]]
        if finding.place.line > 0 {
            var region: Table = ["startLine": .integer(Int64(finding.place.line))]
            if finding.place.column > 0 {
                region["startColumn"] = .integer(Int64(finding.place.column))
                region["endColumn"] = .integer(Int64(finding.place.column + max(1, length)))
            }
            physical["region"] = .table(region)
        }
        var result: Table = [
            "ruleId": .string(finding.kind.id), "level": .string(level),
            "message": ["text": .string(finding.message)],
            "locations": [["physicalLocation": .table(physical)]],
        ]
        let index = rules.firstIndex { $0.id == finding.kind.id }
        result["ruleIndex"] = index.map { .integer(Int64($0)) }
        return .table(result)
    }

    /// The path with what a URI does not take as `%XX`.
    private static func uri(_ path: String) -> String {
        path.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "/"):
                String(UnicodeScalar(byte))
            case _:
                "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
