import Foundation
import Journeys
import Plugins
import Signalbox
import Store
import TestKit
import Testing
import Values
import Workspace

/// One of a thousand plugins changes.
@Suite("A thousand plugins", .serialized, .timeLimit(.minutes(20)))
struct ManyPluginsTests {
    private static let count = PluginListing.pluginLimit

    private static func plugin(_ number: Int, _ version: Int) -> String {
        """
        -- \(String(repeating: "What it does, in words. ", count: 60))
        return { name = "p\(number)", version = "\(version)", api = 1, actions = {
          mark = { params = { text = { type = "string", default = "x" } }, run = function(event, params)
            host.note.add("p\(number)/\(version)") end } },
          on = { { event = "step.close", map = "other", run = function() end } } }
        """
    }

    private static func map(_ number: Int) -> String {
        """
        map: m\(number)
        triggers: { open: [ { run: p\(number * 10).mark } ] }
        tracks: [ { track: t, steps: [ { step: s } ] } ]
        """
    }

    @Test("a change of one is live soon, and the others are not loaded again")
    func change() async throws {
        var files: [String: String] = [:]
        for number in 0..<Self.count { files["plugins/p\(number).lua"] = Self.plugin(number, 0) }
        for number in 0..<(Self.count / 10) { files["maps/m\(number).yaml"] = Self.map(number) }
        let begun = ContinuousClock.now
        let running = try RunningEngine(files)
        let first = running.engine.generation
        #expect(first.plugins.count == Self.count && first.mistakes == [])
        let loaded = ContinuousClock.now - begun

        var waits: [Duration] = []
        for version in 1...10 {
            try running.workspace.write("plugins/p10.lua", Self.plugin(10, version))
            let written = ContinuousClock.now
            var lead = 0
            try await running.until("version \(version) answers") {
                lead += 1
                let answer = try await running.accept(
                    "L\(version)-\(lead)", .assign(MapID("m1"), LeadChanges()))
                return answer.journal.contains { $0.contains("p10/\(version)") }
            }
            waits.append(ContinuousClock.now - written)
        }
        let last = running.engine.generation
        for number in 0..<Self.count where number != 10 {
            #expect(last.loaded("p\(number)") === first.loaded("p\(number)"))
        }
        #expect(last.loaded("p10") !== first.loaded("p10"))
        try await running.stop()
        waits.sort()
        print(
            "\(Self.count) plugins and \(Self.count / 10) maps, loaded in \(loaded): a new version of one answered after \(waits[waits.count / 2]) in the middle, \(waits[waits.count - 1]) at most"
        )
    }
}
