import Foundation
import TestKit
import Testing

/// What the first page for plugin authors leads through works as it is there.
@Suite("The way from an empty folder to a plugin")
struct GuideTests {
    private static func page() throws -> String {
        let root = URL(filePath: #filePath).appending(path: "../../..").standardized
        return try String(contentsOf: root.appending(path: "docs/first-plugin.md"), encoding: .utf8)
    }

    /// A file that a block shows, as a command that the shell takes for its text.
    private static func file(_ block: Substring) -> PageCommand? {
        let lines = block.components(separatedBy: "\n")
        guard let path = lines.first?.wholeMatch(of: #/(?:--|#) ([a-z.\/-]+)/#)?.1 else { return nil }
        return PageCommand(text: "cat \(path)", shown: lines)
    }

    @Test("each block of it, in its order")
    func blocks() async throws {
        let blocks = try Self.page().matches(of: #/```([a-z]*)\n((?s).*?)\n```/#)
        #expect(blocks.count >= 7)
        let folder = try TemporaryFolder()
        let shell = try PageShell(in: folder.path)
        for block in blocks {
            if block.1.isEmpty {
                let commands = PageCommand.all(of: "```\n\(block.2)\n```")
                #expect(!commands.isEmpty)
                for command in commands { try await shell.give(command) }
            } else {
                let file = try #require(Self.file(block.2), "\(block.2)")
                try await shell.give(file)
            }
        }
        try await shell.end()
    }
}
