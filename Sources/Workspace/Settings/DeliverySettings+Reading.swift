import Journeys
import Plugins
import Values

/// `deliver`.
extension SettingsReader {
    func deliver(_ table: YAMLTable) -> DeliverySettings {
        var deliver = DeliverySettings()
        if let email = table.table(
            "email", keys: ["by", "from", "smtp", "repeat_unknown", "unsubscribe"])
        {
            deliver.email = self.email(email)
        }
        for entry in table.entries("webhooks") ?? [] {
            guard isName(entry.key, of: "an endpoint") else { continue }
            deliver.webhooks[entry.key.value] = webhook(entry)
        }
        if let http = table.table("http", keys: ["private"]) {
            deliver.privateHosts = (texts(http, "private", Host.rule, where: Host.isName) ?? []).map(\.value)
        }
        if let retry = table.table("retry", keys: ["first", "longest", "deadline"]) {
            deliver.retry = self.retry(retry)
        }
        return deliver
    }

    // MARK: Mail

    private func email(_ table: YAMLTable) -> DeliverySettings.Email {
        var email = DeliverySettings.Email()
        email.by = choice(table, "by", of: DeliverySettings.Way.self) ?? email.by
        email.from = text(table, "from", "an email address", where: EmailAddress.isValid)
        email.smtp = table["smtp"].flatMap { smtp($0) }
        email.repeatsUnknown = table.bool("repeat_unknown")?.value ?? false
        email.unsubscribe = text(table, "unsubscribe", "an email address or \(WebAddress.rule)") {
            EmailAddress.isValid($0) || WebAddress.isValid($0)
        }
        if email.by == .smtp, let place = table["by"]?.place {
            if table["smtp"] == nil {
                collector.report(place, "`by: smtp` needs `smtp` with the `host` of a mail server")
            }
            if table["from"] == nil {
                collector.report(place, "`by: smtp` needs `from`, the address that letters come from")
            }
        }
        return email
    }

    private func smtp(_ node: YAMLNode) -> DeliverySettings.SMTP? {
        guard let table = node.table("`smtp`", keys: ["host", "port", "tls", "user", "password"], collector)
        else { return nil }
        if table["host"] == nil {
            collector.report(node.place, "`host` is missing in `smtp`: expected \(Host.rule)")
        }
        let host = text(table, "host", Host.rule, where: Host.isName)
        var smtp = DeliverySettings.SMTP(host: host ?? "")
        smtp.port = table.integer("port", Settings.portRange) ?? smtp.port
        smtp.tls = choice(table, "tls", of: DeliverySettings.TLS.self) ?? smtp.tls
        smtp.user = text(table, "user", "a name of 1 to 256 bytes without control characters") {
            (1...256).contains($0.utf8.count) && !$0.hasControlCharacters
        }
        smtp.password = table["password"].flatMap { secret($0, "`password`") }
        if let user = table["user"], table["password"] == nil {
            collector.report(user.place, "`user` needs a `password`, `{ env: NAME }` or `{ file: PATH }`")
        }
        if let password = table["password"], table["user"] == nil {
            collector.report(password.place, "`password` needs a `user`")
        }
        return host == nil ? nil : smtp
    }

    // MARK: Webhooks

    private func webhook(_ entry: YAMLEntry) -> DeliverySettings.Webhook? {
        let what = "`\(entry.key.value.withoutQuotes)`"
        guard let table = entry.value.table(what, keys: ["url", "secret", "events"], collector) else {
            return nil
        }
        for key in ["url", "secret"] where table[key] == nil {
            collector.report(entry.key.place, "`\(key)` is missing in \(what)")
        }
        let url = webAddress(table, "url")
        let secrets = table["secret"].map { self.secrets($0) } ?? []
        let events = texts(
            table, "events", "the name of an event, such as `step.close`, `step.*` or `PLUGIN.NAME`",
            where: { Subscription.Pattern($0) != nil })
        guard let url, !secrets.isEmpty else { return nil }
        var webhook = DeliverySettings.Webhook(url: url, secrets: secrets)
        webhook.events = (events ?? []).map(\.value)
        return webhook
    }

    /// A URL may hold a password where it must not, so the message does not repeat it.
    private func webAddress(_ table: YAMLTable, _ key: String) -> String? {
        guard let text = table.text(key) else { return nil }
        if WebAddress.isValid(text.value) { return text.value }
        collector.report(text.place, "`\(key)` must be \(WebAddress.rule)")
        return nil
    }

    private func secrets(_ node: YAMLNode) -> [Secret] {
        guard case .list(let items) = node.content else {
            return secret(node, "`secret`").map { [$0] } ?? []
        }
        guard (1...2).contains(items.count) else {
            collector.report(
                node.place, "`secret` must be one secret, or a list of two while one is replaced")
            return []
        }
        return items.compactMap { secret($0, "an item of `secret`") }
    }

    // MARK: Attempts

    private func retry(_ table: YAMLTable) -> DeliverySettings.Retry {
        var retry = DeliverySettings.Retry()
        retry.first = time(table, "first", Settings.firstRetryRange, like: "30s") ?? retry.first
        retry.longest = time(table, "longest", Settings.longestRetryRange, like: "6h") ?? retry.longest
        retry.deadline = time(table, "deadline", Settings.deliveryDeadlineRange, like: "3d") ?? retry.deadline
        if retry.longest < retry.first, let place = (table["longest"] ?? table["first"])?.place {
            collector.report(
                place,
                "the longest pause, \(retry.longest.settingText), is shorter than the first, \(retry.first.settingText)"
            )
        }
        if retry.deadline < retry.first, let place = (table["deadline"] ?? table["first"])?.place {
            collector.report(
                place,
                "the deadline, \(retry.deadline.settingText), is over before the first pause, \(retry.first.settingText)"
            )
        }
        return retry
    }
}

extension Duration {
    /// As an operator would write it.
    var settingText: String { SettingTime.text(wholeMilliseconds) }
}
