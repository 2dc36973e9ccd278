import Journeys
import Plugins
import Values

/// `plugins`.
extension SettingsReader {
    func plugins(_ table: YAMLTable) -> Settings.Plugins {
        var plugins = Settings.Plugins()
        if let folder = path(table, "folder") { plugins.folder = folder }
        if let node = table["grant"], let grant = grant(node) {
            plugins.grant = grant
            if case .table(let entries) = node.content {
                for entry in entries { plugins.grantPlaces[entry.key.value] = entry.key.place }
            }
        }
        if let limits = table["limits"] { plugins.limits = self.limits(limits) }
        let each = table.entries("each")
        plugins.isEachUnread = each == nil && table["each"] != nil
        for entry in each ?? [] {
            checkName(entry.key)
            plugins.each[entry.key.value] = one(entry)
        }
        return plugins
    }

    private func one(_ entry: YAMLEntry) -> Settings.One {
        var one = Settings.One(at: entry.key.place)
        let what = "`\(entry.key.value.withoutQuotes)`"
        guard let table = entry.value.table(what, keys: ["settings", "limits"], collector) else {
            one.settings.isUnread = true
            return one
        }
        let settings = table.entries("settings")
        one.settings = ParametersDraft(yaml: settings ?? [], collector)
        one.settings.isUnread = settings == nil && table["settings"] != nil
        if let limits = table["limits"] { one.limits = self.limits(limits) }
        return one
    }

    private func grant(_ node: YAMLNode) -> Settings.Grant? {
        if node.plainText == "declared" { return .declared }
        guard case .table(let entries) = node.content else {
            node.mismatch(
                "`grant` must be `declared` or a table of plugins with what each is granted", "", collector)
            return nil
        }
        var granted: [String: [Capability]] = [:]
        for entry in entries {
            checkName(entry.key)
            let what = "`\(entry.key.value.withoutQuotes)`"
            granted[entry.key.value] = (entry.value.list(what, collector) ?? []).compactMap { item in
                guard let text = item.text("a capability", collector) else { return nil }
                if let capability = Capability(text.value) { return capability }
                collector.report(
                    item.place, "there is not a capability \(text.value.quotedForMessage); \(Capability.rule)"
                )
                return nil
            }
        }
        return .listed(granted)
    }

    private func limits(_ node: YAMLNode) -> Settings.LimitChanges {
        var limits = Settings.LimitChanges()
        let keys = ["deadline", "memory", "instructions", "effects", "log"]
        guard let table = node.table("`limits`", keys: keys, collector) else { return limits }
        limits.deadline = time(table, "deadline", Settings.deadlineRange, like: "50ms")
        limits.memoryBytes = size(table, "memory", Settings.memoryBytesRange)
        limits.effectCount = table.integer("effects", Settings.effectRange)
        limits.logBytes = size(table, "log", Settings.logBytesRange)
        if let instructions = table["instructions"] {
            if instructions.plainText == "none" {
                limits.instructions = Settings.LimitChanges.Instructions.none
            } else {
                limits.instructions = instructions.integer(
                    "`instructions`", Settings.instructionRange, collector, otherwise: " or `none`"
                ).map { .atMost($0) }
            }
        }
        return limits
    }

    private func checkName(_ name: Placed<String>) {
        guard !PluginName.isName(name.value) else { return }
        collector.report(
            name.place, "\(name.value.quotedForMessage) is not a name of a plugin: \(PluginName.rule)")
    }
}
