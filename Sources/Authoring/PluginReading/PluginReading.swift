import Journeys
import LuaSandbox
import Plugins
import Values

/// What a plugin does, as far as its source shows it.
final class PluginReading {
    let plugin: LoadedPlugin
    let files: [LuaFile]
    /// What all its code uses, also what no call comes to.
    let uses: [LuaUse]
    /// The table that it returns; nil where the source does not show it.
    let definition: LuaTable?
    /// Of its actions, deciders and subscriptions, those that the source shows.
    let functions: [FunctionName.Name: FunctionReading]

    init(_ plugin: LoadedPlugin) {
        self.plugin = plugin
        let sources = plugin.source.files
        let files = sources.map { LuaFile($0.source.text, path: $0.path) }
        self.files = files
        uses = files.flatMap { file in
            let walk = LuaWalk(followingCalls: false)
            walk.walk(chunk: file)
            return walk.uses
        }
        let modules = zip(sources, files).compactMap { source, file in
            source.module.map { (ExactText($0), file) }
        }
        let loader = ModuleLoader(Dictionary(modules, uniquingKeysWith: { first, _ in first }))
        let walk = LuaWalk(followingCalls: true, module: loader.meaning(of:))
        walk.walk(chunk: files[0])
        let definition = walk.returned.table
        self.definition = definition
        var functions: [FunctionName.Name: FunctionReading] = [:]
        func read(_ name: FunctionName.Name, _ meaning: LuaMeaning?) {
            guard case .function(let function, let scope)? = meaning else { return }
            let given = [LuaMeaning.path(LuaPath(root: .event)), .path(LuaPath(root: .parameters))]
            functions[name] = FunctionReading(walk.uses(of: function, in: scope, given: given))
        }
        for action in plugin.manifest.actions {
            read(.named(action.name), definition?["actions"].table?[action.name].table?["run"])
        }
        for decider in plugin.manifest.deciders {
            read(.named(decider.name), definition?["deciders"].table?[decider.name].table?["decide"])
        }
        for (index, entry) in (definition?["on"].table?.items ?? []).enumerated() {
            read(.subscription(index + 1), entry.value.table?["run"])
        }
        self.functions = functions
    }

    /// Where a key of a subscription's table is, the first of those that it has.
    func place(ofSubscription number: Int, _ keys: String...) -> FilePlace {
        let items = definition?["on"].table?.items ?? []
        guard items.indices.contains(number - 1) else { return FilePlace(wholeFile: plugin.source.file) }
        let item = items[number - 1]
        guard let table = item.value.table else { return files[0].place(of: item.range) }
        for key in keys {
            if let entry = table.entry(key) { return table.file.place(of: entry.valueRange) }
        }
        return table.file.place(of: table.range)
    }

    /// Where an entry of one of its lists is, `needs` or `emits`.
    func place(of text: String, in list: String) -> FilePlace {
        guard let definition, let entry = definition.entry(list) else {
            return FilePlace(wholeFile: plugin.source.file)
        }
        guard let table = entry.value.table,
            let item = table.items.first(where: { $0.value.text.map { sameBytes($0, text) } ?? false })
        else { return definition.file.place(of: entry.range) }
        return table.file.place(of: item.range)
    }

    /// Where the plugin's table has the key, or where it begins.
    func place(of key: String) -> FilePlace {
        guard let definition else { return FilePlace(wholeFile: plugin.source.file) }
        return definition.file.place(of: definition.entry(key)?.range ?? definition.range)
    }
}

/// What `require` gives, each module read once.
private final class ModuleLoader {
    private let files: [ExactText: LuaFile]
    private var meanings: [ExactText: LuaMeaning] = [:]

    init(_ files: [ExactText: LuaFile]) { self.files = files }

    func meaning(of name: String) -> LuaMeaning {
        let name = ExactText(name)
        if let known = meanings[name] { return known }
        guard let file = files[name] else { return .unknown }
        // Two that require each other know nothing of each other.
        meanings[name] = .unknown
        let walk = LuaWalk(followingCalls: true, module: meaning(of:))
        walk.walk(chunk: file)
        meanings[name] = walk.returned
        return walk.returned
    }
}
