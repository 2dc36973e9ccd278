import Foundation
import Journeys
import Plugins
import Values
import Yams

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

        static let workspace = Limits(fileBytes: 1 << 20, depth: 32, keys: 10_000)
        /// What the store keeps was within the limits of its day (R19); what is left protects the stack.
        static let kept = Limits(fileBytes: .max, depth: 256, keys: .max)
    }

    /// How many repeated keys are found in one run.
    static let repeatedKeyLimit = 50
    /// How much may be parsed again to find them.
    static let reparseLimitBytes = 4 << 20

    /// Nil when the document is empty, or when nothing could be made of it, which is then reported.
    let root: YAMLNode?

    init(_ bytes: [UInt8], _ collector: MistakeCollector, limits: Limits = .workspace) {
        root = Self.text(bytes, limits, collector).flatMap { Self.compose($0, limits, collector) }
    }
}

indirect enum YAMLContent {
    /// Whether it stands without quotes, so that it may also be a number, a boolean or null.
    case scalar(String, isPlain: Bool)
    case list([YAMLNode])
    case table([YAMLEntry])
    /// Something that was reported already.
    case unreadable
}

struct YAMLNode {
    let place: FilePlace
    let content: YAMLContent
}

struct YAMLEntry {
    let key: Placed<String>
    let value: YAMLNode
}

// MARK: - From bytes to text

extension YAMLDocument {
    /// The text of the file without its byte order mark, or nil if it can be none.
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
                "the character U+\(String(repeating: "0", count: max(0, 4 - code.count)))\(code) may not stand in YAML; "
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
    /// Where a repeated key was taken out of the parser's way, and what it is.
    fileprivate typealias Renamed = [FilePlace: String]

    private static func compose(
        _ text: String, _ limits: Limits, _ collector: MistakeCollector
    ) -> YAMLNode? {
        if let alias = firstAlias(in: text, collector.file) {
            collector.reportUnreadable(
                alias, "anchors and aliases (`&name`, `*name`) are not read here; write the value out")
            return nil
        }
        var text = text
        var renamed: Renamed = [:]
        while true {
            do {
                let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
                guard let node = try parser.singleRoot() else { return nil }
                // Nodes hold their anchors weakly; the parser holds them.
                return withExtendedLifetime(parser) {
                    TreeBuilder(renamed: renamed, limits: limits, collector: collector)
                        .tree(node, depth: 0, parent: FilePlace(wholeFile: collector.file))
                }
            } catch let error as YamlError {
                if case .duplicatedKeysInMapping(let keys, let context) = error,
                    renamed.count < repeatedKeyLimit, renamed.count * text.utf8.count < reparseLimitBytes,
                    rename(keys, at: context.mark, in: &text, &renamed, collector.file)
                {
                    continue
                }
                for (place, key) in renamed {
                    collector.reportUnreadable(
                        place, "the key \(key.quotedForMessage) stands twice in one table")
                }
                report(error, text, collector)
                return nil
            } catch {
                collector.reportUnreadable(
                    FilePlace(wholeFile: collector.file), "the file is not YAML: \(error)")
                return nil
            }
        }
    }

    /// The parser stops at the first table with a repeated key. So that the rest of the file is read too, the
    /// first character of the first such key gives way to one of the private ones, which `renamed` undoes:
    /// the text keeps its length, so that all places stay.
    private static func rename(
        _ keys: [String], at mark: Mark, in text: inout String, _ renamed: inout Renamed, _ file: String
    ) -> Bool {
        let place = FilePlace(file: file, line: mark.line, column: mark.column)
        var scalars = text.unicodeScalars
        guard renamed[place] == nil, var index = index(of: mark, in: scalars) else { return false }
        let quote: Unicode.Scalar? = ["\"", "'"].contains(scalars[index]) ? scalars[index] : nil
        if quote != nil { index = scalars.index(after: index) }
        let end = scalars[index...].indices.first {
            let next = scalars.index(after: $0)
            return switch scalars[$0] {
            case "\n": true
            case ":" where quote == nil:
                next == scalars.endIndex || " \t\r\n".unicodeScalars.contains(scalars[next])
            case let scalar: scalar == quote
            }
        }
        let written = String(scalars[index..<(end ?? scalars.endIndex)])
        let name = quote == nil ? written.trimmingCharacters(in: .whitespaces) : written
        // An escape or a key over many lines: it is not spelled here as it reads.
        guard keys.contains(name), let substitute = Unicode.Scalar(0xF0000 + UInt32(renamed.count)) else {
            return false
        }
        scalars.replaceSubrange(index...index, with: [substitute])
        text = String(scalars)
        renamed[place] = name
        return true
    }

    private static func index(of mark: Mark, in scalars: String.UnicodeScalarView) -> String.Index? {
        var start = scalars.startIndex
        for _ in 1..<max(1, mark.line) {
            guard let lineEnd = scalars[start...].firstIndex(where: { $0 == "\n" }) else { return nil }
            start = scalars.index(after: lineEnd)
        }
        guard let index = scalars.index(start, offsetBy: mark.column - 1, limitedBy: scalars.endIndex),
            index < scalars.endIndex
        else { return nil }
        return index
    }

    /// The first `*name` for which there is an `&name`, before the parser would follow it.
    ///
    /// Quotes are not looked at: a text that holds both, spelled like this, is refused too.
    private static func firstAlias(in text: String, _ file: String) -> FilePlace? {
        guard text.utf8.contains(UInt8(ascii: "&")), text.utf8.contains(UInt8(ascii: "*")) else { return nil }
        let anchors = Set(names(after: "&", in: text).map(\.name))
        guard !anchors.isEmpty else { return nil }
        let alias = names(after: "*", in: text).first { anchors.contains($0.name) }
        return alias.map { place(after: text.unicodeScalars[..<$0.index], file) }
    }

    private static func names(after sign: Unicode.Scalar, in text: String) -> [(
        name: String, index: String.Index
    )] {
        let scalars = text.unicodeScalars
        var names: [(String, String.Index)] = []
        var previous: Unicode.Scalar = "\n"
        for index in scalars.indices {
            defer { previous = scalars[index] }
            guard scalars[index] == sign,
                " \t\r\n,[]{}:-?\u{85}\u{2028}\u{2029}".unicodeScalars.contains(previous)
            else { continue }
            let name = scalars[scalars.index(after: index)...].prefix {
                switch $0 {
                case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
                default: false
                }
            }
            if !name.isEmpty { names.append((String(name), index)) }
        }
        return names
    }

    private static func report(_ error: YamlError, _ text: String, _ collector: MistakeCollector) {
        func report(_ context: String?, _ problem: String, _ mark: Mark) {
            let place = FilePlace(file: collector.file, line: mark.line, column: mark.column)
            collector.reportUnreadable(
                place, "this is not YAML: \(context.map { "\($0), " } ?? "")\(problem)")
        }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            report(context?.text, problem, mark)
        case .composer(_, let problem, let mark, _):
            if problem.contains("another document") {
                let place = FilePlace(file: collector.file, line: mark.line, column: mark.column)
                collector.reportUnreadable(place, "a second document begins here; a file holds one")
            } else {
                report(nil, problem, mark)
            }
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map(\.quotedForMessage).joined(separator: ", ")
            let place = FilePlace(file: collector.file, line: context.mark.line, column: context.mark.column)
            collector.reportUnreadable(place, "the key \(names) stands twice in one table")
        case .no, .memory, .reader, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            collector.reportUnreadable(FilePlace(wholeFile: collector.file), "this is not YAML: \(error)")
        }
    }

}

/// Makes a tree of the parser's nodes.
private struct TreeBuilder {
    let renamed: YAMLDocument.Renamed
    let limits: YAMLDocument.Limits
    let collector: MistakeCollector

    func tree(_ node: Node, depth: Int, parent: FilePlace) -> YAMLNode {
        let place =
            node.mark.map { FilePlace(file: collector.file, line: $0.line, column: $0.column) } ?? parent
        func unreadable(_ message: String) -> YAMLNode {
            collector.reportUnreadable(place, message)
            return YAMLNode(place: place, content: .unreadable)
        }
        if node.scalar == nil, depth == limits.depth {
            return unreadable("more than \(limits.depth) levels deep")
        }
        guard node.anchor == nil else {
            return unreadable("anchors and aliases (`&name`, `*name`) are not read here; write the value out")
        }
        switch node {
        case .alias: return unreadable("aliases (`*name`) are not read here; write the value out")
        case .scalar(let scalar):
            // A quoted text has the tag of texts, and so has a key, from the parser's search for repeated ones.
            let isPlain = scalar.style == .plain && scalar.tag.description != Self.textTag
            guard
                isPlain
                    ? isUntagged(scalar.tag)
                    : scalar.tag.description == Self.textTag || isUntagged(scalar.tag)
            else { return unreadable("tags (`!name`) are not read here") }
            return YAMLNode(place: place, content: .scalar(scalar.string, isPlain: isPlain))
        case .sequence(let sequence):
            guard isUntagged(sequence.tag) else { return unreadable("tags (`!name`) are not read here") }
            let items = sequence.map { tree($0, depth: depth + 1, parent: place) }
            return YAMLNode(place: place, content: .list(items))
        case .mapping(let mapping):
            guard isUntagged(mapping.tag) else { return unreadable("tags (`!name`) are not read here") }
            guard mapping.count <= limits.keys else {
                return unreadable("more than \(limits.keys) keys in one table")
            }
            return YAMLNode(place: place, content: .table(entries(mapping, depth, place)))
        }
    }

    private func entries(_ mapping: Node.Mapping, _ depth: Int, _ parent: FilePlace) -> [YAMLEntry] {
        var entries: [YAMLEntry] = []
        var first: [ExactText: FilePlace] = [:]
        for (keyNode, valueNode) in mapping {
            guard keyNode.scalar != nil else {
                let place = keyNode.mark.map {
                    FilePlace(file: collector.file, line: $0.line, column: $0.column)
                }
                collector.reportUnreadable(place ?? parent, "a key must be a text")
                continue
            }
            let key = tree(keyNode, depth: depth + 1, parent: parent)
            let value = tree(valueNode, depth: depth + 1, parent: key.place)
            guard case .scalar(let written, _) = key.content else { continue }
            let text = renamed[key.place] ?? written
            if text.isEmpty {
                collector.reportUnreadable(key.place, "a key must be a text; nothing stands here")
                continue
            }
            if let earlier = first[text] {
                collector.reportUnreadable(
                    key.place,
                    "the key \(text.quotedForMessage) stands twice in one table; first at line \(earlier.line)"
                )
                continue
            }
            first[text] = key.place
            entries.append(YAMLEntry(key: Placed(text, at: key.place), value: value))
        }
        return entries
    }

    private static let textTag = "tag:yaml.org,2002:str"

    private func isUntagged(_ tag: Yams.Tag) -> Bool {
        ["", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"].contains(tag.description)
    }
}
