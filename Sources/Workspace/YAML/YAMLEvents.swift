import CLibYAML

/// One step of a YAML text, as libyaml reads it.
struct YAMLEvent {
    enum Kind: Equatable {
        case streamStart
        case streamEnd
        case documentStart
        case documentEnd
        case alias
        /// Plain is what has neither quotes nor the tag of a text.
        case scalar(String, isPlain: Bool)
        case listStart
        case tableStart
        /// Of the list or table that began last.
        case end
    }

    let kind: Kind
    /// From 1; the column counts characters.
    let line: Int
    let column: Int
    var hasAnchor = false
    var hasTag = false

    /// Whether an ``Kind/end`` belongs to it.
    var isStart: Bool { kind == .listStart || kind == .tableStart }
}

/// Where the reading of a text ended, and why: it is not YAML, or is deeper than is read.
struct YAMLSyntaxError: Error {
    let problem: String
    let line: Int
    let column: Int
    /// Where what was being read began; 0 where the parser does not say.
    var contextLine = 0
    var contextColumn = 0
    /// Whether the text is deeper than is read, and not wrong in any other way so far.
    var isDepth = false
}

/// The events of one text in their order.
final class YAMLEvents {
    // Owner: this object; the parser reads `bytes` until it is deleted.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeMutableBufferPointer<UInt8>
    private let depthLimit: Int
    private var depth = 0

    /// - Parameter depthLimit: how many lists and tables in each other are read. The parser looks at all that are
    ///   open for each sign, so that without a limit its time would grow with the square of the text.
    init(_ text: String, depthLimit: Int) throws(YAMLSyntaxError) {
        self.depthLimit = depthLimit
        parser = .allocate(capacity: 1)
        bytes = .allocate(capacity: text.utf8.count)
        _ = bytes.initialize(from: text.utf8)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.initialize(to: yaml_parser_t())
            throw YAMLSyntaxError(problem: "no memory is left", line: 1, column: 1)
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        bytes.deallocate()
    }

    /// The next event. Not to be called after an error or the end of the stream.
    func next() throws(YAMLSyntaxError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError }
        defer { yaml_event_delete(&event) }
        let next = YAMLEvent(event)
        if next.isStart { depth += 1 } else if next.kind == .end { depth -= 1 }
        guard depth <= depthLimit else {
            throw YAMLSyntaxError(
                problem: "more than \(depthLimit) levels deep; what follows is not read", line: next.line,
                column: next.column, isDepth: true)
        }
        return next
    }

    private var syntaxError: YAMLSyntaxError {
        let parser = parser.pointee
        let parts = [parser.context, parser.problem].compactMap { $0.map { String(cString: $0) } }
        return YAMLSyntaxError(
            problem: parts.isEmpty ? "no memory is left" : parts.joined(separator: ", "),
            line: Int(parser.problem_mark.line) + 1, column: Int(parser.problem_mark.column) + 1,
            contextLine: parser.context == nil ? 0 : Int(parser.context_mark.line) + 1,
            contextColumn: parser.context == nil ? 0 : Int(parser.context_mark.column) + 1)
    }
}

extension YAMLEvent {
    fileprivate init(_ event: yaml_event_t) {
        line = Int(event.start_mark.line) + 1
        column = Int(event.start_mark.column) + 1
        switch event.type {
        case YAML_STREAM_START_EVENT: kind = .streamStart
        case YAML_STREAM_END_EVENT: kind = .streamEnd
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_ALIAS_EVENT: kind = .alias
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let tag = Self.text(scalar.tag)
            // A quoted text without a tag has that of texts.
            let isText = scalar.quoted_implicit == 1 || tag == Self.textTag
            kind = .scalar(
                String(
                    decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self),
                isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE && !isText)
            hasAnchor = scalar.anchor != nil
            hasTag = tag != nil && !isText
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            kind = .listStart
            hasAnchor = start.anchor != nil
            hasTag = start.implicit == 0 && Self.text(start.tag) != "tag:yaml.org,2002:seq"
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            kind = .tableStart
            hasAnchor = start.anchor != nil
            hasTag = start.implicit == 0 && Self.text(start.tag) != "tag:yaml.org,2002:map"
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: kind = .end
        default: preconditionFailure("libyaml has no event \(event.type.rawValue)")
        }
    }

    private static let textTag = "tag:yaml.org,2002:str"

    private static func text(_ bytes: UnsafePointer<UInt8>?) -> String? {
        bytes.map { String(decodingCString: $0, as: UTF8.self) }
    }
}
