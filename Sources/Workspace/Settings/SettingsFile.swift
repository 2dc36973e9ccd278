public import Journeys
import LuaSandbox
public import Plugins
public import Values

/// `signalbox.yaml` as it was read.
public struct SettingsFile: Sendable {
    public let settings: Settings
    /// Nil where there is no file that can be read.
    public let bytes: [UInt8]?
    public let mistakes: [Mistake]

    /// `file` names it in mistakes.
    public init(_ bytes: [UInt8], file: String = Settings.fileName) {
        let collector = MistakeCollector(file: file)
        let root = YAMLDocument(bytes, collector).root
        var settings = root.map { SettingsReader(collector).settings($0) } ?? Settings()
        if root == nil { settings.plugins.isEachUnread = collector.count > 0 }
        self.settings = settings
        self.bytes = bytes
        mistakes = collector.mistakes
    }

    /// Reads a workspace's file. One that is not there is not a mistake; one that cannot be read is.
    init(reading tree: some FileTree) {
        do throws(FileError) {
            self.init(try tree.read(Settings.fileName, top: "", limitBytes: Settings.fileLimitBytes))
        } catch {
            self.init(unread: Self.mistakes(of: error, in: tree))
        }
    }

    private init(unread mistakes: [Mistake]) {
        var settings = Settings()
        settings.plugins.isEachUnread = !mistakes.isEmpty
        self.settings = settings
        bytes = nil
        self.mistakes = mistakes
    }

    private static func mistakes(of failure: FileError, in tree: some FileTree) -> [Mistake] {
        guard failure == .missing else {
            return [Mistake(FilePlace(wholeFile: Settings.fileName), "\(failure)")]
        }
        do throws(FileError) {
            _ = try tree.read(Settings.misspelledFileName, top: "", limitBytes: Settings.fileLimitBytes)
        } catch .missing {
            return []
        } catch {}
        return [
            Mistake(
                FilePlace(wholeFile: Settings.misspelledFileName),
                "settings are not read from this file; rename it to \(Settings.fileName)")
        ]
    }
}

extension Settings {
    /// The settings of a workspace, where its maps and plugins are not needed.
    ///
    /// Throws everything that is wrong with them, so that nobody works with the defaults of settings that
    /// could not be read.
    public init(reading tree: some FileTree) throws(Mistakes) {
        let file = SettingsFile(reading: tree)
        guard file.mistakes.isEmpty else { throw Mistakes(file.mistakes) }
        self = file.settings
    }

    /// The settings of a plugin, checked and completed by what it declares.
    ///
    /// A setting that does not fit, an unknown one and a missing one that is required keep the plugin from
    /// loading. Those that could not be read are taken as they are given: what is wrong is reported already.
    public func values(for manifest: PluginManifest) throws(Mistakes) -> Table {
        let one = plugins.each[manifest.name]
        let place = one?.place ?? FilePlace(wholeFile: Settings.fileName)
        let draft = one?.settings ?? ParametersDraft()
        if draft.isUnread || plugins.isEachUnread { return given(to: manifest.name) }
        do {
            let completed = try draft.completed(by: manifest.settings, at: place)
            return draft.reported.isEmpty ? completed : given(to: manifest.name)
        } catch {
            throw Mistakes(Self.prefixed(error.list, manifest.name))
        }
    }

    /// The templates that settings of plugins name and that are not there.
    func missing(_ templates: TemplateNames?, with plugins: [String: PluginState]) -> [Mistake] {
        guard let templates, !self.plugins.isEachUnread else { return [] }
        return plugins.flatMap { name, state -> [Mistake] in
            let manifest: PluginManifest? =
                switch state {
                case .loaded(let manifest): manifest
                case .failed(_, let partial): partial?.manifest
                }
            let one = self.plugins.each[name]
            guard let manifest, one?.settings.isUnread != true else { return [] }
            let place = one?.place ?? FilePlace(wholeFile: Settings.fileName)
            let given = one?.settings ?? ParametersDraft()
            return Self.prefixed(templates.missing(from: given, of: manifest.settings, at: place), name)
        }
    }

    private static func prefixed(_ mistakes: [Mistake], _ plugin: String) -> [Mistake] {
        mistakes.map { Mistake($0.place, "plugins.each.\(plugin).settings: \($0.message)") }
    }
}

/// The ranges of what an operator may set.
extension Settings {
    static let laneRange = 1...1_024
    static let queueRange = 1...10_000_000
    static let fieldBytesRange = 1_024...(64 << 20)
    static let leadBytesRange = 1_024...(256 << 20)
    static let lineBytesRange = 1_024...(256 << 20)
    static let momentCallRange = 1...1_000_000
    static let momentEffectRange = 1...10_000_000
    static let momentDeliveryRange = 0...1_000_000
    static let momentBytesRange = (64 << 10)...(1 << 30)
    static let deadlineRange: ClosedRange<Int64> = 1...600_000
    static let memoryBytesRange = (256 << 10)...(1 << 30)
    static let instructionRange = 1_000...Int(Int32.max)
    static let effectRange = 1...100_000
    static let logBytesRange = 1_024...(16 << 20)
}

private struct SettingsReader {
    private let collector: MistakeCollector

    init(_ collector: MistakeCollector) { self.collector = collector }

    func settings(_ root: YAMLNode) -> Settings {
        var settings = Settings()
        guard
            let table = root.table("the settings", keys: ["plugins", "store", "lanes", "limits"], collector)
        else {
            settings.plugins.isEachUnread = true
            return settings
        }
        if let store = path(table, "store") { settings.store = store }
        if let lanes = table["lanes"], lanes.plainText != "auto" {
            settings.lanes = lanes.integer("`lanes`", Settings.laneRange, collector, otherwise: " or `auto`")
        }
        if let limits = table.table("limits", keys: ["field", "lead", "queue", "line", "moment"]) {
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
        if let plugins = table.table("plugins", keys: ["folder", "grant", "limits", "each"]) {
            settings.plugins = self.plugins(plugins)
        } else {
            settings.plugins.isEachUnread = table["plugins"] != nil
        }
        let deadline = settings.plugins.limits.deadline ?? Limits().deadline
        settings.momentLimits.time = deadline * MomentLimits.deadlines
        return settings
    }

    private func read(_ table: YAMLTable, into limits: inout MomentLimits) {
        limits.calls = table.integer("calls", Settings.momentCallRange) ?? limits.calls
        limits.effects = table.integer("effects", Settings.momentEffectRange) ?? limits.effects
        limits.deliveries = table.integer("deliveries", Settings.momentDeliveryRange) ?? limits.deliveries
        limits.bytes = size(table, "bytes", Settings.momentBytesRange) ?? limits.bytes
    }

    private func plugins(_ table: YAMLTable) -> Settings.Plugins {
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
        limits.deadline = duration(table, "deadline")
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

    private func path(_ table: YAMLTable, _ key: String) -> String? {
        guard let text = table.text(key) else { return nil }
        guard !text.value.isEmpty, text.value.utf8.count <= 1_024, !text.value.hasControlCharacters else {
            collector.report(text.place, "`\(key)` must be a path, not \(text.value.quotedForMessage)")
            return nil
        }
        return text.value
    }

    private func duration(_ table: YAMLTable, _ key: String) -> Duration? {
        guard let node = table[key], let text = node.text("`\(key)`", collector) else { return nil }
        guard let duration = Duration(text: text.value),
            Settings.deadlineRange.contains(duration.wholeMilliseconds)
        else {
            let most = Settings.deadlineRange.upperBound / 60_000
            node.mismatch("`\(key)` must be a time from 1ms to \(most)m, such as `50ms`", "", collector)
            return nil
        }
        return duration
    }

    private func size(_ table: YAMLTable, _ key: String, _ range: ClosedRange<Int>) -> Int? {
        guard let node = table[key], let text = node.text("`\(key)`", collector) else { return nil }
        guard let bytes = ByteSize.bytes(text.value), range.contains(bytes) else {
            node.mismatch(
                "`\(key)` must be a size from \(ByteSize.text(range.lowerBound)) to "
                    + "\(ByteSize.text(range.upperBound)), such as `64KiB`", "", collector)
            return nil
        }
        return bytes
    }
}

/// Sizes as an operator writes them: a whole number of bytes, or of `B`, `KiB`, `MiB` or `GiB`.
enum ByteSize {
    /// Nil when the text is not a size.
    static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { ("0"..."9").contains($0) }
        guard let count = Int(digits), let factor = factor(text.dropFirst(digits.count).drop { $0 == " " })
        else {
            return nil
        }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: factor)
        return overflow ? nil : bytes
    }

    static func text(_ bytes: Int) -> String {
        for (unit, factor) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        where bytes >= factor && bytes % factor == 0 { return "\(bytes / factor)\(unit)" }
        return "\(bytes)B"
    }

    private static func factor(_ unit: Substring) -> Int? {
        switch unit {
        case "", "B": 1
        case "KiB": 1 << 10
        case "MiB": 1 << 20
        case "GiB": 1 << 30
        default: nil
        }
    }
}
