import ArgumentParser
import Journeys
import Plugins
import Signalbox
import Store
import Values
import Workspace

struct ShowPlugins: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugins", abstract: "Shows the plugins of the workspace.",
        subcommands: [List.self, Show.self, Release.self], defaultSubcommand: List.self)

    // So that they may come before the subcommand's name too.
    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists the plugins, their versions and whether they are loaded.")

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption

        func run() throws {
            let generation = try workspace.load()
            let plugins = generation.plugins.sorted { $0.key < $1.key }
            let quarantined = try workspace.quarantined(generation)
            let output = Output()
            var listing = Listing(format.format, to: output)
            listing.text(text(plugins, quarantined, output))
            for (name, status) in plugins {
                var json = status.members(name, isQuarantined: quarantined.contains(name))
                json["type"] = "plugin"
                // What it declares is known from an earlier time, and nothing was loaded now.
                if case .loaded(let plugin, _) = status, plugin.isRecalled { json["kept"] = true }
                listing.element(
                    json: Value.table(json).json, text: [])
            }
            listing.end()
            if generation.hasFailedPlugins { throw ExitStatus.foundWrong }
        }

        private func text(
            _ plugins: [(key: String, value: Generation.PluginEntry)], _ quarantined: Set<String>,
            _ output: Output
        ) -> [String] {
            if plugins.isEmpty { return ["No plugins."] }
            var table = TextTable(
                ["plugin", "version", "state", "what it has"], whole: ["plugin"], output.style)
            for (name, status) in plugins {
                switch status {
                case .loaded(let plugin, let failing):
                    let manifest = plugin.manifest
                    let parts = [
                        (manifest.actions.count, "action"), (manifest.deciders.count, "decider"),
                        (manifest.subscriptions.count, "subscription"),
                    ]
                    let shown = parts.filter { $0.0 > 0 }.map { counted($0.0, $0.1) }
                    var state = failing.isEmpty ? "loaded" : "loaded; its newest version is not"
                    if quarantined.contains(name) { state = "quarantined" }
                    table.add([name, plugin.version, state, shown.joined(separator: ", ")])
                case .failed:
                    table.add([name, "", "failed", "its mistakes are told above"])
                }
            }
            return table.lines(within: output.columns)
        }
    }

    struct Release: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "release",
            abstract: "Lets a plugin that was quarantined be called again.",
            discussion: """
                A plugin that is cut off 5 times in a row is not called any more: its triggers become \
                incidents. A new version of it is called without a release.
                """)

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption

        @Argument(help: "The plugin's name.", completion: .pluginName)
        var name: String

        func validate() throws {
            guard format.format == .text else {
                throw ValidationError("plugins release prints no results; leave out --format")
            }
        }

        func run() throws {
            let generation = try workspace.load()
            if generation.plugins[name] == nil { try generation.end(withoutPlugin: name) }
            let service = workspace.service()
            guard try workspace.quarantined(generation).contains(name) else {
                printToStandardError("The plugin \(name.quotedForMessage) is not quarantined.")
                throw ExitStatus.foundWrong
            }
            if let service {
                try service.release(name)
            } else {
                try Quarantine.release(name, in: try workspace.openStore(generation))
            }
            printToStandardError("The plugin \(name) is called again.")
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Shows what one plugin declares, and its versions that ran.",
            usage: "signalbox plugins show NAME [OPTIONS]",
            discussion: """
                Every version that was ever called is kept in the store. With --source the files of one are \
                printed: a plugin of one file as it was, the files of a folder one after the other, each \
                behind its name in a line of its own. The hash of settings, as `lead` shows it, prints those: \
                what was set, granted and limited.
                """)

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption

        @Option(
            help: ArgumentHelp(
                "Print the files of the version with this hash, or with one that begins so.",
                valueName: "hash"))
        var source: String?

        @Argument(help: "The plugin's name.", completion: .pluginName)
        var name: String

        func run() throws {
            let generation = try workspace.load()
            let store = try workspace.openDryRunStore(generation)
            let kept = try KeptVersions(of: name, in: store, live: generation.loaded(name)?.source.hash)
            let output = Output()
            if let source { return try kept.printSource(source, format.format, to: output) }
            let status = generation.plugins[name]
            if status == nil, kept.versions.isEmpty { try generation.end(withoutPlugin: name) }
            var listing = Listing(format.format, to: output)
            let isQuarantined = try workspace.quarantined(generation).contains(name)
            var json =
                status?.members(name, isQuarantined: isQuarantined)
                ?? ["plugin": .string(name), "state": "removed"]
            json["type"] = "plugin"
            json["versions"] = kept.json
            listing.element(
                json: Value.table(json).json,
                text: (status.map { text($0, output.style) }
                    ?? [output.style("\(name) is not in \(generation.settings.plugins.folder)", .bad)])
                    + (isQuarantined ? [output.style("  quarantined: it was cut off too often", .bad)] : [])
                    + kept.lines(output.style))
            listing.end()
            if case .loaded? = status { return }
            throw ExitStatus.foundWrong
        }

        private func text(_ status: Generation.PluginEntry, _ style: Style) -> [String] {
            switch status {
            case .failed(let mistakes, _):
                return [style("\(name) did not load", .bad)] + mistakes.map { "  \($0)" }
            case .loaded(let plugin, let failing):
                let manifest = plugin.manifest
                var lines = ["\(style(name, .strong))  \(plugin.version)  \(plugin.source.file)"]
                if !failing.isEmpty {
                    lines.append("  " + style("its newest version did not load", .bad))
                    lines += failing.map { "    \($0)" }
                }
                if let summary = manifest.summary { lines.append("  \(summary)") }
                if !manifest.needs.isEmpty {
                    let needs = manifest.needs.map { need in
                        plugin.granted.contains(need) ? "\(need)" : "\(need) (not granted)"
                    }
                    lines.append("  needs \(needs.joined(separator: ", "))")
                }
                if !manifest.emits.isEmpty {
                    lines.append("  emits \(manifest.emits.joined(separator: ", "))")
                }
                lines += declarations("setting", manifest.settings, indent: "  ", style)
                for action in manifest.actions {
                    lines.append(line("action", action.name, action.summary, style))
                    lines += declarations("", action.parameters, indent: "    ", style)
                }
                for decider in manifest.deciders {
                    lines.append(line("decider", decider.name, decider.summary, style))
                    lines += declarations("", decider.parameters, indent: "    ", style)
                }
                for subscribed in manifest.subscriptions {
                    let one = subscribed.subscription
                    var text = "  on \(one.event.description)"
                    if let map = one.map { text += " of map \(map)" }
                    if let at = one.at { text += " at \(at)" }
                    if one.priority != 0 { text += ", priority \(one.priority)" }
                    lines.append(text + style("  \(one.name)", .faint))
                }
                return lines
            }
        }

        private func line(_ role: String, _ function: String, _ summary: String?, _ style: Style) -> String {
            "  \(role) \(style("\(name).\(function)", .strong))" + (summary.map { "  \($0)" } ?? "")
        }

        private func declarations(
            _ kind: String, _ declarations: ParameterDeclarations, indent: String, _ style: Style
        ) -> [String] {
            declarations.all.flatMap { one -> [String] in
                var text = indent + (kind.isEmpty ? "" : kind + " ") + "\(one.name): \(one.kind)"
                if let value = one.defaultValue { text += " = \(value.json)" }
                if one.isRequired { text += ", required" }
                if let summary = one.summary { text += style("  \(summary)", .faint) }
                let keys = one.innerKeys.map { self.declarations("", $0, indent: indent + "  ", style) }
                return [text] + (keys ?? [])
            }
        }
    }
}

extension ParameterDeclaration {
    /// `list of table`
    fileprivate var kind: String {
        if case .items(let item)? = content { "\(type.rawValue) of \(item.kind)" } else { type.rawValue }
    }

    /// The keys that are declared of it, or of its items.
    fileprivate var innerKeys: ParameterDeclarations? {
        switch content {
        case .items(let item)?: item.innerKeys
        case .keys(let keys)?: keys
        case nil: nil
        }
    }
}

extension Subscription.Pattern {
    fileprivate var description: String {
        switch self {
        case .exactly(let event): event.text
        case .every(let family): "\(family).*"
        }
    }
}

extension Generation {
    /// Says that there is no such plugin, and which name is near.
    fileprivate func end(withoutPlugin name: String) throws {
        let hint = suggestion(for: name, among: plugins.keys.sorted())
        printToStandardError(
            "There is no plugin \(name.quotedForMessage) in \(settings.plugins.folder)\(hint.isEmpty ? "." : hint)"
        )
        throw ExitStatus.foundWrong
    }
}

extension WorkspaceOption {
    /// The plugins that are not called because they were cut off too often.
    fileprivate func quarantined(_ generation: Generation) throws -> Set<String> {
        let store = try openDryRunStore(generation)
        return Set(
            try generation.plugins.compactMap { name, status in
                guard case .loaded(let plugin, _) = status,
                    try Quarantine.holds(name, hash: plugin.source.hash, in: store)
                else { return nil }
                return name
            })
    }
}
