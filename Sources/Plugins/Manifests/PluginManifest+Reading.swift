public import Journeys
public import LuaSandbox
import Values

extension PluginManifest {
    /// Reads what a plugin returned. `folderName` is the name that its file or folder gives it, `file` names
    /// it in mistakes; every mistake is reported, with its path in the table.
    public init(reading export: Export, name folderName: String, file: String) throws(Mistakes) {
        do throws(UnloadedPlugin) {
            self = try Self.read(export, name: folderName, file: file)
        } catch {
            throw Mistakes(error.mistakes)
        }
    }

    /// The same, and what could be read where there are mistakes.
    static func read(
        _ export: Export, name folderName: String, file: String
    ) throws(UnloadedPlugin) -> PluginManifest {
        let collector = MistakeCollector(file: file)
        let partial = ManifestReader(collector, name: folderName).manifest(
            ExportNode(path: "", export: export))
        let mistakes = collector.mistakes
        guard mistakes.isEmpty, let partial else {
            throw UnloadedPlugin(
                mistakes.isEmpty ? [Mistake(FilePlace(wholeFile: file), "this is not a plugin")] : mistakes,
                declaring: partial)
        }
        return partial.manifest
    }
}

/// A part of what a plugin returned, with its path in the table.
struct ExportNode {
    let path: String
    let export: Export

    var phrase: String {
        switch export {
        case .function: "a function"
        case .table(let entries): entries.isEmpty ? "an empty table" : "a table"
        case .list: "a list"
        case .null, .bool, .integer, .double, .string: export.value?.phrase ?? "something else"
        }
    }
}

struct ManifestReader {
    private let collector: MistakeCollector
    private let name: String

    init(_ collector: MistakeCollector, name: String) {
        self.collector = collector
        self.name = name
    }

    /// What has no mistake; nil where nothing could be read, or more is declared than a plugin may have.
    func manifest(_ root: ExportNode) -> PartialManifest? {
        guard case .table = root.export else {
            report(root, "a plugin returns one table, not \(root.phrase)")
            return nil
        }
        let keys = [
            "name", "version", "api", "summary", "needs", "emits", "settings", "actions", "deciders", "on",
        ]
        guard let table = Fields(root, keys: keys, self) else { return nil }
        let writtenName = checkName(table)
        checkAPI(table)
        checkNames(table)
        guard isInLimits(table) else { return nil }
        let countBefore = collector.count
        let settings = declarations(table["settings"])
        let hasReadSettings = collector.count == countBefore
        let manifest = PluginManifest(
            name: name, version: table.text("version"), summary: table.text("summary"), needs: needs(table),
            emits: emits(table), settings: settings, actions: functions(table["actions"], action),
            deciders: functions(table["deciders"], decider), subscriptions: subscriptions(table))
        return PartialManifest(
            manifest: manifest, file: collector.file, writtenName: writtenName,
            hasReadSettings: hasReadSettings)
    }

    /// The name that the plugin gives itself.
    private func checkName(_ table: Fields) -> String? {
        guard let node = table.required("name") else { return nil }
        guard case .string(let written) = node.export else {
            mismatch(node, "a string")
            return nil
        }
        if !sameBytes(written, name) {
            report(node, "must be \"\(name)\", as its file or folder is named, not \(node.phrase)")
        }
        return written
    }

    private func checkAPI(_ table: Fields) {
        guard let node = table.required("api"), node.export != .integer(PluginManifest.api) else { return }
        report(node, "must be \(PluginManifest.api), the only one that is spoken here, not \(node.phrase)")
    }

    /// Both are called PLUGIN.NAME.
    private func checkNames(_ table: Fields) {
        for (name, node) in entries(table["deciders"], reporting: false)
        where table["actions"]?.export[name] != nil {
            report(node, "there is an action of this name already")
        }
    }

    /// Reports what is more than a plugin may declare; nothing of it is looked at.
    private func isInLimits(_ table: Fields) -> Bool {
        let functions =
            entries(table["actions"], reporting: false) + entries(table["deciders"], reporting: false)
        var isInLimits = true
        func check(_ count: Int, _ limit: Int, _ node: ExportNode?, _ what: String) {
            guard count > limit, let node else { return }
            isInLimits = false
            report(node, "\(count) \(what); a plugin may have \(limit)")
        }
        check(
            functions.count, ManifestLimits.functions, table["actions"] ?? table["deciders"],
            "actions and deciders")
        if case .list(let items)? = table["on"]?.export {
            check(items.count, ManifestLimits.subscriptions, table["on"], "subscriptions")
        }
        if case .list(let items)? = table["emits"]?.export {
            check(items.count, ManifestLimits.events, table["emits"], "events")
        }
        guard isInLimits else { return false }
        for (_, node) in functions {
            if case .table(let parameters)? = node.export["params"] {
                check(parameters.count, ManifestLimits.parameters, node, "parameters")
            }
        }
        if case .table(let settings)? = table["settings"]?.export {
            check(settings.count, ManifestLimits.parameters, table["settings"], "settings")
        }
        return isInLimits
    }

    private func needs(_ table: Fields) -> [Capability] {
        var needs: [Capability] = []
        for node in items(table["needs"]) {
            guard case .string(let text) = node.export, let capability = Capability(text) else {
                report(node, "\(node.phrase) is not a capability; \(Capability.rule)")
                continue
            }
            if needs.contains(capability) { report(node, "\(capability) appears twice") }
            needs.append(capability)
        }
        return needs
    }

    /// R60.
    private func emits(_ table: Fields) -> [String] {
        var emits: [String] = []
        for node in items(table["emits"]) {
            guard case .string(let text) = node.export else {
                mismatch(node, "a string")
                continue
            }
            guard isOwnEvent(text) else {
                let form = "expected \(name).NAME, where NAME is \(PluginName.rule)"
                report(node, "\(node.phrase) is not an event of this plugin: \(form)\(ownEvent(near: text))")
                continue
            }
            if emits.contains(where: { sameBytes($0, text) }) { report(node, "\(text) appears twice") }
            emits.append(text)
        }
        return emits
    }

    /// Whether the name is one that this plugin may fire and others may subscribe to.
    private func isOwnEvent(_ text: String) -> Bool {
        guard case .exactly(let event)? = Subscription.Pattern(text), case .custom = event else {
            return false
        }
        return sameBytes(event.family, name)
    }

    /// `; did you mean "greeting.done"?`: what is behind the last dot, in letters that it may have and with this
    /// plugin's name; empty where that is not an event either.
    private func ownEvent(near text: String) -> String {
        let last = text.split(separator: ".").last ?? ""
        let word = String(last.lowercased().map { $0 == "-" || $0 == " " ? "_" : $0 })
        let near = "\(name).\(word)"
        return isOwnEvent(near) ? "; did you mean \(near.quotedForMessage)?" : ""
    }

    // MARK: Actions and deciders

    /// Those that have no mistake.
    private func functions<Made>(_ node: ExportNode?, _ make: (String, ExportNode) -> Made?) -> [Made] {
        entries(node).compactMap { key, node in
            let countBefore = collector.count
            if !PluginName.isName(key) {
                report(node, "\(key.quotedForMessage) is not a name: \(PluginName.rule)")
            }
            let made = make(key, node)
            return collector.count == countBefore ? made : nil
        }
    }

    private func action(_ name: String, _ node: ExportNode) -> PluginManifest.Action? {
        guard let table = Fields(node, keys: ["summary", "params", "run", "outlives_journey"], self) else {
            return nil
        }
        let parameters = declarations(table["params"])
        let summary = table.text("summary")
        let outlives = table.bool("outlives_journey") ?? false
        guard let run = table.function("run") else { return nil }
        return PluginManifest.Action(
            name: name, summary: summary, parameters: parameters, run: run, outlivesJourney: outlives)
    }

    private func decider(_ name: String, _ node: ExportNode) -> PluginManifest.Decider? {
        guard let table = Fields(node, keys: ["summary", "params", "decide"], self) else { return nil }
        let parameters = declarations(table["params"])
        let summary = table.text("summary")
        guard let decide = table.function("decide") else { return nil }
        return PluginManifest.Decider(name: name, summary: summary, parameters: parameters, decide: decide)
    }

    // MARK: Subscriptions

    private func subscriptions(_ table: Fields) -> [PluginManifest.SubscribedFunction] {
        items(table["on"]).enumerated().compactMap { subscription($0.element, number: $0.offset + 1) }
    }

    private func subscription(_ node: ExportNode, number: Int) -> PluginManifest.SubscribedFunction? {
        let keys = ["event", "map", "at", "priority", "run"]
        guard let table = Fields(node, keys: keys, self) else { return nil }
        let event = table.required("event").flatMap(pattern)
        let map = table.text("map")
        if let map, !DefinitionID.isValid(map) {
            report(table["map"] ?? node, "\(map.quotedForMessage) is not an id of a map")
        }
        let at = table.text("at")
        if let at { check(at: at, table["at"] ?? node) }
        let priority = table.integer("priority") ?? 0
        guard let run = table.function("run"), let event else { return nil }
        return PluginManifest.SubscribedFunction(
            subscription: Subscription(
                plugin: name, number: number, event: event, map: map.map { MapID($0) }, at: at,
                priority: priority),
            run: run)
    }

    private func pattern(_ node: ExportNode) -> Subscription.Pattern? {
        guard case .string(let text) = node.export else {
            mismatch(node, "a string")
            return nil
        }
        if let pattern = Subscription.Pattern(text) { return pattern }
        let known = EventName.ofTheEngine.map(\.text)
        if PluginName.taken.contains(where: { text.hasPrefix("\($0).") }) {
            report(node, "there is no event \(text.quotedForMessage)\(suggestion(for: text, among: known))")
        } else {
            report(
                node,
                "\(node.phrase) is not an event: known are \(known.joined(separator: ", ")), a plugin's PLUGIN.NAME, and * after the dot"
            )
        }
        return nil
    }

    private func check(at text: String, _ node: ExportNode) {
        let segments = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(segments.count),
            segments.allSatisfy({ segment in
                // An id may begin at a *.
                let rest = segment.filter { $0 != "*" }
                return !segment.isEmpty
                    && (rest.isEmpty || DefinitionID.isValid(rest) || DefinitionID.isValid("a" + rest))
            })
        else {
            report(node, "\(node.phrase) is not a place: write track, track/step, or either with *")
            return
        }
    }

    // MARK: Parts

    /// The entries of a table; none if it is not there.
    func entries(_ node: ExportNode?, reporting: Bool = true) -> [(String, ExportNode)] {
        guard let node else { return [] }
        guard case .table(let entries) = node.export else {
            if reporting { mismatch(node, "a table with names") }
            return []
        }
        return entries.map {
            ($0.key, ExportNode(path: "\(node.path).\($0.key.withoutQuotes)", export: $0.value))
        }
    }

    /// The items of a list; none if it is not there. Lua's empty table is an empty list.
    func items(_ node: ExportNode?) -> [ExportNode] {
        guard let node else { return [] }
        switch node.export {
        case .list(let items):
            return items.enumerated().map {
                ExportNode(path: "\(node.path)[\($0.offset + 1)]", export: $0.element)
            }
        case .table(let entries) where entries.isEmpty: return []
        case .null, .bool, .integer, .double, .string, .table, .function:
            mismatch(node, "a list")
            return []
        }
    }

    func mismatch(_ node: ExportNode, _ due: String) {
        report(node, "must be \(due), not \(node.phrase)")
    }

    func report(_ node: ExportNode, _ message: String) {
        let place = FilePlace(wholeFile: collector.file)
        collector.report(place, node.path.isEmpty ? message : "\(node.path): \(message)")
    }
}

/// The fields of a table of which all keys are known.
struct Fields {
    private let node: ExportNode
    private let reader: ManifestReader

    init?(_ node: ExportNode, keys: [String], _ reader: ManifestReader) {
        guard case .table(let entries) = node.export else {
            reader.mismatch(node, "a table with names")
            return nil
        }
        self.node = node
        self.reader = reader
        for entry in entries where !keys.contains(entry.key) {
            reader.report(node, "unknown key `\(entry.key.withoutQuotes)`\(knownHere(entry.key, keys))")
        }
    }

    subscript(key: String) -> ExportNode? {
        node.export[key].map { ExportNode(path: path(key), export: $0) }
    }

    private func path(_ key: String) -> String { node.path.isEmpty ? key : "\(node.path).\(key)" }

    func required(_ key: String) -> ExportNode? {
        if let node = self[key] { return node }
        reader.report(node, "`\(key)` is missing")
        return nil
    }

    /// A text without control characters but for line breaks.
    func text(_ key: String) -> String? {
        guard let node = self[key] else { return nil }
        guard case .string(let text) = node.export else {
            reader.mismatch(node, "a string")
            return nil
        }
        return text
    }

    func bool(_ key: String) -> Bool? {
        guard let node = self[key] else { return nil }
        guard case .bool(let flag) = node.export else {
            reader.mismatch(node, "true or false")
            return nil
        }
        return flag
    }

    func integer(_ key: String) -> Int? {
        guard let node = self[key] else { return nil }
        guard case .integer(let number) = node.export, let number = Int(exactly: number) else {
            reader.mismatch(node, "an integer")
            return nil
        }
        return number
    }

    func function(_ key: String) -> FunctionID? {
        guard let node = required(key) else { return nil }
        guard let function = node.export.functionID else {
            reader.mismatch(node, "a function")
            return nil
        }
        return function
    }
}
