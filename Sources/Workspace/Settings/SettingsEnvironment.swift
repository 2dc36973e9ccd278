import Journeys
import Plugins
import Values

/// The environment variables that give settings.
package struct SettingsEnvironment: Sendable {
    /// Every variable whose name begins so is for this program.
    package static let prefix = "SIGNALBOX_"

    /// Those that are not settings, with what each is for.
    package static let others = [
        "SIGNALBOX_WORKSPACE": "the workspace's folder, where `-w` does not name it",
        "SIGNALBOX_STORE_LIMITS": "how the store keeps records, for tests of it",
        "SIGNALBOX_LONG_TESTS": "lets the tests take their full time",
        "SIGNALBOX_SEED": "the seed of tests that draw their input",
    ]

    /// By name, those with ``prefix`` alone.
    private let variables: [ExactText: String]

    init(_ environment: [String: String]) {
        variables = Dictionary(
            environment.filter { $0.key.utf8.starts(with: Self.prefix.utf8) }.map {
                (ExactText($0.key), $0.value)
            }, uniquingKeysWith: { first, _ in first })
    }

    /// The tree with the variables' values in the places of their settings. Each is named in mistakes as if it were
    /// a file. Nil where there is neither a tree nor such a variable.
    func put(over root: YAMLNode?) -> YAMLNode? {
        var root = root
        for key in SettingKey.all {
            guard let value = variables[ExactText(key.variable)] else { continue }
            let place = FilePlace(wholeFile: key.variable)
            root = Self.put(key.node(value, at: place), at: key.parts[...], of: root, replacing: key.isSecret)
        }
        return root
    }

    /// - Parameter isAlone: whether it takes the place of everything beside it that a file says.
    private static func put(
        _ value: YAMLNode, at path: ArraySlice<String>, of node: YAMLNode?, replacing isAlone: Bool
    ) -> YAMLNode {
        guard let key = path.first else { return value }
        var entries: [YAMLEntry] = []
        let isLast = path.count == 1
        switch node?.content {
        case nil: break
        case .table(let found)?: entries = found
        case .scalar?, .list?, .unreadable?:
            // What is not a table is a mistake, which its reader reports.
            if let node, !node.isNull { return node }
        }
        if isLast, isAlone {
            entries.removeAll { !$0.key.place.file.utf8.starts(with: prefix.utf8) }
        }
        let index = entries.firstIndex { sameBytes($0.key.value, key) }
        let inner = put(value, at: path.dropFirst(), of: index.map { entries[$0].value }, replacing: isAlone)
        let entry = YAMLEntry(
            key: index.map { entries[$0].key } ?? Placed(key, at: value.place), value: inner)
        if let index { entries[index] = entry } else { entries.append(entry) }
        return YAMLNode(place: node?.place ?? value.place, content: .table(entries))
    }

    /// Reports the variables that mean nothing; those in which the settings keep secrets do.
    func reportUnknown(knowing settings: Settings, _ collector: MistakeCollector) {
        let known = SettingKey.all.map(\.variable) + Self.others.keys.sorted()
        let meant = Set((known + settings.secretVariables).map { ExactText($0) })
        for name in variables.keys.map(\.text).sorted(by: { compareBytes($0, $1) < 0 })
        where !meant.contains(ExactText(name)) {
            collector.report(
                FilePlace(wholeFile: name.printable),
                "no setting has this variable; its name must be `SIGNALBOX_` and the name of a setting in capitals, with _ for each dot\(suggestion(for: name, among: known))"
            )
        }
    }
}

extension SettingKey {
    fileprivate var isSecret: Bool { if case .secret = form { true } else { false } }

    /// What a variable says, as if a file said it.
    fileprivate func node(_ text: String, at place: FilePlace) -> YAMLNode {
        switch form {
        case .text, .choice, .secret: return YAMLNode(place: place, content: .scalar(text, isPlain: false))
        case .flag, .count, .size, .time:
            return YAMLNode(place: place, content: .scalar(text, isPlain: true))
        case .list:
            let items = text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false)
            return YAMLNode(
                place: place,
                content: .list(
                    items.map { item in
                        let start = item.drop { $0 == " " }
                        let trimmed = start.reversed().drop { $0 == " " }.reversed()
                        return YAMLNode(place: place, content: .scalar(String(trimmed), isPlain: false))
                    }))
        }
    }
}

extension Settings {
    /// The variables in which secrets are kept.
    fileprivate var secretVariables: [String] {
        let all =
            [deliver.email.smtp?.password].compactMap { $0 } + deliver.webhooks.values.flatMap(\.secrets)
            + secrets.values.map(\.secret)
        return all.compactMap { secret in
            switch secret {
            case .environment(let name): name
            case .file: nil
            }
        }
    }
}
