import Authoring
import Foundation
import TestKit
import Testing

/// The spec that the guide shows passes on the plugin that it shows.
@Suite("Specs on the page for plugin authors")
struct SpecPageTests {
    private static func blocks() throws -> [(section: Substring, text: String)] {
        let root = URL(filePath: #filePath).appending(path: "../../..").standardized
        let page = try String(contentsOf: root.appending(path: "docs/writing-plugins.md"), encoding: .utf8)
        return page.split(separator: "\n## ").flatMap { section -> [(Substring, String)] in
            let title = section.prefix { $0 != "\n" }
            return section.matches(of: #/```lua\n((?s).*?)\n```/#).map { (title, String($0.1)) }
        }
    }

    @Test("each block of the section is run, and passes")
    func page() throws {
        let blocks = try Self.blocks()
        let plugin = try #require(blocks.first { $0.section == "A plugin" }?.text)
        let specs = blocks.filter { $0.section == "Specs" }.map(\.text)
        try #require(!specs.isEmpty)
        let settings = "plugins: { each: { greeting: { settings: { sender: office@example.com } } } }\n"
        let files = [
            "plugins/greeting.lua": plugin, "signalbox.yaml": settings, "templates/welcome.txt": "Welcome",
        ]
        for spec in specs {
            let ran = try RanSpecs(spec, on: files)
            #expect(ran.files.allSatisfy { $0.failure == nil } && ran.tests.count == 4)
            for test in ran.tests { #expect(test.failure == nil, "\(test.test.title)") }
        }
    }
}
