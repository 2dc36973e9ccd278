import ArgumentParser
import Journeys
import Plugins
import SQLiteStore
import Store
import Values

/// What plugins keep for all leads, for those who operate.
struct PluginValuesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Shows and changes what a plugin keeps for all leads (`host.store`).",
        usage: "signalbox store list|get|set|clear PLUGIN ... [OPTIONS]",
        discussion: """
            A change is made outside of any moment: no event tells of it. While a service has the store, the service makes \
            it, and its audit log tells of it.
            """,
        subcommands: [List.self, Get.self, Put.self, Clear.self])

    @OptionGroup var workspace: WorkspaceOption

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists a plugin's values in the order of their keys.",
            usage: "signalbox store list PLUGIN [OPTIONS]")

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption

        @Option(
            help: ArgumentHelp("What it keeps for this lead, in place of that for all.", valueName: "lead"))
        var lead: String?

        @Option(help: ArgumentHelp("Only keys after this one.", valueName: "key"))
        var after: String?

        @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
        var limit = 1000

        @Argument(help: ArgumentHelp("The plugin's name.", valueName: "plugin"))
        var plugin: String

        func validate() throws {
            guard (1..<Int.max).contains(limit) else { throw ValidationError("--limit is 1 at least") }
        }

        func run() throws {
            let store = try workspace.openStoreToRead()
            var found: [StoredValue]
            if let lead {
                let id = try LeadLookup(store).find(lead)
                let values = try store.lead(id)?.store[plugin]?.table ?? Table()
                found = values.map { StoredValue(key: $0.key, value: $0.value) }
                if let after { found.removeAll { compareBytes($0.key, after) <= 0 } }
            } else {
                found = try store.values(of: plugin, after: after, limit: limit + 1)
            }
            let output = Output()
            var listing = Listing(format.format, to: output)
            let shown = found.prefix(limit)
            var table = TextTable(["key", "value"], output.style)
            for value in shown {
                listing.element(json: Self.json(of: value), text: [])
                table.add([value.key, value.value.forPeople])
            }
            let none = "Plugin \(plugin.quotedForMessage) keeps nothing\(lead == nil ? "" : " for the lead")."
            listing.text(shown.isEmpty ? [none] : table.lines(within: output.columns))
            listing.end()
            if found.count > limit, let last = shown.last {
                printToStandardError(
                    "These are the first \(limit); go on with --after \(last.key.quotedForMessage).")
            }
        }

        private static func json(of value: StoredValue) -> String {
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("key", value.key)
            writer.field("value", value.value)
            writer.endObject()
            return writer.text
        }
    }

    struct Get: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "get",
            abstract: "Prints one value, a text as it is and all else as JSON.",
            usage: "signalbox store get PLUGIN KEY [OPTIONS]")

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption

        @Argument(help: ArgumentHelp("The plugin's name.", valueName: "plugin"))
        var plugin: String

        @Argument(help: ArgumentHelp("The key.", valueName: "key"))
        var key: String

        func run() throws {
            let store = try workspace.openStoreToRead()
            guard let value = try store.value(key, of: plugin) else {
                printToStandardError(
                    "Plugin \(plugin.quotedForMessage) keeps nothing under \(key.quotedForMessage).")
                throw ExitStatus.foundWrong
            }
            let output = Output()
            if format.format == .text, let text = value.string {
                output.bytes(Array("\(text)\n".utf8))
            } else {
                output.json(value.json)
            }
            output.flush()
        }
    }

    struct Put: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Sets values, as `do set` sets fields.",
            usage: "signalbox store set PLUGIN KEY=TEXT|KEY:=JSON ... [OPTIONS]")

        @OptionGroup var workspace: WorkspaceOption

        @Argument(help: ArgumentHelp("The plugin's name.", valueName: "plugin"))
        var plugin: String

        @Argument(help: ArgumentHelp("KEY=TEXT or KEY:=JSON.", valueName: "value"))
        var words: [String]

        /// What is given, by key.
        private var values: Table {
            get throws { try FieldArguments.read(words, as: "KEY") }
        }

        func validate() throws {
            try PluginValuesCommand.require(plugin)
            for entry in try values {
                guard StoredChange.isKey(entry.key) else {
                    throw ValidationError(
                        "\(entry.key.quotedForMessage) is not a key: 1 to \(StoredChange.keyLimitBytes) bytes without control characters"
                    )
                }
                guard !entry.value.isNull else {
                    throw ValidationError(
                        "\(entry.key.quotedForMessage): null is nothing; take it away with `store clear`")
                }
            }
        }

        func run() throws {
            if let service = workspace.service() { return try service.set(try values, of: plugin) }
            let store = try workspace.openStoreToWrite()
            for entry in try values { try store.put(entry.value, entry.key, of: plugin) }
        }
    }

    struct Clear: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "clear",
            abstract: "Takes values away, or with --all every one of the plugin; asks first at a terminal.",
            usage: "signalbox store clear PLUGIN KEY ... | --all [OPTIONS]")

        @OptionGroup var workspace: WorkspaceOption

        @Flag(help: "Everything that the plugin keeps for all leads.")
        var all = false

        @Flag(help: "Do not ask.")
        var yes = false

        @Argument(help: ArgumentHelp("The plugin's name.", valueName: "plugin"))
        var plugin: String

        @Argument(help: ArgumentHelp("The keys.", valueName: "key"))
        var keys: [String] = []

        func validate() throws {
            try PluginValuesCommand.require(plugin)
            guard all == keys.isEmpty else {
                throw ValidationError("give either keys, or --all for every value of the plugin")
            }
        }

        func run() throws {
            if let service = workspace.service() {
                try clear(in: try workspace.openStoreToRead()) { try service.clear($0, of: plugin) }
            } else {
                let store = try workspace.openStoreToWrite()
                try clear(in: store) { keys in for key in keys { try store.put(nil, key, of: plugin) } }
            }
        }

        /// - Parameter takeAway: does it, for keys that have values.
        private func clear(in store: any StoreReader, _ takeAway: ([String]) throws -> Void) throws {
            let found =
                all ? try allKeys(in: store) : try keys.filter { try store.value($0, of: plugin) != nil }
            let missing = keys.first { key in !found.contains { sameBytes($0, key) } }
            if let missing {
                printToStandardError(
                    "Plugin \(plugin.quotedForMessage) keeps nothing under \(missing.quotedForMessage); nothing was done."
                )
                throw ExitStatus.foundWrong
            }
            guard !found.isEmpty else {
                printToStandardError("Plugin \(plugin.quotedForMessage) keeps nothing.")
                return
            }
            let what = "\(counted(found.count, "value")) of plugin \(plugin.quotedForMessage)"
            if all { try Agreement.require(to: "Take away \(what)?", isGiven: yes) }
            try takeAway(found)
            printToStandardError("\(what) \(found.count == 1 ? "was" : "were") taken away.")
        }

        private func allKeys(in store: any StoreReader) throws(StoreError) -> [String] {
            var keys: [String] = []
            while true {
                let page = try store.values(of: plugin, after: keys.last, limit: 1_000)
                keys += page.map(\.key)
                if page.count < 1_000 { return keys }
            }
        }
    }

    /// Ends the command where no plugin can have the name.
    fileprivate static func require(_ plugin: String) throws {
        guard PluginName.isName(plugin), !PluginName.taken.contains(plugin) else {
            throw ValidationError("\(plugin.quotedForMessage) is not a name of a plugin")
        }
    }
}
