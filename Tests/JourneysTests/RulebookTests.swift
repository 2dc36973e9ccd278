import Testing
import Values

@testable import Journeys

@Suite("Rulebooks")
struct RulebookTests {
    private static func book(_ maps: MapDefinition...) -> Rulebook {
        var available: [MapID: Rulebook.Availability] = [MapID("broken"): .unavailable("no plugin")]
        for map in maps { available[map.id] = .available(map) }
        return Rulebook(maps: available)
    }

    private static func definition(_ id: String) -> MapDefinition {
        map(id, [TrackSketch(id: "a", steps: ["one", "two"], triggers: [.open: ["greet"]])])
    }

    @Test("one that is taken apart has the same maps, each in an object of its own")
    func apart() throws {
        let definition = Self.definition("m")
        let book = Self.book(definition)
        let apart = book.apart()
        let own = try apart.definition(of: MapID("m"))
        #expect(own !== definition)
        #expect(own.id == definition.id && own.version == definition.version)
        #expect(
            own.trackLengths == definition.trackLengths
                && own.steps.map(\.path) == definition.steps.map(\.path))
        #expect(own.index(ofText: "a/two") == 1)
        let names = own.tracks[0].triggers.all.map(\.trigger.name)
        #expect(names.count == 1 && names == definition.tracks[0].triggers.all.map(\.trigger.name))
        #expect(own.trigger(named: names[0], running: FunctionName(plugin: "probe", name: "greet")) != nil)
        #expect(throws: Refusal.self) { try apart.definition(of: MapID("broken")) }
        #expect(apart.maps.count == 2)
    }

    @Test("of the next rulebook those maps are taken over that are the same in both, and those alone")
    func reuse() throws {
        let (same, before, after) = (
            Self.definition("same"), Self.definition("other"), Self.definition("other")
        )
        let (earlier, later) = (Self.book(same, before), Self.book(same, after))
        let first = earlier.apart()
        let second = later.apart(reusing: (first, of: earlier))
        #expect(try second.definition(of: MapID("same")) === first.definition(of: MapID("same")))
        #expect(try second.definition(of: MapID("other")) !== first.definition(of: MapID("other")))
        #expect(try second.definition(of: MapID("other")) !== after)
    }
}
