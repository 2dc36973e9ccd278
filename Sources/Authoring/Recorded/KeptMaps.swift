import Journeys
import Store
import Values
import Workspace

/// The maps of a workspace, and of a store in the versions that journeys began with (R19).
///
/// Owner: one thread at a time.
final class KeptMaps {
    private let generation: Generation
    private let store: any StoreReader
    /// Those that were read from the store.
    private var former: [MapVersion: MapDefinition] = [:]

    init(generation: Generation, store: any StoreReader) {
        self.generation = generation
        self.store = store
    }

    func definition(of map: MapID, in version: MapVersion) throws(StoreError) -> MapDefinition {
        if case .available(let current)? = generation.rulebook.maps[map], current.version == version {
            return current
        }
        if let former = former[version] { return former }
        guard let stored = try store.map(version) else {
            throw .damaged("the source of map \(map) in version \(version) is not in the store")
        }
        do {
            let definition = try MapDefinition(kept: stored.source, file: stored.file)
            former[version] = definition
            return definition
        } catch {
            throw .damaged("map \(map) in version \(version) cannot be read: \(error)")
        }
    }

    /// The version that new journeys begin with.
    func newest(_ map: MapID) throws(StoreError) -> MapDefinition {
        guard case .available(let current)? = generation.rulebook.maps[map] else {
            throw .damaged(
                "which version of map \(map) the journey was on is not kept, and there is no such map now")
        }
        return current
    }
}
