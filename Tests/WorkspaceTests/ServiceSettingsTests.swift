import Journeys
import TestKit
import Testing
import Values
import Workspace

@Suite("Settings of the service and of deliveries")
struct ServiceSettingsTests {
    private func mistakes(_ text: String) -> [String] {
        SettingsFile(Array(text.utf8)).mistakes.map {
            String($0.description.dropFirst("signalbox.yaml:".utf8.count))
        }
    }

    @Test("nothing means the defaults")
    func defaults() {
        let settings = SettingsFile(Array("deliver:\nserve:\nsecrets:\nretention: {}\n".utf8)).settings
        #expect(settings.deliver == DeliverySettings())
        #expect(settings.serve == ServeSettings())
        #expect(settings.serve.listen == "127.0.0.1:8484")
        #expect(settings.serve.stopWithin == .seconds(10) && settings.serve.rate == 1_000)
        #expect(settings.secrets == [:])
        #expect(settings.zone == "UTC")
        #expect(settings.retention == Settings.Retention())
    }

    @Test("everything of deliveries that can be set is read")
    func deliveries() {
        let file = SettingsFile(
            Array(
                """
                deliver:
                  email:
                    by: smtp
                    from: office@example.com
                    smtp: { host: mail.example.com, port: 465, tls: tls, user: office, password: { env: SMTP_PASSWORD } }
                    repeat_unknown: true
                    unsubscribe: https://example.com/bye
                  webhooks:
                    crm: { url: "https://crm.example.com:8443/hook?x=1", secret: { file: /run/secrets/crm }, events: [ step.close, map.*, scoring.done ] }
                    old-one: { url: "http://[::1]/hook", secret: [ { env: ONE }, { file: two } ] }
                  http: { private: [ crm.internal, 10.0.0.7 ] }
                  retry: { first: 1m, longest: 2h, deadline: 1 day }
                """.utf8))
        #expect(file.mistakes == [])
        var deliver = DeliverySettings()
        deliver.email.by = .smtp
        deliver.email.from = "office@example.com"
        var smtp = DeliverySettings.SMTP(host: "mail.example.com")
        smtp.port = 465
        smtp.tls = .tls
        smtp.user = "office"
        smtp.password = .environment("SMTP_PASSWORD")
        deliver.email.smtp = smtp
        deliver.email.repeatsUnknown = true
        deliver.email.unsubscribe = "https://example.com/bye"
        var crm = DeliverySettings.Webhook(
            url: "https://crm.example.com:8443/hook?x=1", secrets: [.file("/run/secrets/crm")])
        crm.events = ["step.close", "map.*", "scoring.done"]
        deliver.webhooks = [
            "crm": crm,
            "old-one": DeliverySettings.Webhook(
                url: "http://[::1]/hook", secrets: [.environment("ONE"), .file("two")]),
        ]
        deliver.privateHosts = ["crm.internal", "10.0.0.7"]
        deliver.retry.first = .seconds(60)
        deliver.retry.longest = .seconds(7_200)
        deliver.retry.deadline = .seconds(86_400)
        #expect(file.settings.deliver == deliver)
    }

    @Test("everything of the service that can be set is read")
    func service() {
        let file = SettingsFile(
            Array(
                """
                serve:
                  listen: 0.0.0.0:80
                  hosts: [ crm.example.com ]
                  tls: { certificate: tls/crm.pem, key: /etc/crm.key }
                  plain: false
                  stop_within: 1m 30s
                  rate: 5
                  mask: [ email, phone ]
                secrets: { slack: { env: SLACK_TOKEN, hosts: [ hooks.example.com ], plugins: [ greeting, note ] } }
                zone: Europe/Berlin
                retention: { history: 3y, deliveries: 90d, incidents: 1 year, ids: 30d }
                """.utf8))
        #expect(file.mistakes == [])
        var serve = ServeSettings()
        serve.host = "0.0.0.0"
        serve.port = 80
        serve.hosts = ["crm.example.com"]
        serve.tls = ServeSettings.TLS(certificate: "tls/crm.pem", key: "/etc/crm.key")
        serve.stopWithin = .seconds(90)
        serve.rate = 5
        serve.maskedFields = ["email", "phone"]
        #expect(file.settings.serve == serve)
        #expect(
            file.settings.secrets == [
                "slack": GrantedSecret(
                    secret: .environment("SLACK_TOKEN"), hosts: ["hooks.example.com"],
                    plugins: ["greeting", "note"])
            ])
        #expect(file.settings.zone == "Europe/Berlin")
        let day = 86_400
        #expect(file.settings.retention.history == .seconds(3 * 365 * day))
        #expect(file.settings.retention.deliveries == .seconds(90 * day))
        #expect(file.settings.retention.incidents == .seconds(365 * day))
        #expect(file.settings.retention.ids == .seconds(30 * day))
    }

    @Test("every mistake of deliveries is reported in one go")
    func deliveryMistakes() {
        let found = mistakes(
            """
            deliver:
              email:
                by: smtp
                smtp: { port: 0, tls: no, user: office }
                repeat_unknown: maybe
                unsubscribe: nobody
                form: x
              webhooks:
                CRM: {}
                a: { secret: hunter2 }
                b: { url: "ftp://x.org/", secret: [ { env: A } , { env: B }, { env: C } ], events: [ step.shut, delivery, step.close, step.close ] }
                c: { url: "https://u:hunter2@x.org/", secret: { env: "hunter 2" } }
                d: { url: "https://x.org/", secret: { env: A, file: b } }
                e: { url: "https://x.org/", secret: {} }
              http: { private: [ Crm.Internal, "a:80" ] }
              retry: { first: 2h, longest: 1h, deadline: 1h }
            """)
        let expected = [
            "3:9: `by: smtp` needs `from`, the address that letters come from",
            "4:11: `host` is missing in `smtp`: expected the name of a host in small letters, or an IPv4 address",
            "4:19: `port` must be a whole number from 1 to 65535, not \"0\"",
            "4:27: `tls` must be `starttls`, `tls` or `off`, not \"no\"",
            "4:37: `user` needs a `password`, `{ env: NAME }` or `{ file: PATH }`",
            "5:21: `repeat_unknown` must be true or false, not \"maybe\"",
            "6:18: `unsubscribe` must be an email address or a URL that begins with https:// or http://, without a user, a password or a fragment, not \"nobody\"",
            "7:5: unknown key `form` in `email`; known here: by, from, repeat_unknown, smtp, unsubscribe; did you mean \"from\"?",
            "9:5: \"CRM\" is not a name of an endpoint: small letters, digits, _ and -, a letter or digit first, at most 64 bytes",
            "10:5: `url` is missing in `a`",
            "10:18: `secret` must say where the secret is kept, `{ env: NAME }` or `{ file: PATH }`; a secret is not written into this file",
            "11:15: `url` must be a URL that begins with https:// or http://, without a user, a password or a fragment",
            "11:39: `secret` must be one secret, or a list of two while one is replaced",
            "11:90: an item of `events` must be the name of an event, such as `step.close`, `step.*` or `PLUGIN.NAME`, not \"step.shut\"",
            "11:101: an item of `events` must be the name of an event, such as `step.close`, `step.*` or `PLUGIN.NAME`, not \"delivery\"",
            "11:123: \"step.close\" appears twice in `events`",
            "12:15: `url` must be a URL that begins with https:// or http://, without a user, a password or a fragment",
            "12:58: `env` must be the name of an environment variable: letters, digits and _",
            "13:41: `secret` must have one of `env` and `file`, not both",
            "14:41: `secret` must have `env` or `file`, which say where it is kept",
            "15:22: an item of `private` must be the name of a host in small letters, or an IPv4 address, not \"Crm.Internal\"",
            "15:36: an item of `private` must be the name of a host in small letters, or an IPv4 address, not \"a:80\"",
            "16:32: the longest pause, 1h, is shorter than the first, 2h",
            "16:46: the deadline, 1h, is over before the first pause, 2h",
        ]
        for (found, expected) in zip(found, expected) { #expect(found == expected) }
        #expect(found.count == expected.count)
        #expect(!found.joined().contains("hunter"))
        #expect(
            mistakes("deliver: { email: { by: smtp, from: a@b@c } }") == [
                "1:25: `by: smtp` needs `smtp` with the `host` of a mail server",
                "1:37: `from` must be an email address, not \"a@b@c\"",
            ])
        #expect(
            mistakes("deliver: { email: { smtp: { host: h, password: hunter2 } } }") == [
                "1:48: `password` must say where the secret is kept, `{ env: NAME }` or `{ file: PATH }`; a secret is not written into this file",
                "1:48: `password` needs a `user`",
            ])
    }

    @Test("every mistake of the service is reported in one go")
    func serviceMistakes() {
        let found = mistakes(
            """
            serve: { listen: "8484", tls: { key: a.pem }, stop_within: 11m, rate: 0, mask: [ "" ], plane: true }
            secrets:
              one: hunter2
              two: { env: TWO }
              three: { file: three, hosts: [], plugins: [ Greeting ] }
              four: { env: FOUR, host: x.org, hosts: [ x.org ], plugins: [ note ] }
            zone: Mars/Phobos
            retention: { history: 1h, deliveries: 101y, incidents: 99999999999999999999y, ids: 29d, leads: 1y }
            """)
        let expected = [
            "1:18: `listen` must be HOST:PORT, such as `127.0.0.1:8484` or `[::1]:8484`, not \"8484\"",
            "1:38: `certificate` is missing in `tls`: both files are needed",
            "1:60: `stop_within` must be a time from 1s to 10m, such as `10s`, not \"11m\"",
            "1:71: `rate` must be a whole number from 1 to 1000000, not \"0\"",
            "1:82: an item of `mask` must be the name of a field, 1 to 128 bytes, not \"\"",
            "1:88: unknown key `plane` in `serve`; known here: hosts, listen, mask, plain, rate, stop_within, tls",
            "3:8: `one` must say where the secret is kept, `{ env: NAME }` or `{ file: PATH }`; a secret is not written into this file",
            "4:3: `two` is of no use without `hosts`: name those that it is granted to",
            "4:3: `two` is of no use without `plugins`: name those that it is granted to",
            "5:32: `three` is of no use without `hosts`: name those that it is granted to",
            "5:47: an item of `plugins` must be the name of a plugin, not \"Greeting\"",
            "6:22: unknown key `host` in `four`; known here: env, file, hosts, plugins; did you mean \"hosts\"?",
            "7:7: there is no time zone \"Mars/Phobos\"; expected an IANA name such as `Europe/Berlin`",
            "8:23: `history` must be a time from 1d to 100y, such as `3y`, not \"1h\"",
            "8:39: `deliveries` must be a time from 1d to 100y, such as `90d`, not \"101y\"",
            "8:56: `incidents` must be a time from 1d to 100y, such as `1y`, not \"99999999999999999999y\"",
            "8:84: `ids` must be a time from 30d to 100y, such as `90d`, not \"29d\"",
            "8:89: unknown key `leads` in `retention`; known here: deliveries, history, ids, incidents",
        ]
        for (found, expected) in zip(found, expected) { #expect(found == expected) }
        #expect(found.count == expected.count)
        #expect(!found.joined().contains("hunter"))
    }

    @Test(
        "an address that other machines reach needs TLS, or the word that it is plain",
        arguments: [
            "0.0.0.0", "192.168.1.2", "crm.example.com", "[::]", "[::ffff:127.0.0.1]", "127.evil.org",
        ])
    func reached(host: String) {
        let expected =
            "1:18: other machines reach \(host):8484, so `serve` needs `tls`, or `plain: true` where something in front of it does that"
        #expect(mistakes("serve: { listen: \"\(host):8484\" }") == [expected])
        #expect(mistakes("serve: { listen: \"\(host):8484\", plain: true }") == [])
        #expect(mistakes("serve: { listen: \"\(host):8484\", tls: { certificate: a, key: b } }") == [])
    }

    @Test(
        "an address that this machine alone reaches needs nothing",
        arguments: ["127.0.0.1", "127.8.9.1", "localhost", "[::1]", "[0:0:0:0:0:0:0:1]"])
    func loopback(host: String) {
        let file = SettingsFile(Array("serve: { listen: \"\(host):1\" }".utf8))
        #expect(file.mistakes == [])
        #expect(file.settings.serve.isLoopback)
        #expect(file.settings.serve.listen == "\(host):1")
    }

    @Test("port 0 is any that is free")
    func freePort() { #expect(mistakes("serve: { listen: 127.0.0.1:0 }") == []) }

    @Test(
        "what is not an address with a port is a mistake",
        arguments: [
            "localhost", "localhost:", ":80", "10.0.0.256:80", "1:80", "localhost:65536", "localhost:+1",
            "::1:80",
            "[::g]:80", "a b:80", "-a:80", "A:80", "localhost:99999999999999999999",
        ])
    func addresses(text: String) {
        #expect(mistakes("serve: { listen: \"\(text)\" }").count == 1)
    }

    @Test(
        "a zone is one that the machine has",
        arguments: [
            ("UTC", true), ("Europe/Berlin", true), ("America/Argentina/Ushuaia", true), ("Etc/GMT+3", true),
            ("Europe", false), ("../zoneinfo/UTC", false), ("Europe//Berlin", false), ("/etc/passwd", false),
            ("localtime", false), ("right/UTC", false), ("tzdata.zi", false), ("", false),
        ])
    func zones(name: String, isKnown: Bool) {
        #expect(mistakes("zone: \"\(name)\"").isEmpty == isKnown)
    }
}
