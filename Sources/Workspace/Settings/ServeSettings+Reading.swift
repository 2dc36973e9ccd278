import Journeys
import Plugins
import Values

/// `serve`, `secrets` and `retention`.
extension SettingsReader {
    func serve(_ node: YAMLNode) -> ServeSettings {
        var serve = ServeSettings()
        let keys = ["listen", "hosts", "tls", "plain", "stop_within", "rate", "mask"]
        guard let table = node.table("`serve`", keys: keys, collector) else { return serve }
        _ = text(table, "listen", ServeSettings.listenRule) { serve.listen(at: $0) }
        serve.hosts = (texts(table, "hosts", Host.rule, where: Host.isName) ?? []).map(\.value)
        serve.tls = table["tls"].flatMap { tls($0) }
        serve.isPlain = table.bool("plain")?.value ?? false
        serve.stopWithin =
            time(table, "stop_within", Settings.stopRange, like: "10s") ?? serve.stopWithin
        serve.rate = table.integer("rate", Settings.rateRange) ?? serve.rate
        let field = "the name of a field, 1 to \(RecordLimits.fieldNameLimitBytes) bytes"
        serve.maskedFields =
            (texts(table, "mask", field) {
                (1...RecordLimits.fieldNameLimitBytes).contains($0.utf8.count) && !$0.hasControlCharacters
            } ?? []).map(\.value)
        if !serve.isLoopback, table["tls"] == nil, !serve.isPlain, let place = table["listen"]?.place {
            collector.report(
                place,
                "other machines reach \(serve.listen), so `serve` needs `tls`, or `plain: true` where something in front of it does that"
            )
        }
        return serve
    }

    private func tls(_ node: YAMLNode) -> ServeSettings.TLS? {
        guard let table = node.table("`tls`", keys: ["certificate", "key"], collector) else { return nil }
        for (key, other) in [("certificate", "key"), ("key", "certificate")] where table[key] == nil {
            let why = table[other] == nil ? "" : ": both files are needed"
            collector.report((table[other] ?? node).place, "`\(key)` is missing in `tls`\(why)")
        }
        let certificate = path(table, "certificate")
        let key = path(table, "key")
        guard let certificate, let key else { return nil }
        return ServeSettings.TLS(certificate: certificate, key: key)
    }

    func readSecret(_ entry: YAMLEntry, into settings: inout Settings) {
        guard isName(entry.key, of: "a secret") else { return }
        let what = "`\(entry.key.value.withoutQuotes)`"
        guard let secret = secret(entry.value, what, among: ["hosts", "plugins"]),
            case .table(let entries) = entry.value.content
        else { return }
        let table = YAMLTable(entries: entries, collector: collector)
        let hosts = texts(table, "hosts", Host.rule, where: Host.isName)
        let plugins = texts(table, "plugins", "the name of a plugin", where: PluginName.isName)
        for (key, found) in [("hosts", hosts), ("plugins", plugins)]
        where table[key] == nil || found?.isEmpty == true && table[key]?.isEmptyList == true {
            collector.report(
                (table[key]?.place ?? entry.key.place),
                "\(what) is of no use without `\(key)`: name those that it is granted to")
        }
        settings.secrets[entry.key.value] = GrantedSecret(
            secret: secret, hosts: (hosts ?? []).map(\.value), plugins: (plugins ?? []).map(\.value))
        settings.secretPlaces += plugins ?? []
    }

    func retention(_ table: YAMLTable) -> Settings.Retention {
        var retention = Settings.Retention()
        retention.history = time(table, "history", Settings.retentionRange, like: "3y")
        retention.deliveries = time(table, "deliveries", Settings.retentionRange, like: "90d")
        retention.incidents = time(table, "incidents", Settings.retentionRange, like: "1y")
        retention.ids = time(table, "ids", Settings.idRetentionRange, like: "90d")
        return retention
    }
}

extension YAMLNode {
    /// Whether it is a list without an item.
    fileprivate var isEmptyList: Bool {
        if case .list(let items) = content { items.isEmpty } else { isNull }
    }
}
