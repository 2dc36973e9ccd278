import Journeys
import LuaSandbox
package import Values

/// One setting of `signalbox.yaml` that has a name of its own: all but those under names that operators choose
/// (`plugins.each`, `deliver.webhooks`, `secrets`) and grants of single plugins.
package struct SettingKey: Sendable {
    /// `limits.moment.calls`
    package let path: String
    package let form: Form
    /// What the settings say; `null` for nothing.
    package let value: @Sendable (Settings) -> Value

    init(_ path: String, _ form: Form, _ value: @escaping @Sendable (Settings) -> Value) {
        self.path = path
        self.form = form
        self.value = value
    }

    /// What a setting may be.
    package enum Form: Sendable {
        /// The text says which.
        case text(String)
        case choice([String])
        case flag
        case count(ClosedRange<Int>, orWord: String? = nil)
        /// Bytes.
        case size(ClosedRange<Int>)
        /// Milliseconds.
        case time(ClosedRange<Int64>)
        /// A list of texts; the text says of which.
        case list(String)
        /// A text that says where a secret is kept, in place of any other that does.
        case secret(String)
    }

    var parts: [String] { path.split(separator: ".").map(String.init) }

    /// The environment variable that sets it: `SIGNALBOX_LIMITS_MOMENT_CALLS`.
    package var variable: String {
        SettingsEnvironment.prefix + path.uppercased().replacing(".", with: "_")
    }

    /// What it may be, for people.
    package var range: String {
        switch form {
        case .text(let text), .secret(let text): text
        case .choice(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        case .flag: "`true`, `false`"
        case .count(let range, let word):
            "\(range.lowerBound) to \(range.upperBound)\(word.map { ", or `\($0)`" } ?? "")"
        case .size(let range): "\(ByteSize.text(range.lowerBound)) to \(ByteSize.text(range.upperBound))"
        case .time(let range):
            "\(SettingTime.text(range.lowerBound)) to \(SettingTime.text(range.upperBound))"
        case .list(let what): "a list of \(what)"
        }
    }

    /// A value of a setting, for people.
    package static func text(of value: Value) -> String {
        switch value {
        case .null: "none"
        case .string(let text): text
        case .list(let items): items.isEmpty ? "none" : items.map { text(of: $0) }.joined(separator: ", ")
        case .bool, .integer, .double, .table: value.json
        }
    }
}

// MARK: - All of them

extension SettingKey {
    /// In the order in which people are shown them.
    package static let all: [SettingKey] = general + plugins + limits + deliver + serve + retention

    private static let general = [
        SettingKey("store", .text("a path from the workspace's folder")) { .string($0.store) },
        SettingKey("lanes", .count(Settings.laneRange, orWord: "auto")) {
            $0.lanes.map { .integer(Int64($0)) } ?? "auto"
        },
        SettingKey("zone", .text("a time zone by its IANA name")) { .string($0.zone) },
    ]

    private static let plugins = [
        SettingKey("plugins.folder", .text("a path from the workspace's folder")) {
            .string($0.plugins.folder)
        },
        SettingKey("plugins.grant", .text("`declared`, or capabilities by plugin")) {
            $0.plugins.grant == .declared ? "declared" : .null
        },
        SettingKey("plugins.limits.deadline", .time(Settings.deadlineRange)) {
            time($0.limitsOfAll.deadline)
        },
        SettingKey("plugins.limits.memory", .size(Settings.memoryBytesRange)) {
            size($0.limitsOfAll.memoryBytes)
        },
        SettingKey("plugins.limits.instructions", .count(Settings.instructionRange, orWord: "none")) {
            $0.limitsOfAll.instructions.map { .integer(Int64($0)) } ?? "none"
        },
        SettingKey("plugins.limits.effects", .count(Settings.effectRange)) {
            .integer(Int64($0.limitsOfAll.effectCount))
        },
        SettingKey("plugins.limits.log", .size(Settings.logBytesRange)) { size($0.limitsOfAll.logBytes) },
    ]

    private static let limits = [
        SettingKey("limits.field", .size(Settings.fieldBytesRange)) { size($0.limits.fieldBytes) },
        SettingKey("limits.lead", .size(Settings.leadBytesRange)) { size($0.limits.leadBytes) },
        SettingKey("limits.queue", .count(Settings.queueRange)) { .integer(Int64($0.queueLimit)) },
        SettingKey("limits.line", .size(Settings.lineBytesRange)) { size($0.lineLimitBytes) },
        SettingKey("limits.moment.calls", .count(Settings.momentCallRange)) {
            .integer(Int64($0.momentLimits.calls))
        },
        SettingKey("limits.moment.effects", .count(Settings.momentEffectRange)) {
            .integer(Int64($0.momentLimits.effects))
        },
        SettingKey("limits.moment.deliveries", .count(Settings.momentDeliveryRange)) {
            .integer(Int64($0.momentLimits.deliveries))
        },
        SettingKey("limits.moment.bytes", .size(Settings.momentBytesRange)) { size($0.momentLimits.bytes) },
    ]

    private static let deliver = [
        SettingKey("deliver.email.by", .choice(DeliverySettings.Way.allCases.map(\.rawValue))) {
            .string($0.deliver.email.by.rawValue)
        },
        SettingKey("deliver.email.from", .text("an email address")) { text($0.deliver.email.from) },
        SettingKey("deliver.email.smtp.host", .text("a host")) { text($0.deliver.email.smtp?.host) },
        SettingKey("deliver.email.smtp.port", .count(Settings.portRange)) {
            .integer(Int64(smtp($0).port))
        },
        SettingKey("deliver.email.smtp.tls", .choice(DeliverySettings.TLS.allCases.map(\.rawValue))) {
            .string(smtp($0).tls.rawValue)
        },
        SettingKey("deliver.email.smtp.user", .text("a text")) { text(smtp($0).user) },
        SettingKey("deliver.email.smtp.password.env", .secret("the name of a variable")) {
            if case .environment(let name)? = smtp($0).password { .string(name) } else { .null }
        },
        SettingKey("deliver.email.smtp.password.file", .secret("a path from the workspace's folder")) {
            if case .file(let path)? = smtp($0).password { .string(path) } else { .null }
        },
        SettingKey("deliver.email.repeat_unknown", .flag) { .bool($0.deliver.email.repeatsUnknown) },
        SettingKey("deliver.email.unsubscribe", .text("an email address or a URL")) {
            text($0.deliver.email.unsubscribe)
        },
        SettingKey("deliver.http.private", .list("hosts")) { texts($0.deliver.privateHosts) },
        SettingKey("deliver.retry.first", .time(Settings.firstRetryRange)) { time($0.deliver.retry.first) },
        SettingKey("deliver.retry.longest", .time(Settings.longestRetryRange)) {
            time($0.deliver.retry.longest)
        },
        SettingKey("deliver.retry.deadline", .time(Settings.deliveryDeadlineRange)) {
            time($0.deliver.retry.deadline)
        },
    ]

    private static let serve = [
        SettingKey("serve.listen", .text("`HOST:PORT`")) { .string($0.serve.listen) },
        SettingKey("serve.hosts", .list("hosts")) { texts($0.serve.hosts) },
        SettingKey("serve.tls.certificate", .text("a path from the workspace's folder")) {
            text($0.serve.tls?.certificate)
        },
        SettingKey("serve.tls.key", .text("a path from the workspace's folder")) {
            text($0.serve.tls?.key)
        },
        SettingKey("serve.plain", .flag) { .bool($0.serve.isPlain) },
        SettingKey("serve.stop_within", .time(Settings.stopRange)) { time($0.serve.stopWithin) },
        SettingKey("serve.rate", .count(Settings.rateRange)) { .integer(Int64($0.serve.rate)) },
        SettingKey("serve.mask", .list("names of fields")) { texts($0.serve.maskedFields) },
    ]

    private static let retention = [
        SettingKey("retention.history", .time(Settings.retentionRange)) { time($0.retention.history) },
        SettingKey("retention.deliveries", .time(Settings.retentionRange)) { time($0.retention.deliveries) },
        SettingKey("retention.incidents", .time(Settings.retentionRange)) { time($0.retention.incidents) },
        SettingKey("retention.ids", .time(Settings.idRetentionRange)) { time($0.retention.ids) },
    ]

    private static func text(_ text: String?) -> Value { text.map { .string($0) } ?? .null }
    private static func texts(_ texts: [String]) -> Value { .list(texts.map { .string($0) }) }
    private static func size(_ bytes: Int) -> Value { .string(ByteSize.text(bytes)) }
    private static func time(_ time: Duration?) -> Value { time.map { .string($0.settingText) } ?? .null }

    /// The mail server's settings, or what they are where there is none.
    private static func smtp(_ settings: Settings) -> DeliverySettings.SMTP {
        settings.deliver.email.smtp ?? DeliverySettings.SMTP(host: "")
    }
}

extension Settings {
    /// The limits of the calls of a plugin for which nothing else is set.
    fileprivate var limitsOfAll: Limits {
        var limits = Limits()
        plugins.limits.apply(to: &limits)
        return limits
    }
}
