public import Journeys
import Values

/// What is new in one generation, compared with the one before it.
public struct GenerationChanges: Sendable, Equatable {
    /// The plugins of which another version, or the same with other settings, was loaded; sorted.
    public var loaded: [String] = []
    /// The plugins that are gone; sorted.
    public var removed: [String] = []
    /// The maps that new journeys begin on in another version, or at all; sorted.
    public var maps: [MapID] = []
    /// The maps that no new journey begins on any more; sorted.
    public var removedMaps: [MapID] = []
    /// The templates that are there in another version, or at all; sorted.
    public var templates: [String] = []
    /// The templates that are gone; sorted.
    public var removedTemplates: [String] = []
    public var hasOtherSettings = false
    /// What is wrong and was not before; sorted.
    public var mistakes: [Mistake] = []
    /// What was wrong and is not any more; sorted.
    public var mended: [Mistake] = []

    public init(from old: Generation, to new: Generation) {
        let names = Set(old.plugins.keys).union(new.plugins.keys).sorted()
        loaded = names.filter { new.loaded($0) != nil && new.loaded($0) !== old.loaded($0) }
        removed = names.filter { old.plugins[$0] != nil && new.plugins[$0] == nil }
        let maps = Set(old.mapFiles.keys).union(new.mapFiles.keys).sorted {
            compareBytes($0.text, $1.text) < 0
        }
        self.maps = maps.filter { id in
            new.mapFiles[id].map { $0.version != old.mapFiles[id]?.version } ?? false
        }
        removedMaps = maps.filter { new.mapFiles[$0] == nil }
        templates = new.templates.filter { old.templates[$0.key] !== $0.value }.keys.sorted()
        removedTemplates = old.templates.keys.filter { new.templates[$0] == nil }.sorted()
        hasOtherSettings = old.settingsBytes != new.settingsBytes
        let (before, after) = (Set(old.mistakes), Set(new.mistakes))
        mistakes = after.subtracting(before).sorted()
        mended = before.subtracting(after).sorted()
    }

    /// Whether nothing of it makes a difference.
    public var isEmpty: Bool {
        loaded.isEmpty && removed.isEmpty && maps.isEmpty && removedMaps.isEmpty && templates.isEmpty
            && removedTemplates.isEmpty && !hasOtherSettings && mistakes.isEmpty && mended.isEmpty
    }
}

extension GenerationChanges: CustomStringConvertible {
    /// What changed, on one line: `plugins loaded: greeting; maps removed: new-buyer; 1 mistake`.
    public var description: String {
        func list(_ what: String, _ names: [String]) -> String? {
            names.isEmpty ? nil : "\(what): \(names.joined(separator: ", "))"
        }
        func count(_ count: Int, _ what: String) -> String? {
            count == 0 ? nil : "\(count) \(what)\(count == 1 ? "" : "s")"
        }
        let parts = [
            list("plugins loaded", loaded), list("plugins removed", removed),
            list("maps", maps.map(\.text)), list("maps removed", removedMaps.map(\.text)),
            list("templates", templates), list("templates removed", removedTemplates),
            hasOtherSettings ? "settings" : nil, count(mistakes.count, "new mistake"),
            count(mended.count, "mended mistake"),
        ]
        let text = parts.compactMap(\.self).joined(separator: "; ")
        return text.isEmpty ? "nothing" : text
    }
}
