public import Journeys
public import Values

/// A setting with its value and where that came from.
public struct SettingEntry: Sendable {
    /// `limits.moment.calls`
    public let path: String
    /// `null` for nothing. Sizes and times are texts, and what is under a name that the operator chose is as it
    /// is written. Of a secret it is the variable or the file that keeps it.
    public let value: Value
    public let origin: Origin

    public enum Origin: Sendable, Hashable {
        case standard
        case file(FilePlace)
        /// The variable with this name.
        case environment(String)
    }

    /// The value for people: `none` for nothing, a list with commas.
    public var text: String { SettingKey.text(of: value) }
}

extension SettingsFile {
    /// Every setting: those that have names of their own in the order of their page, and in each part behind them
    /// those that this file names, as it does.
    public var entries: [SettingEntry] {
        var entries: [SettingEntry] = []
        let parts = SettingKey.all.map { $0.parts[0] }
        for part in parts.indices.filter({ $0 == 0 || parts[$0] != parts[$0 - 1] }).map({ parts[$0] }) {
            for key in SettingKey.all where key.parts[0] == part {
                let found = root?.node(at: key.parts[...])
                if case .table(let grants)? = found?.content, !grants.isEmpty { continue }
                entries.append(
                    SettingEntry(
                        path: key.path, value: key.value(settings), origin: Self.origin(found?.place)))
            }
            for path in Self.named where path[0] == part { addNamed(path, to: &entries) }
        }
        for path in Self.named where !parts.contains(path[0]) { addNamed(path, to: &entries) }
        return entries
    }

    /// The tables whose keys are names that operators choose.
    private static let named = [
        ["plugins", "grant"], ["plugins", "each"], ["deliver", "webhooks"], ["secrets"],
    ]

    private func addNamed(_ path: [String], to entries: inout [SettingEntry]) {
        guard let node = root?.node(at: path[...]), case .table = node.content else { return }
        add(node, path.joined(separator: "."), to: &entries)
    }

    /// A list of texts is one setting; the items of any other are numbered. The tree is at most as deep as
    /// ``YAMLDocument/Limits``.
    private func add(_ node: YAMLNode, _ path: String, to entries: inout [SettingEntry]) {
        func one(_ value: Value) {
            entries.append(SettingEntry(path: path, value: value, origin: Self.origin(node.place)))
        }
        switch node.content {
        case .scalar(let text, _): one(node.isNull ? .null : .string(text))
        case .list(let items):
            let texts = items.compactMap { item -> Value? in
                if case .scalar(let text, _) = item.content { .string(text) } else { nil }
            }
            if texts.count == items.count { return one(.list(texts)) }
            for (index, item) in items.enumerated() { add(item, "\(path).\(index + 1)", to: &entries) }
        case .table(let inner):
            for entry in inner { add(entry.value, "\(path).\(entry.key.value)", to: &entries) }
        case .unreadable: break
        }
    }

    private static func origin(_ place: FilePlace?) -> SettingEntry.Origin {
        guard let place else { return .standard }
        return place.line == 0 ? .environment(place.file) : .file(place)
    }
}

extension YAMLNode {
    fileprivate func node(at path: ArraySlice<String>) -> YAMLNode? {
        guard let key = path.first else { return self }
        guard case .table(let entries) = content else { return nil }
        return entries.first { sameBytes($0.key.value, key) }?.value.node(at: path.dropFirst())
    }
}
