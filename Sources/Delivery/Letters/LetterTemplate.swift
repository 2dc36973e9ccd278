import Foundation
import Mustache
import Store
import Values

/// Why a letter cannot be written. Another attempt would find the same.
struct LetterFault: Error {
    let message: String
}

/// What a letter says.
struct LetterContent: Equatable {
    var subject: String?
    var text: String?
    var html: String?
}

/// A version of a template, in the language Mustache. A file may begin with a line `Subject: ...`.
struct LetterTemplate {
    private let source: StoredSource

    init(_ source: StoredSource) { self.source = source }

    /// Throws where the template names what there is no value for: half a letter is worse than none.
    func filled(with values: Table) throws(LetterFault) -> LetterContent {
        var content = LetterContent()
        for file in source.files.sorted(by: { compareBytes($0.name, $1.name) > 0 }) {
            let isText = file.name.hasSuffix(".txt")
            var body = String(decoding: file.bytes, as: UTF8.self).replacing("\r\n", with: "\n")
            if let subject = Self.takeSubject(from: &body) {
                let filled = try fill(subject, of: file.name, values, asHTML: false)
                // The text's own subject goes before that of the page.
                content.subject = content.subject ?? filled
            }
            let filled = try fill(body, of: file.name, values, asHTML: !isText)
            if isText { content.text = filled } else { content.html = filled }
        }
        return content
    }

    private static func takeSubject(from body: inout String) -> String? {
        let name = "Subject:"
        guard body.hasPrefix(name) else { return nil }
        let line = body.prefix { $0 != "\n" }
        body = String(body.dropFirst(line.count + 1))
        if body.hasPrefix("\n") { body.removeFirst() }
        return String(line.dropFirst(name.count)).trimmingCharacters(in: .whitespaces)
    }

    private func fill(
        _ text: String, of file: String, _ values: Table, asHTML: Bool
    ) throws(LetterFault) -> String {
        let place = "templates/\(file)"
        if let tag = ["{{>", "{{<", "{{$"].first(where: text.contains) {
            throw LetterFault(
                message: "\(place): a template is in one file; \(tag)...}} would bring in another")
        }
        let template: MustacheTemplate
        do {
            template = try MustacheTemplate(string: (asHTML ? "" : "{{% CONTENT_TYPE:TEXT}}") + text)
        } catch {
            throw LetterFault(message: "\(place) is not a template: \(error)")
        }
        let missing = MissingNames()
        let filled = template.render(Names(values, missing, isRoot: true))
        if let name = missing.first {
            throw LetterFault(message: "\(place): there is no value for {{\(name.printable)}}")
        }
        return filled
    }
}

/// The names that a template looked for and did not find.
private final class MissingNames {
    private(set) var found: [String] = []
    /// Looked for in an inner table: it may still be found in an outer one.
    private var pending: String?

    var first: String? { found.first ?? pending }

    func note(_ name: String, wasFound: Bool, isRoot: Bool) {
        // A look into another name ends the one before: nothing further out was asked.
        if let pending, !sameBytes(pending, name) { found.append(pending) }
        pending = nil
        if wasFound { return }
        if isRoot { found.append(name) } else { pending = name }
    }
}

/// A table as the template sees it.
private final class Names: MustacheParent {
    private let table: Table
    private let missing: MissingNames
    private let isRoot: Bool

    init(_ table: Table, _ missing: MissingNames, isRoot: Bool) {
        self.table = table
        self.missing = missing
        self.isRoot = isRoot
    }

    func child(named name: String) -> Any? {
        let value = table[name]
        missing.note(name, wasFound: value != nil, isRoot: isRoot)
        return value.map(seen)
    }

    private func seen(_ value: Value) -> Any {
        switch value {
        case .null: NSNull()
        case .bool(let flag): flag
        case .integer(let number): Words(String(number), missing)
        case .double: Words(value.json, missing)
        case .string(let text): Words(text, missing)
        case .list(let items): items.map(seen)
        case .table(let table): Names(table, missing, isRoot: false)
        }
    }
}

/// A text or a number as the template sees it: it has no names of its own, and says so when it is looked into.
private final class Words: MustacheParent, MustacheCustomRenderable {
    let renderText: String
    let isNull = false
    private let missing: MissingNames

    init(_ text: String, _ missing: MissingNames) {
        renderText = text
        self.missing = missing
    }

    func child(named name: String) -> Any? {
        missing.note(name, wasFound: false, isRoot: false)
        return nil
    }
}
