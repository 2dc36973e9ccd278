public import Journeys
import Plugins
import Values

/// A map file of the workspace as it was read: what it says with places, and what is wrong with it by itself.
public struct MapFile: Sendable {
    /// The file's path in the workspace, `maps/new-buyer.yaml`.
    public let file: String
    public let bytes: [UInt8]
    /// The hash of the bytes.
    public let version: MapVersion
    /// Nil when nothing could be made of the file.
    public let draft: MapDraft?
    /// What is wrong, plugins left out of account.
    public let mistakes: [Mistake]
    /// What is allowed and has no effect.
    public let notices: [Mistake]

    public static let limitBytes = 1 << 20
    public static let endings = [".yaml", ".yml"]

    /// Reads a file's text. `file` names it in mistakes.
    public init(_ bytes: [UInt8], file: String) {
        self.file = file
        self.bytes = bytes
        version = MapVersion(of: bytes)
        let collector = MistakeCollector(file: file)
        let draft = MapReader(collector).map(bytes, limits: .workspace)
        for mistake in draft?.mistakes ?? [] { collector.report(mistake.place, mistake.message) }
        if let id = draft?.id, DefinitionID.isValid(id.value),
            !Self.names(for: id.value).contains(Self.name(of: file))
        {
            collector.report(
                id.place,
                "the file of the map \(id.value.quotedForMessage) must be named \(id.value).yaml, not \(Self.name(of: file))"
            )
        }
        self.draft = draft
        mistakes = collector.mistakes
        notices = draft?.notices ?? []
    }

    private static func names(for id: String) -> [String] { endings.map { id + $0 } }

    private static func name(of file: String) -> String {
        file.split(separator: "/").last.map(String.init) ?? file
    }
}

extension MapVersion {
    /// The version of a map's file with these bytes.
    package init(of bytes: [UInt8]) { self.init(SHA256.hexadecimal(of: bytes)) }
}

extension MapDefinition {
    /// Reads the text of a version that the store keeps (R19).
    ///
    /// Throws only where the text is not a map at all. Limits, unknown keys and all other mistakes of authors are
    /// for files of the workspace: the text was without mistakes on the day when a journey began with it.
    /// `file` names it in mistakes.
    public convenience init(kept bytes: [UInt8], file: String) throws(Mistakes) {
        let collector = MistakeCollector(file: file)
        let draft = MapReader(collector).map(bytes, limits: .kept)
        guard collector.unreadable.isEmpty, let draft else {
            throw Mistakes(collector.unreadable.isEmpty ? collector.mistakes : collector.unreadable)
        }
        try self.init(kept: draft, version: MapVersion(SHA256.hexadecimal(of: bytes)))
    }
}

/// One reading of a map's text into a draft.
private struct MapReader {
    private let collector: MistakeCollector

    init(_ collector: MistakeCollector) { self.collector = collector }

    /// Nil when nothing could be made of the text, which is then reported.
    func map(_ bytes: [UInt8], limits: YAMLDocument.Limits) -> MapDraft? {
        let root = YAMLDocument(bytes, collector, limits: limits).root
        if root == nil, collector.count == 0 {
            let place = FilePlace(file: collector.file, line: 1, column: 1)
            collector.reportUnreadable(place, "the file is empty; a map begins with `map: ID`")
        }
        return root.map(map)
    }

    private func map(_ root: YAMLNode) -> MapDraft {
        var draft = MapDraft(at: root.place)
        let keys = ["map", "title", "finish", "triggers", "tracks"]
        guard let table = root.table("a map", keys: keys, collector) else {
            draft.unread = ["map", "tracks"]
            return draft
        }
        draft.id = table.text("map")
        draft.title = table.text("title")
        draft.finish = table.text("finish")
        draft.triggers = triggerLists(table)
        let tracks = table.list("tracks")
        draft.tracks = (tracks ?? []).map(track)
        draft.unread = table.unread(["map": draft.id == nil, "tracks": tracks == nil])
        return draft
    }

    private func track(_ node: YAMLNode) -> TrackDraft {
        var track = TrackDraft(at: node.place)
        let keys = ["track", "title", "kind", "flex", "triggers", "steps"]
        guard let table = node.table("a track", keys: keys, collector) else {
            track.unread = ["track", "steps"]
            return track
        }
        track.id = table.text("track")
        track.title = table.text("title")
        track.kind = table.text("kind")
        track.flex = table["flex"].map(flex)
        track.triggers = triggerLists(table)
        let steps = table.list("steps")
        track.steps = (steps ?? []).map(step)
        track.unread = table.unread(["track": track.id == nil, "steps": steps == nil])
        return track
    }

    private func step(_ node: YAMLNode) -> StepDraft {
        var step = StepDraft(at: node.place)
        let keys = ["step", "title", "optional", "mirror", "triggers"]
        guard let table = node.table("a step", keys: keys, collector) else {
            step.unread = ["step"]
            return step
        }
        step.id = table.text("step")
        step.title = table.text("title")
        step.optional = table.bool("optional")
        step.mirror = table.text("mirror")
        step.triggers = triggerLists(table)
        step.unread = table.unread(["step": step.id == nil])
        return step
    }

    private func flex(_ node: YAMLNode) -> FlexDraft {
        var flex = FlexDraft(decide: nil, at: node.place)
        guard let table = node.table("`flex`", keys: ["decide", "with", "fallback"], collector) else {
            flex.unread = ["decide"]
            return flex
        }
        flex.decide = table.text("decide")
        flex.with = ParametersDraft(yaml: table.entries("with") ?? [], collector)
        flex.fallback = table["fallback"].flatMap(fallback)
        flex.unread = table.unread(["decide": flex.decide == nil])
        return flex
    }

    private func fallback(_ node: YAMLNode) -> FlexDraft.Fallback? {
        if case .scalar("all", _) = node.content { return .all }
        guard case .list(let items) = node.content else {
            node.mismatch("`fallback` must be a list of steps or `all`", "", collector)
            return nil
        }
        return .keep(items.compactMap { $0.text("a step in `fallback`", collector) })
    }

    private func triggerLists(_ table: YAMLTable) -> [TriggerListDraft] {
        (table.entries("triggers") ?? []).map { entry in
            let what = "`\(entry.key.value.withoutQuotes)` of `triggers`"
            let items = entry.value.list(what, collector) ?? []
            return TriggerListDraft(verb: entry.key, triggers: items.map(trigger))
        }
    }

    private func trigger(_ node: YAMLNode) -> TriggerDraft {
        var trigger = TriggerDraft(run: nil, at: node.place)
        guard let table = node.table("a trigger", keys: ["run", "with", "when"], collector) else {
            trigger.unread = ["run"]
            return trigger
        }
        trigger.run = table.text("run")
        trigger.with = ParametersDraft(yaml: table.entries("with") ?? [], collector)
        trigger.when = table.text("when")
        trigger.unread = table.unread(["run": trigger.run == nil])
        return trigger
    }
}

extension ParametersDraft {
    init(yaml entries: [YAMLEntry], _ collector: MistakeCollector) {
        self.init()
        for entry in entries {
            let given = entry.value.given(collector)
            if given?.isReported ?? true { reported.insert(entry.key.value) }
            guard let given else { continue }
            self.entries.append(Entry(key: entry.key, value: Placed(given.value, at: entry.value.place)))
            noteParts(of: entry.value, at: entry.key.value)
        }
    }

    private mutating func noteParts(of node: YAMLNode, at path: String) {
        switch node.content {
        case .list(let items):
            for (index, item) in items.enumerated() {
                let itemPath = "\(path)[\(index + 1)]"
                inner[ExactText(itemPath)] = InnerPlace(key: item.place, value: item.place)
                noteParts(of: item, at: itemPath)
            }
        case .table(let entries):
            for entry in entries {
                let entryPath = "\(path).\(entry.key.value)"
                inner[ExactText(entryPath)] = InnerPlace(key: entry.key.place, value: entry.value.place)
                noteParts(of: entry.value, at: entryPath)
            }
        case .scalar, .unreadable: break
        }
    }
}
