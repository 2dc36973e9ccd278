import Foundation
import Journeys
import TestKit
import Testing
import Values

@testable import Workspace

@Suite("Settings from the environment")
struct SettingsEnvironmentTests {
    private func read(_ text: String = "", _ environment: [String: String]) -> SettingsFile {
        SettingsFile(Array(text.utf8), environment: environment)
    }

    @Test("a variable goes before the file, in every form")
    func forms() {
        let file = read(
            "lanes: 2\nserve: { rate: 7, hosts: [ a.org ] }\nlimits: { field: 2KiB }\ndeliver:\n",
            [
                "SIGNALBOX_LANES": "auto", "SIGNALBOX_SERVE_HOSTS": "b.org, c.org",
                "SIGNALBOX_SERVE_MASK": "", "SIGNALBOX_SERVE_LISTEN": "[::1]:99",
                "SIGNALBOX_LIMITS_FIELD": "4KiB", "SIGNALBOX_LIMITS_MOMENT_CALLS": "9",
                "SIGNALBOX_DELIVER_EMAIL_BY": "off", "SIGNALBOX_DELIVER_EMAIL_REPEAT_UNKNOWN": "true",
                "SIGNALBOX_DELIVER_RETRY_FIRST": "5s", "SIGNALBOX_STORE": "012", "PATH": "/bin",
                "SIGNALBOX_PLUGINS_LIMITS_INSTRUCTIONS": "none",
            ])
        #expect(file.mistakes == [])
        let settings = file.settings
        #expect(settings.lanes == nil)
        #expect(settings.serve.hosts == ["b.org", "c.org"])
        #expect(settings.serve.maskedFields == [])
        #expect(settings.serve.rate == 7)
        #expect(settings.serve.listen == "[::1]:99")
        #expect(settings.limits.fieldBytes == 4 << 10)
        #expect(settings.momentLimits.calls == 9)
        #expect(settings.deliver.email.by == .off)
        #expect(settings.deliver.email.repeatsUnknown)
        #expect(settings.deliver.retry.first == .seconds(5))
        #expect(settings.store == "012")
        #expect(settings.plugins.limits.instructions == Settings.LimitChanges.Instructions.none)
    }

    @Test("a mistake names the variable, and what must fit together is checked with it")
    func mistakes() {
        let file = read(
            "serve: { plain: false }\nlanes: 2\n",
            [
                "SIGNALBOX_LANES": "many", "SIGNALBOX_LIMITS_LINE": "1", "SIGNALBOX_STORE": "",
                "SIGNALBOX_SERVE_LISTEN": "0.0.0.0:80", "SIGNALBOX_SERVE_RATE": "",
                "SIGNALBOX_SERVE_HOSTS": "a.org,,B.org", "SIGNALBOX_DELIVER_EMAIL_BY": "smtp",
            ])
        #expect(
            file.mistakes.map(\.description) == [
                "SIGNALBOX_DELIVER_EMAIL_BY: `by: smtp` needs `from`, the address that letters come from",
                "SIGNALBOX_DELIVER_EMAIL_BY: `by: smtp` needs `smtp` with the `host` of a mail server",
                "SIGNALBOX_LANES: `lanes` must be a whole number from 1 to 1024 or `auto`, not \"many\"",
                "SIGNALBOX_LIMITS_LINE: `line` must be a size from 1KiB to 256MiB, such as `64KiB`, not \"1\"",
                "SIGNALBOX_SERVE_HOSTS: an item of `hosts` must be the name of a host in small letters, or an IPv4 address, not \"\"",
                "SIGNALBOX_SERVE_HOSTS: an item of `hosts` must be the name of a host in small letters, or an IPv4 address, not \"B.org\"",
                "SIGNALBOX_SERVE_LISTEN: other machines reach 0.0.0.0:80, so `serve` needs `tls`, or `plain: true` where something in front of it does that",
                "SIGNALBOX_SERVE_RATE: `rate` must be a whole number from 1 to 1000000, not nothing",
                "SIGNALBOX_STORE: `store` must be a path, not \"\"",
            ])
    }

    @Test("where a secret is kept takes the place of what the file says about it")
    func secrets() {
        let text = "deliver: { email: { smtp: { host: h, user: u, password: { file: a } } } }"
        let one = read(text, ["SIGNALBOX_DELIVER_EMAIL_SMTP_PASSWORD_ENV": "SIGNALBOX_SMTP_PASSWORD"])
        #expect(one.mistakes == [])
        #expect(one.settings.deliver.email.smtp?.password == .environment("SIGNALBOX_SMTP_PASSWORD"))
        let both = read(
            text,
            [
                "SIGNALBOX_DELIVER_EMAIL_SMTP_PASSWORD_ENV": "A",
                "SIGNALBOX_DELIVER_EMAIL_SMTP_PASSWORD_FILE": "b",
            ])
        #expect(both.mistakes.map(\.message) == ["`password` must have one of `env` and `file`, not both"])
        let bare = read(
            "deliver: { email: { smtp: { host: h, user: u, password: hunter2 } } }",
            ["SIGNALBOX_DELIVER_EMAIL_SMTP_PASSWORD_FILE": "/run/secrets/smtp"])
        #expect(bare.mistakes.count == 1)
        #expect(!"\(bare.mistakes)".contains("hunter2"))
    }

    @Test("a variable that is not a setting is a mistake with the nearest name")
    func unknown() {
        let file = read(
            "secrets: { s: { env: SIGNALBOX_MY_TOKEN, hosts: [ a.org ], plugins: [ p ] } }",
            [
                "SIGNALBOX_SERVE_LISTN": "x", "SIGNALBOX_PLUGINS_EACH_NOTE_SETTINGS_A": "x",
                "SIGNALBOX_MY_TOKEN": "hunter2", "SIGNALBOX_WORKSPACE": "/x", "SIGNALBOX_SEED": "1",
                "SIGNALBOX_LONG_TESTS": "1", "SIGNALBOX_STORE_LIMITS": "1,1,1", "SIGNALBOXED": "x",
            ])
        let rule =
            "no setting has this variable; its name must be `SIGNALBOX_` and the name of a setting in capitals, with _ for each dot"
        #expect(
            file.mistakes.map(\.description) == [
                "SIGNALBOX_PLUGINS_EACH_NOTE_SETTINGS_A: \(rule)",
                "SIGNALBOX_SERVE_LISTN: \(rule); did you mean \"SIGNALBOX_SERVE_LISTEN\"?",
            ])
    }

    @Test("the scripts set no variable that the programs which their tests start would refuse")
    func scripts() throws {
        let folder = URL(filePath: #filePath).appending(path: "../../../scripts").standardized
        var found: Set<String> = []
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            guard let text = try? String(contentsOf: folder.appending(path: path), encoding: .utf8) else {
                continue
            }
            found.formUnion(text.matches(of: /SIGNALBOX_[A-Z_]+/).map { String($0.output) })
        }
        #expect(found.contains("SIGNALBOX_LONG_TESTS"))
        #expect(found.subtracting(SettingsEnvironment.others.keys) == [])
    }

    @Test("variables hold without a file, and in every generation that follows")
    func generations() throws {
        let environment = ["SIGNALBOX_LANES": "3", "SIGNALBOX_LIMITS_FIELD": "2KiB"]
        var tree = MemoryTree(["maps/m.yaml": "map: m\ntracks: [ { track: t, steps: [ { step: s } ] } ]\n"])
        let first = try Generation(reading: tree, environment: environment)
        #expect(first.settings.lanes == 3)
        tree.put("signalbox.yaml", "lanes: 1\nstore: other.db\n")
        let next = Generation(reading: tree, after: first)
        #expect(next.settings.lanes == 3 && next.settings.store == "other.db")
        #expect(next.settings.limits.fieldBytes == 2 << 10)
        #expect(WorkspaceCheck(reading: tree, environment: ["SIGNALBOX_X": ""]).mistakes.count == 1)
        #expect(throws: Mistakes.self) { try Settings(reading: tree, environment: ["SIGNALBOX_X": ""]) }
    }

    @Test("every name is one setting's, and none is another variable's")
    func names() {
        let names = SettingKey.all.map(\.variable)
        #expect(Set(names).count == names.count)
        #expect(Set(names).isDisjoint(with: SettingsEnvironment.others.keys))
        #expect(names.contains("SIGNALBOX_DELIVER_EMAIL_REPEAT_UNKNOWN"))
    }

    @Test("each range is the reader's own: its ends are read, what is beyond them is a mistake")
    func ranges() {
        var checked = 0
        for key in SettingKey.all {
            var good: [String] = []
            var bad: [String] = []
            switch key.form {
            case .count(let range, let word):
                good = ["\(range.lowerBound)", "\(range.upperBound)"] + (word.map { [$0] } ?? [])
                bad = ["\(range.lowerBound - 1)", "\(range.upperBound + 1)", "99999999999999999999", "few"]
            case .size(let range):
                good = [ByteSize.text(range.lowerBound), ByteSize.text(range.upperBound)]
                bad = ["\(range.lowerBound - 1)", "\(range.upperBound + 1)", "9223372036854775807GiB"]
            case .time(let range):
                good = [SettingTime.text(range.lowerBound), SettingTime.text(range.upperBound)]
                bad = [
                    "\(range.lowerBound - 1)ms", "\(range.upperBound + 1)ms", "9223372036854775807y", "1mo",
                ]
            case .choice(let words):
                good = words
                bad = ["other", ""]
            case .flag:
                good = ["true", "false"]
                bad = ["yes", ""]
            case .text, .list, .secret: continue
            }
            checked += 1
            for text in good {
                let file = read("", [key.variable: text])
                // What does not fit another setting is a mistake of its own.
                #expect(!file.mistakes.contains { $0.message.contains("must be") }, "\(key.path): \(text)")
            }
            for text in bad {
                let file = read("", [key.variable: text])
                #expect(
                    file.mistakes.contains {
                        $0.place.file == key.variable && $0.message.contains("must be")
                    }, "\(key.path): \(text)")
            }
        }
        #expect(checked == 28)
    }

    @Test("the entries are all settings, each with its value and where that came from")
    func entries() {
        let text = """
            plugins:
              grant: { note: [ email ] }
              each: { note: { settings: { token: 012, tags: [ a, b ], deep: [ { x: 1 } ] } } }
            deliver:
              webhooks: { crm: { url: "https://x.org/", secret: [ { env: A }, { file: b } ] } }
            secrets: { s: { env: TOKEN, hosts: [ a.org ], plugins: [ p ] } }
            lanes: 2
            """
        let file = read(text, ["SIGNALBOX_SERVE_RATE": "3"])
        #expect(file.mistakes == [])
        let entries = file.entries
        func shown(_ path: String) -> String {
            entries.filter { $0.path == path }.map { "\($0.text) \($0.origin)" }.joined()
        }
        func inFile(_ line: Int, _ column: Int) -> String {
            "\(SettingEntry.Origin.file(FilePlace(file: "signalbox.yaml", line: line, column: column)))"
        }
        #expect(shown("lanes") == "2 \(inFile(7, 8))")
        #expect(shown("serve.rate") == "3 \(SettingEntry.Origin.environment("SIGNALBOX_SERVE_RATE"))")
        #expect(shown("store") == "data/signalbox.db \(SettingEntry.Origin.standard)")
        #expect(shown("plugins.grant") == "")
        #expect(shown("plugins.grant.note") == "email \(inFile(2, 18))")
        #expect(shown("plugins.each.note.settings.token").hasPrefix("012 "))
        #expect(shown("plugins.each.note.settings.tags").hasPrefix("a, b "))
        #expect(shown("plugins.each.note.settings.deep.1.x").hasPrefix("1 "))
        #expect(shown("deliver.webhooks.crm.secret.1.env").hasPrefix("A "))
        #expect(shown("deliver.webhooks.crm.secret.2.file").hasPrefix("b "))
        #expect(shown("secrets.s.env").hasPrefix("TOKEN "))
        #expect(shown("retention.ids") == "none \(SettingEntry.Origin.standard)")
        let own = entries.filter { entry in SettingKey.all.contains { $0.path == entry.path } }
        #expect(own.count == SettingKey.all.count - 1)
        #expect(entries.count == own.count + 10)
    }
}
