import Foundation
import Testing
import Values

@testable import Workspace

/// `docs/settings.md` says what the code does.
@Suite("The page of settings")
struct SettingsPageTests {
    private let page: String

    init() throws {
        let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized
        page = try String(contentsOf: root.appendingPathComponent("docs/settings.md"), encoding: .utf8)
    }

    @Test("its table is that of the code, row by row")
    func table() {
        let expected = SettingKey.all.map { key in
            "| `\(key.path)` | \(SettingKey.text(of: key.value(Settings()))) | \(key.range) | `\(key.variable)` |"
        }
        let rows = page.split(separator: "\n").map(String.init).filter {
            $0.contains(" | `SIGNALBOX_") && !$0.hasPrefix("| `SIGNALBOX_")
        }
        for (row, expected) in zip(rows, expected) { #expect(row == expected) }
        #expect(rows.count == expected.count)
    }

    @Test("the variables that are not settings are those of the code")
    func others() {
        let expected = SettingsEnvironment.others.sorted { $0.key < $1.key }.map { "| `\($0)` | \($1) |" }
        let rows = page.split(separator: "\n").map(String.init).filter { $0.hasPrefix("| `SIGNALBOX_") }
        #expect(rows == expected)
    }

    @Test("its example is read without a mistake")
    func example() throws {
        let parts = page.components(separatedBy: "```yaml\n")
        #expect(parts.count == 2)
        let text = try #require(parts.last?.components(separatedBy: "```").first)
        #expect(SettingsFile(Array(text.utf8)).mistakes == [])
    }
}
