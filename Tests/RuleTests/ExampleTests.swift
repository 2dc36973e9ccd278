import Foundation
import Plugins
import Signalbox
import Store
import Testing
import Values
import Workspace

/// Every workspace of the examples plays as its expected journal says.
@Suite("Examples")
struct ExampleTests {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "examples").path

    /// The folders that have commands and what is expected of them.
    static let examples: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().filter { name in
            ["commands.jsonl", "expected.jsonl"].allSatisfy {
                FileManager.default.fileExists(atPath: "\(folder)/\(name)/\($0)")
            }
        }
    }()

    @Test("the examples are found")
    func found() {
        #expect(Self.examples.contains("clinic"))
        #expect(Self.examples.count >= 7)
    }

    @Test("an example's commands give the lines that it expects, and no other", arguments: examples)
    func example(name: String) throws {
        let workspace = "\(Self.folder)/\(name)"
        let generation = try Generation(reading: DiskTree(root: workspace))
        #expect(generation.pluginMistakes.isEmpty)
        let player = try Player(generation, store: MemoryStore(), clock: VirtualClock())
        let commands = try String(contentsOfFile: "\(workspace)/commands.jsonl", encoding: .utf8)
        let expected = try String(contentsOfFile: "\(workspace)/expected.jsonl", encoding: .utf8)
            .split(separator: "\n").map {
                try required(try JSONReader.read(String($0)).table, "no object: \($0)")
            }
        let found = try player.play(commands).flatMap(\.lines)
        for (index, (one, other)) in zip(found, expected).enumerated() {
            #expect(one.withoutMessage == other.withoutMessage, "line \(index + 1) of \(name)/expected.jsonl")
        }
        #expect(found.count == expected.count)
    }
}

extension Table {
    /// A line without what it says in words, which may be said better one day.
    fileprivate var withoutMessage: Table {
        var table = self
        table["message"] = nil
        return table
    }
}
