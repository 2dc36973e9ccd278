import Authoring
import Foundation
import Testing
import Workspace

/// The specs of the standard plugins and of the examples pass, and each of their plugins has one.
@Suite("The specs of this repository")
struct StandardSpecsTests {
    private static let root = URL(filePath: #filePath).appending(path: "../../..").standardized.path

    @Test("all pass", arguments: [".", "examples/courses", "examples/office", "examples/clinic"])
    func pass(workspace: String) throws {
        let tree = DiskTree(root: "\(Self.root)/\(workspace)")
        let generation = try Generation(reading: tree)
        let listing = SpecListing(reading: tree, generation)
        #expect(listing.mistakes.isEmpty)
        let results = SpecRun(on: SpecWorkspace(generation, reading: tree)).run(listing.specs, threads: 2)
        #expect(results.contains { !$0.tests.isEmpty })
        for file in results {
            #expect(file.failure == nil, "\(file.path)")
            for test in file.tests { #expect(test.failure == nil, "\(file.path): \(test.test.title)") }
        }
        let folder = generation.settings.plugins.folder
        let specs = Set(listing.specs.map(\.path))
        for plugin in generation.plugins.keys {
            #expect(specs.contains("\(folder)/\(plugin).spec.lua"), "\(plugin) has no spec")
        }
    }
}
