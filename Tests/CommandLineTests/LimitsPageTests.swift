import Foundation
import Journeys
import LuaSandbox
import Testing

@testable import Authoring
@testable import Plugins
@testable import SQLiteStore
@testable import Signalbox
@testable import SignalboxCLI
@testable import SignalboxServer
@testable import Workspace

/// `docs/limits.md` says what the code does.
@Suite("The page of limits")
struct LimitsPageTests {
    private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/limits.md")

    /// What each row says, by its first cell.
    private static func rows() throws -> [String: String] {
        let text = try String(contentsOf: page, encoding: .utf8)
        var rows: [String: String] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("| ") && !line.hasPrefix("| ---") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            if cells[1] != "what" { rows[cells[1]] = cells[2] }
        }
        return rows
    }

    private static func count(_ number: Int) -> String {
        var digits = String(number)
        var parts: [String] = []
        while digits.count > 3 {
            parts.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return ([digits] + parts).joined(separator: ",")
    }

    private static func bytes(_ number: Int) -> String {
        for (unit, factor) in [("MiB", 1 << 20), ("KiB", 1 << 10)]
        where number >= factor && number % factor == 0 && number / factor < 1_024 && number > 1_024 {
            return "\(number / factor) \(unit)"
        }
        return "\(count(number)) bytes"
    }

    private static func milliseconds(_ duration: Duration) -> String {
        "\(count(Int(duration / .milliseconds(1)))) ms"
    }

    private static let call = Limits()
    private static let moment = MomentLimits()
    private static let settings = Settings()

    private static let expected: [String: String] = [
        "files that the process can still open": count(SystemCheck.neededFiles),
        "address space of the process (`ulimit -v`)":
            "\(count(Int(SystemCheck.neededAddressSpace >> 20))) MiB",
        "processor time of a call": milliseconds(call.deadline),
        "memory of a call": bytes(call.memoryBytes),
        "instructions of a call": call.instructions.map(count) ?? "none",
        "effects of a call": count(call.effectCount),
        "size of a call's effects, or of its answer": bytes(call.effectBytes),
        "log of a call": bytes(call.logBytes),
        "tables inside each other in a value": count(call.valueDepth),
        "a secret with the texts joined to it": bytes(Limits.secretBytes),
        "cut-offs in a row before a version is quarantined": count(QuarantineLedger.cutOffLimit),
        "calls of a moment": count(moment.calls),
        "effects of a moment": count(moment.effects),
        "deliveries of a moment": count(moment.deliveries),
        "effects, payloads, logs, reads and messages of a moment": bytes(moment.bytes),
        "processor time of a moment with its calls, in deadlines of a call": count(MomentLimits.deadlines),
        "instants of a moment": count(Moment.instantLimit),
        "effects that were each set off by the one before": count(Moment.depthLimit),
        "incidents of a moment that are kept": count(MomentLimits.incidents),
        "size of what the store keeps in one piece": bytes(SQLiteStore.pieceLimitBytes),
        "one field": bytes(settings.limits.fieldBytes),
        "fields and stored values of a lead": bytes(settings.limits.leadBytes),
        "name of a field": bytes(RecordLimits.fieldNameLimitBytes),
        "tables inside each other in a field": count(RecordLimits.fieldDepthLimit),
        "channel or agent of a lead": bytes(RecordLimits.nameLimitBytes),
        "id of a lead": bytes(LeadID.limitBytes),
        "key of a stored value": bytes(StoredChange.keyLimitBytes),
        "commands that wait": count(settings.queueLimit),
        "line of a file of commands": bytes(settings.lineLimitBytes),
        "streams of commands at once": count(StreamPermits.limit),
        "lines of a stream that are under way": count(StreamAnswers.underWayLimit),
        "answers of a stream that wait to be read": bytes(StreamAnswers.heldLimitBytes),
        "`signalbox.yaml`": bytes(Settings.fileLimitBytes),
        "lists and tables inside each other in a YAML file": count(YAMLDocument.Limits.workspace.depth),
        "keys of a table in a YAML file": count(YAMLDocument.Limits.workspace.keys),
        "items of a list in `signalbox.yaml`": count(Settings.listLimit),
        "file of a map": bytes(MapFile.limitBytes),
        "maps": count(WorkspaceFiles.mapLimit),
        "files of all maps together": bytes(WorkspaceFiles.mapBytesLimit),
        "tracks of a map": count(MapDefinition.trackLimit),
        "steps of a track": count(MapDefinition.stepLimit),
        "triggers in one place": count(MapDefinition.triggerLimit),
        "triggers of a map": count(MapDefinition.allTriggersLimit),
        "file of a plugin": bytes(PluginListing.fileLimitBytes),
        "files of a plugin": count(PluginListing.fileLimit),
        "folders of a plugin": count(PluginListing.folderLimit),
        "folders inside each other in a plugin": count(PluginListing.depthLimit),
        "plugins": count(PluginListing.pluginLimit),
        "templates": count(TemplateListing.limit),
        "file of a template": bytes(TemplateListing.fileLimitBytes),
        "entries of one folder that are looked at": count(DiskTree.entryLimit),
        "processor time of a test": milliseconds(LoadedSpec.limits.deadline),
        "memory of a test": bytes(LoadedSpec.limits.memoryBytes),
        "what a test asks for at once": bytes(LoadedSpec.limits.effectBytes),
        "size of a file of specs": bytes(LoadedSpec.limits.sourceBytes),
        "file for `import`": bytes(Import.fileLimitBytes),
        "event for `try`": bytes(Try.eventLimitBytes),
        "actions and deciders of a plugin": count(ManifestLimits.functions),
        "subscriptions of a plugin": count(ManifestLimits.subscriptions),
        "events that a plugin says it emits": count(ManifestLimits.events),
        "parameters of an action or a decider, settings of a plugin, keys of a declared table": count(
            ManifestLimits.parameters),
        "loading a plugin, in deadlines of a call": count(Limits.loadingFactor),
        "loading a plugin before it counts as slow": milliseconds(PluginLoading.quick),
        "loading all slow plugins, in one reading": milliseconds(PluginLoading.budget),
        "what is kept of loading one plugin": bytes(KeptLoads.lineLimitBytes),
        "how long a plugin that was cut off while it loaded is not tried again by commands": milliseconds(
            KeptLoads.cutOffMemory),
        "what is kept of loading all plugins": bytes(KeptLoads.fileLimitBytes),
        "what all plugins keep in memory, in each lane": bytes(PluginLoading.keptLimitBytes),
        "subscriptions of all plugins": count(PluginLoading.subscriptionLimit),
        "completed parameters that one plugin keeps, in each lane": bytes(LoadedSandbox.parametersLimitBytes),
        "fields of leads with more than 64 that are kept ready for calls, in each lane": bytes(
            FieldEncodings.limitBytes),
    ]

    @Test("each row has the default of the code, and no limit of the code is missing")
    func page() throws {
        let rows = try Self.rows()
        for (what, said) in Self.expected { #expect(rows[what] == said, "\(what)") }
        #expect(Set(rows.keys).subtracting(Self.expected.keys) == [])
    }
}
