import Journeys
import Plugins
import Values

/// One YAML document as a tree of texts, lists and tables with their places.
///
/// Strict where YAML is loose: valid UTF-8, one document, no key twice, no anchors, aliases or tags (so that
/// a small file cannot stand for a large tree), and within ``Limits``. Scalars keep their text; what
/// it means is decided by the code that reads it.
struct YAMLDocument {
    struct Limits {
        let fileBytes: Int
        let depth: Int
        /// How many keys a table may have.
        let keys: Int
        /// At which depth the rest of the file is not read. Until there, what is too deep is read over.
        var lastDepth: Int { 4 * depth }

        static let workspace = Limits(fileBytes: 1 << 20, depth: 32, keys: 10_000)
        /// What the store keeps was within the limits when it was read (R19); these protect the stack.
        static let kept = Limits(fileBytes: .max, depth: 256, keys: .max)
    }

    /// Nil when the document is empty, or when nothing could be made of it, which is then reported.
    let root: YAMLNode?

    init(_ bytes: [UInt8], _ collector: MistakeCollector, limits: Limits = .workspace) {
        root = Self.text(bytes, limits, collector).flatMap { Self.tree($0, limits, collector) }
    }
}

indirect enum YAMLContent: Sendable {
    /// Plain is what has no quotes: it may also be a number, a boolean or null.
    case scalar(String, isPlain: Bool)
    case list([YAMLNode])
    case table([YAMLEntry])
    /// Something that was reported already.
    case unreadable
}

struct YAMLNode: Sendable {
    let place: FilePlace
    let content: YAMLContent
}

struct YAMLEntry: Sendable {
    let key: Placed<String>
    let value: YAMLNode
}

// MARK: - From bytes to text

extension YAMLDocument {
    /// The text of the file without its byte order mark, or nil if there is none.
    private static func text(
        _ bytes: [UInt8], _ limits: Limits, _ collector: MistakeCollector
    ) -> String? {
        let file = collector.file
        guard bytes.count <= limits.fileBytes else {
            collector.reportUnreadable(
                FilePlace(wholeFile: file),
                "the file has \(bytes.count) bytes; at most \(limits.fileBytes) are allowed")
            return nil
        }
        var bytes = bytes[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let valid = validPrefix(bytes)
            collector.reportUnreadable(place(after: valid, file), "the file is not valid UTF-8 here")
            return nil
        }
        if let index = text.unicodeScalars.firstIndex(where: { !isAllowed($0) }) {
            let code = String(text.unicodeScalars[index].value, radix: 16, uppercase: true)
            collector.reportUnreadable(
                place(after: text.unicodeScalars[..<index], file),
                "the character U+\(String(repeating: "0", count: max(0, 4 - code.count)))\(code) is not allowed in YAML; "
                    + "write it as an escape in double quotes")
            return nil
        }
        return text
    }

    private static func validPrefix(_ bytes: ArraySlice<UInt8>) -> Substring.UnicodeScalarView {
        var scalars = String.UnicodeScalarView()
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { scalars.append(scalar) }
        return scalars[...]
    }

    private static func place(after scalars: Substring.UnicodeScalarView, _ file: String) -> FilePlace {
        let lastBreak = scalars.lastIndex(of: "\n")
        let line = 1 + scalars.count { $0 == "\n" }
        let inLine = lastBreak.map { scalars[scalars.index(after: $0)...] } ?? scalars
        return FilePlace(file: file, line: line, column: inLine.count + 1)
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD,
            0x10000...0x10FFFF:
            true
        default: false
        }
    }
}

// MARK: - From text to a tree

extension YAMLDocument {
    private static func tree(_ text: String, _ limits: Limits, _ collector: MistakeCollector) -> YAMLNode? {
        do throws(YAMLSyntaxError) {
            let events = try YAMLEvents(text, depthLimit: limits.lastDepth)
            return try TreeBuilder(events: events, limits: limits, collector: collector).document()
        } catch {
            let hint = error.isDepth ? nil : YAMLHint(for: error, in: text)
            let place = FilePlace(
                file: collector.file, line: hint?.line ?? error.line, column: hint?.column ?? error.column)
            let why = hint?.text ?? error.problem
            collector.reportUnreadable(place, error.isDepth ? why : "this is not YAML: \(why)")
            return nil
        }
    }
}

/// Makes a tree of the parser's events. What is reported in one part leaves the others to be read.
private struct TreeBuilder {
    let events: YAMLEvents
    let limits: YAMLDocument.Limits
    let collector: MistakeCollector

    /// The one document of the text.
    func document() throws(YAMLSyntaxError) -> YAMLNode? {
        _ = try events.next()
        guard try events.next().kind == .documentStart else { return nil }
        let root = try node(try events.next(), depth: 0)
        _ = try events.next()
        let last = try events.next()
        guard last.kind == .streamEnd else {
            collector.reportUnreadable(place(of: last), "a second document begins here; a file holds one")
            return nil
        }
        return root
    }

    private func place(of event: YAMLEvent) -> FilePlace {
        FilePlace(file: collector.file, line: event.line, column: event.column)
    }

    /// The node that begins with the event.
    private func node(_ event: YAMLEvent, depth: Int) throws(YAMLSyntaxError) -> YAMLNode {
        if let problem = problem(of: event, depth: depth) {
            collector.reportUnreadable(place(of: event), problem)
            try skip(event)
            return YAMLNode(place: place(of: event), content: .unreadable)
        }
        switch event.kind {
        case .scalar(let text, let isPlain):
            return YAMLNode(place: place(of: event), content: .scalar(text, isPlain: isPlain))
        case .listStart:
            return YAMLNode(place: place(of: event), content: .list(try items(depth: depth + 1)))
        case .tableStart:
            return try table(event, depth: depth)
        case .alias, .end, .documentStart, .documentEnd, .streamStart, .streamEnd:
            preconditionFailure("no value begins with \(event.kind)")
        }
    }

    /// Why the value that begins with the event is not read.
    private func problem(of event: YAMLEvent, depth: Int) -> String? {
        if event.isStart, depth == limits.depth { return "more than \(limits.depth) levels deep" }
        if event.hasAnchor || event.kind == .alias {
            return "anchors and aliases (`&name`, `*name`) are not read here; write the value out"
        }
        return event.hasTag ? "tags (`!name`) are not read here" : nil
    }

    /// Reads over what begins with the event.
    private func skip(_ event: YAMLEvent) throws(YAMLSyntaxError) {
        var depth = event.isStart ? 1 : 0
        while depth > 0 {
            let next = try events.next()
            if next.isStart { depth += 1 } else if next.kind == .end { depth -= 1 }
        }
    }

    private func items(depth: Int) throws(YAMLSyntaxError) -> [YAMLNode] {
        var items: [YAMLNode] = []
        while true {
            let event = try events.next()
            if event.kind == .end { return items }
            items.append(try node(event, depth: depth))
        }
    }

    private func table(_ start: YAMLEvent, depth: Int) throws(YAMLSyntaxError) -> YAMLNode {
        var entries: [YAMLEntry] = []
        var first: [ExactText: FilePlace] = [:]
        var keyCount = 0
        while true {
            let event = try events.next()
            if event.kind == .end { return YAMLNode(place: place(of: start), content: .table(entries)) }
            keyCount += 1
            if keyCount > limits.keys {
                collector.reportUnreadable(place(of: start), "more than \(limits.keys) keys in one table")
                // The end of what begins with the key, then of the table.
                try skip(event)
                try skip(start)
                return YAMLNode(place: place(of: start), content: .unreadable)
            }
            let key = try key(event, depth: depth + 1)
            let value = try node(try events.next(), depth: depth + 1)
            guard let key else { continue }
            if let earlier = first[key.value] {
                collector.reportUnreadable(
                    key.place,
                    "the key \(key.value.quotedForMessage) appears twice in one table; first at line \(earlier.line)"
                )
            } else {
                first[key.value] = key.place
                entries.append(YAMLEntry(key: key, value: value))
            }
        }
    }

    /// A key that is a text; another one is reported.
    private func key(_ event: YAMLEvent, depth: Int) throws(YAMLSyntaxError) -> Placed<String>? {
        if event.isStart {
            let hint = event.kind == .tableStart ? "; a text with {{name}} needs quotes: \"{{name}}\"" : ""
            collector.reportUnreadable(place(of: event), "a key must be a text\(hint)")
            try skip(event)
            return nil
        }
        let key = try node(event, depth: depth)
        guard case .scalar(let text, _) = key.content else { return nil }
        if text.isEmpty { collector.reportUnreadable(key.place, "a key must be a text, not nothing") }
        return text.isEmpty ? nil : Placed(text, at: key.place)
    }
}
