import Journeys
public import Plugins
import Values

extension WorkspaceFiles {
    /// Reads `signalbox.yaml` and `maps/`. Nothing is thrown: what is wrong is in ``mistakes``.
    ///
    /// `known` are maps that were read before: one whose bytes are the same is not read into a draft again,
    /// and where two files give one map, the known one stays.
    public init(
        reading tree: some FileTree, environment: [String: String] = [:], knowing known: [MapFile] = []
    ) {
        self.init(
            reading: tree, environment: environment, knowing: known, mapBytesLimit: Self.mapBytesLimit)
    }

    init(
        reading tree: some FileTree, environment: [String: String] = [:], knowing known: [MapFile] = [],
        mapBytesLimit: Int
    ) {
        self.init()
        readSettings(tree, environment)
        readMaps(
            tree, Dictionary(known.map { (ExactText($0.file), $0) }, uniquingKeysWith: { first, _ in first }),
            mapBytesLimit)
        mistakes.sort()
        notices.sort()
    }

    private mutating func readSettings(_ tree: some FileTree, _ environment: [String: String]) {
        let file = SettingsFile(reading: tree, environment: environment)
        settings = file.settings
        settingsBytes = file.bytes
        areSettingsGood = file.mistakes.isEmpty
        mistakes += file.mistakes
    }

    private mutating func readMaps(
        _ tree: some FileTree, _ known: [ExactText: MapFile], _ bytesLimit: Int
    ) {
        let entries: [FolderEntry]
        do {
            entries = try tree.list(Self.mapFolder, top: Self.mapFolder)
        } catch .missing {
            return
        } catch {
            mapPaths = nil
            mistakes.append(
                Mistake(FilePlace(wholeFile: Self.mapFolder), "the maps cannot be read: \(error)"))
            return
        }
        let visible = entries.filter { $0.kind != .folder && !$0.name.hasPrefix(".") }
        let files = visible.filter { MapFile.endings.contains(where: $0.name.hasSuffix) }
            .sorted { compareBytes($0.name, $1.name) < 0 }
        notices += visible.map(\.name).filter { name in
            MapFile.endings.contains { name.lowercased().hasSuffix($0) && !name.hasSuffix($0) }
        }.map {
            Mistake(
                FilePlace(wholeFile: "\(Self.mapFolder)/\($0)".printable),
                "this file is not read: a map's file ends in .yaml or .yml, in small letters")
        }
        if files.count > Self.mapLimit {
            mistakes.append(
                Mistake(
                    FilePlace(wholeFile: Self.mapFolder),
                    "\(files.count) maps are too many; at most \(Self.mapLimit) are read"))
        }
        var first: [ExactText: FilePlace] = [:]
        let paths = files.prefix(Self.mapLimit).map { "\(Self.mapFolder)/\($0.name)" }
        mapPaths = Set(paths.map { ExactText($0) })
        var bytesLeft = bytesLimit
        for path in paths.filter({ known[$0] != nil }) + paths.filter({ known[$0] == nil }) {
            do {
                let bytes = try tree.read(path, top: Self.mapFolder, limitBytes: MapFile.limitBytes)
                bytesLeft -= bytes.count
                guard bytesLeft >= 0 else {
                    mistakes.append(
                        Mistake(
                            FilePlace(wholeFile: path),
                            "all maps together may have \(bytesLimit) bytes; this one and those after it are not read"
                        ))
                    return
                }
                let same = known[path].flatMap { $0.bytes == bytes ? $0 : nil }
                add(same ?? MapFile(bytes, file: path), &first)
            } catch {
                mistakes.append(Mistake(FilePlace(wholeFile: path), "\(error)"))
            }
        }
    }

    private mutating func add(_ file: MapFile, _ first: inout [ExactText: FilePlace]) {
        mistakes += file.mistakes
        notices += file.notices
        if let id = file.draft?.id {
            if let earlier = first[id.value] {
                mistakes.append(
                    Mistake(
                        id.place,
                        "the map \(id.value.quotedForMessage) is there twice; first in \(earlier.file)"))
                return
            }
            first[id.value] = id.place
        }
        maps.append(file)
    }

    /// The maps with the actions and deciders that the plugins have.
    ///
    /// `plugins` holds every plugin that is in the folder, by name. A name that is not there is a
    /// mistake of the map; one that did not load makes the map unavailable. Maps with mistakes are left out.
    public func resolve(with plugins: [String: PluginState]) -> ResolvedMaps {
        resolve(with: plugins, and: nil)
    }

    /// The same with the parts of the workspace that parameters may name; nil where they are not looked at.
    func resolve(with plugins: [String: PluginState], and parts: NamedParts?) -> ResolvedMaps {
        var resolved = ResolvedMaps()
        for file in maps { resolved.add(file, with: plugins, and: parts, leniently: false) }
        let named = settings.plugins.each.mapValues(\.place)
        let granted = settings.secretPlaces.map { ($0.value, $0.place) }
        for (name, place) in Array(named) + Array(settings.plugins.grantPlaces) + granted
        where plugins[name] == nil {
            resolved.notices.append(notice(name, place, plugins))
        }
        resolved.mistakes.sort()
        resolved.notices.sort()
        return resolved
    }

    private func notice(_ name: String, _ place: FilePlace, _ plugins: [String: PluginState]) -> Mistake {
        Mistake(
            place,
            "there is no plugin \(name.quotedForMessage) in \(settings.plugins.folder)\(plugins.hint(for: name))"
        )
    }
}
