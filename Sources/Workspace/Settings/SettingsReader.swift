import Journeys
import LuaSandbox
import Plugins
import Values

/// Reads the tree of `signalbox.yaml`. Nothing throws: what does not fit is reported and left out.
struct SettingsReader {
    let collector: MistakeCollector

    init(_ collector: MistakeCollector) { self.collector = collector }

    private static let keys = [
        "plugins", "deliver", "serve", "secrets", "zone", "retention", "store", "lanes", "limits",
    ]

    func settings(_ root: YAMLNode) -> Settings {
        var settings = Settings()
        guard let table = root.table("the settings", keys: Self.keys, collector) else {
            settings.plugins.isEachUnread = true
            return settings
        }
        if let store = path(table, "store") { settings.store = store }
        if let lanes = table["lanes"], lanes.plainText != "auto" {
            settings.lanes = lanes.integer("`lanes`", Settings.laneRange, collector, otherwise: " or `auto`")
        }
        if let limits = table.table("limits", keys: ["field", "lead", "queue", "line", "moment"]) {
            read(limits, into: &settings)
        }
        if let plugins = table.table("plugins", keys: ["folder", "grant", "limits", "each"]) {
            settings.plugins = self.plugins(plugins)
        } else {
            settings.plugins.isEachUnread = table["plugins"] != nil
        }
        let deadline = settings.plugins.limits.deadline ?? Limits().deadline
        settings.momentLimits.time = deadline * MomentLimits.deadlines
        if let deliver = table.table("deliver", keys: ["email", "webhooks", "http", "retry"]) {
            settings.deliver = self.deliver(deliver)
        }
        if let serve = table["serve"] { settings.serve = self.serve(serve) }
        for entry in table.entries("secrets") ?? [] { readSecret(entry, into: &settings) }
        if let zone = table.text("zone") {
            if let fault = ZoneName.fault(zone.value) {
                collector.report(zone.place, fault)
            } else {
                settings.zone = zone.value
            }
        }
        if let retention = table.table("retention", keys: ["history", "deliveries", "incidents", "ids"]) {
            settings.retention = self.retention(retention)
        }
        return settings
    }

    private func read(_ limits: YAMLTable, into settings: inout Settings) {
        let fieldBytes = size(limits, "field", Settings.fieldBytesRange) ?? settings.limits.fieldBytes
        let leadBytes = size(limits, "lead", Settings.leadBytesRange) ?? settings.limits.leadBytes
        settings.limits = RecordLimits(fieldBytes: fieldBytes, leadBytes: leadBytes)
        if let moment = limits.table("moment", keys: ["calls", "effects", "deliveries", "bytes"]) {
            read(moment, into: &settings.momentLimits)
        }
        settings.lineLimitBytes = size(limits, "line", Settings.lineBytesRange) ?? settings.lineLimitBytes
        settings.queueLimit = limits.integer("queue", Settings.queueRange) ?? settings.queueLimit
        if fieldBytes > leadBytes, let place = (limits["field"] ?? limits["lead"])?.place {
            collector.report(
                place, "one field may have \(fieldBytes) bytes, but a whole lead only \(leadBytes)")
        }
    }

    private func read(_ table: YAMLTable, into limits: inout MomentLimits) {
        limits.calls = table.integer("calls", Settings.momentCallRange) ?? limits.calls
        limits.effects = table.integer("effects", Settings.momentEffectRange) ?? limits.effects
        limits.deliveries = table.integer("deliveries", Settings.momentDeliveryRange) ?? limits.deliveries
        limits.bytes = size(table, "bytes", Settings.momentBytesRange) ?? limits.bytes
    }
}

// MARK: - Values of one form

extension SettingsReader {
    func path(_ table: YAMLTable, _ key: String) -> String? {
        text(table, key, "a path") {
            !$0.isEmpty && $0.utf8.count <= 1_024 && !$0.hasControlCharacters
        }
    }

    /// A text that `isValid` accepts; `what` says which those are.
    func text(
        _ table: YAMLTable, _ key: String, _ what: String, where isValid: (String) -> Bool
    ) -> String? {
        guard let text = table.text(key) else { return nil }
        guard isValid(text.value) else {
            collector.report(text.place, "`\(key)` must be \(what), not \(text.value.quotedForMessage)")
            return nil
        }
        return text.value
    }

    /// A list of different texts that `isValid` accepts.
    func texts(
        _ table: YAMLTable, _ key: String, _ what: String, where isValid: (String) -> Bool
    ) -> [Placed<String>]? {
        guard let node = table[key], let items = table.list(key) else { return nil }
        guard items.count <= Settings.listLimit else {
            collector.report(
                node.place, "`\(key)` has \(items.count) items; at most \(Settings.listLimit) are allowed")
            return nil
        }
        var seen: Set<ExactText> = []
        return items.compactMap { item in
            guard let text = item.text("an item of `\(key)`", collector) else { return nil }
            guard isValid(text.value) else {
                collector.report(
                    text.place,
                    "an item of `\(key)` must be \(what), not \(text.value.quotedForMessage)")
                return nil
            }
            guard seen.insert(ExactText(text.value)).inserted else {
                collector.report(text.place, "\(text.value.quotedForMessage) appears twice in `\(key)`")
                return nil
            }
            return text
        }
    }

    /// One of a few words.
    func choice<Choice: CaseIterable & RawRepresentable>(
        _ table: YAMLTable, _ key: String, of type: Choice.Type
    ) -> Choice? where Choice.RawValue == String {
        guard let text = table.text(key) else { return nil }
        if let choice = Choice.allCases.first(where: { sameBytes($0.rawValue, text.value) }) { return choice }
        let words = Choice.allCases.map { "`\($0.rawValue)`" }
        collector.report(
            text.place,
            "`\(key)` must be \(words.dropLast().joined(separator: ", ")) or \(words.last ?? ""), not \(text.value.quotedForMessage)"
        )
        return nil
    }

    func time(
        _ table: YAMLTable, _ key: String, _ range: ClosedRange<Int64>, like example: String
    ) -> Duration? {
        guard let node = table[key], let text = node.text("`\(key)`", collector) else { return nil }
        guard let duration = SettingTime.duration(text.value), range.contains(duration.wholeMilliseconds)
        else {
            node.mismatch(
                "`\(key)` must be a time from \(SettingTime.text(range.lowerBound)) to "
                    + "\(SettingTime.text(range.upperBound)), such as `\(example)`", "", collector)
            return nil
        }
        return duration
    }

    func size(_ table: YAMLTable, _ key: String, _ range: ClosedRange<Int>) -> Int? {
        guard let node = table[key], let text = node.text("`\(key)`", collector) else { return nil }
        guard let bytes = ByteSize.bytes(text.value), range.contains(bytes) else {
            node.mismatch(
                "`\(key)` must be a size from \(ByteSize.text(range.lowerBound)) to "
                    + "\(ByteSize.text(range.upperBound)), such as `64KiB`", "", collector)
            return nil
        }
        return bytes
    }

    /// The name of an endpoint or a secret.
    func isName(_ name: Placed<String>, of what: String) -> Bool {
        if DefinitionID.isValid(name.value) { return true }
        collector.report(
            name.place, "\(name.value.quotedForMessage) is not a name of \(what): \(DefinitionID.rule)")
        return false
    }

    /// Where a secret is kept: `{ env: NAME }` or `{ file: PATH }`, among `others`. What is written in its place is
    /// not repeated in the message: it may be the secret.
    func secret(_ node: YAMLNode, _ what: String, among others: [String] = []) -> Secret? {
        if case .unreadable = node.content { return nil }
        guard case .table = node.content else {
            collector.report(
                node.place,
                "\(what) must say where the secret is kept, `{ env: NAME }` or `{ file: PATH }`; a secret is not written into this file"
            )
            return nil
        }
        guard let table = node.table(what, keys: ["env", "file"] + others, collector) else { return nil }
        switch (table["env"], table["file"]) {
        case (let env?, nil):
            guard let name = env.text("`env`", collector) else { return nil }
            if Self.isVariable(name.value) { return .environment(name.value) }
            collector.report(
                name.place, "`env` must be the name of an environment variable: letters, digits and _")
            return nil
        case (nil, .some):
            return path(table, "file").map { .file($0) }
        case (.some, .some):
            collector.report(node.place, "\(what) must have one of `env` and `file`, not both")
        case (nil, nil):
            collector.report(node.place, "\(what) must have `env` or `file`, which say where it is kept")
        }
        return nil
    }

    private static func isVariable(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 256, !(0x30...0x39).contains(first) else {
            return false
        }
        return text.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) || (0x30...0x39).contains($0)
                || $0 == UInt8(ascii: "_")
        }
    }
}
