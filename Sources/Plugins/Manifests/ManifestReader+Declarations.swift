import Journeys
import LuaSandbox
import Values

// What a plugin says about its parameters and settings.
extension ManifestReader {
    func declarations(_ node: ExportNode?) -> ParameterDeclarations {
        ParameterDeclarations(entries(node).compactMap(namedDeclaration))
    }

    private func namedDeclaration(_ name: String, _ node: ExportNode) -> ParameterDeclaration? {
        if !ParameterDeclaration.isName(name) {
            report(
                node,
                "\(name.quotedForMessage) is not a name of a parameter: \(ParameterDeclaration.nameRule)")
        }
        return declaration(name, node, keys: Self.declarationKeys + ["default", "required"])
    }

    private static let declarationKeys = [
        "type", "enum", "least", "most", "format", "filled", "items", "keys", "summary",
    ]

    private func declaration(_ name: String, _ node: ExportNode, keys: [String]) -> ParameterDeclaration? {
        guard let table = Fields(node, keys: keys, self), let type = type(table) else { return nil }
        let isRequired = table.bool("required") ?? false
        let bare = ParameterDeclaration(name: name, type: type)
        let least = bound(table["least"], bare)
        let most = bound(table["most"], bare)
        if let node = table["least"], let least, let most,
            case .failure = ParameterDeclaration(name: name, type: type, most: most).fit(least)
        {
            report(node, "is more than `most`")
        }
        let allowed = self.allowed(table["enum"], bare)
        let format = self.format(table["format"], bare)
        let isFilled = table.bool("filled") ?? false
        if let node = table["filled"], isFilled, table["format"] == nil {
            report(node, "belongs to a format; without one any string may be filled in")
        }
        let content = content(table, bare)
        let whole = ParameterDeclaration(
            name: name, type: type, allowed: allowed, least: least, most: most, format: format,
            isFilled: isFilled, content: content)
        let defaultValue = self.defaultValue(table["default"], whole)
        if let node = table["default"], isRequired { report(node, "a required parameter needs no default") }
        return ParameterDeclaration(
            name: name, type: type, summary: table.text("summary"), defaultValue: defaultValue,
            isRequired: isRequired, allowed: allowed, least: least, most: most, format: format,
            isFilled: isFilled, content: content)
    }

    private func type(_ table: Fields) -> ParameterDeclaration.Kind? {
        guard let node = table.required("type") else { return nil }
        if case .string(let word) = node.export, let type = ParameterDeclaration.Kind(rawValue: word) {
            return type
        }
        let known = ParameterDeclaration.Kind.allCases.map(\.rawValue)
        report(
            node,
            "\(node.phrase) is not a type; known are \(known.joined(separator: ", "))"
                + suggestion(for: node.export.value?.string ?? "", among: known))
        return nil
    }

    /// What is declared of the inside of a list or a table.
    private func content(_ table: Fields, _ bare: ParameterDeclaration) -> ParameterDeclaration.Content? {
        if let node = table["items"], bare.type != .list {
            report(node, "only a list has items, not \(bare.typePhrase)")
            return nil
        }
        if let node = table["keys"], bare.type != .table {
            report(node, "only a table has keys, not \(bare.typePhrase)")
            return nil
        }
        if let node = table["items"] {
            return declaration("item", node, keys: Self.declarationKeys).map { .items($0) }
        }
        guard let node = table["keys"] else { return nil }
        if case .table(let keys) = node.export, keys.count > ManifestLimits.parameters {
            report(node, "\(keys.count) keys; a table may declare \(ManifestLimits.parameters)")
            return nil
        }
        return .keys(declarations(node))
    }

    private func bound(_ node: ExportNode?, _ bare: ParameterDeclaration) -> Value? {
        guard let node else { return nil }
        guard bare.isOrdered else {
            report(node, "\(bare.typePhrase) has no least and no most; integers, numbers and durations have")
            return nil
        }
        return fit(node, bare)
    }

    private func allowed(_ node: ExportNode?, _ bare: ParameterDeclaration) -> [Value]? {
        guard let node else { return nil }
        guard bare.type != .list, bare.type != .table else {
            report(node, "\(bare.typePhrase) has no enum")
            return nil
        }
        guard case .list(let items) = node.export, !items.isEmpty else {
            mismatch(node, "a list with at least one value")
            return nil
        }
        return self.items(node).compactMap { fit($0, bare) }
    }

    private func format(_ node: ExportNode?, _ bare: ParameterDeclaration) -> ParameterDeclaration.Format? {
        guard let node else { return nil }
        guard bare.type == .string else {
            report(node, "only a string has a format, not \(bare.typePhrase)")
            return nil
        }
        guard case .string(let word) = node.export, let format = ParameterDeclaration.Format(rawValue: word)
        else {
            let known = ParameterDeclaration.Format.allCases.map(\.rawValue).joined(separator: ", ")
            report(node, "\(node.phrase) is not a format; known are \(known)")
            return nil
        }
        return format
    }

    private func defaultValue(_ node: ExportNode?, _ declaration: ParameterDeclaration) -> Value? {
        guard let node else { return nil }
        return fit(node, declaration)
    }

    private func fit(_ node: ExportNode, _ declaration: ParameterDeclaration) -> Value? {
        guard let value = node.export.value else {
            mismatch(node, declaration.typePhrase)
            return nil
        }
        switch declaration.fit(value) {
        case .success(let value): return value
        case .failure(let problem):
            for mistake in problem.mistakes { report(node, mistake.message) }
            return nil
        }
    }
}
