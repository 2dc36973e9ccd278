import Journeys
import Values
import Workspace

/// Shows the lines that findings are about, with a caret under the place.
struct SourceExcerpts<Tree: FileTree> {
    private let tree: Tree
    private let pluginFolder: String
    private let columns: Int
    /// The lines of the files that were read; empty for one that cannot be.
    private var lines: [ExactText: [Substring]] = [:]

    /// A line for people has so many columns where no terminal says otherwise.
    private static var usualColumns: Int { 120 }
    private static var fileLimitBytes: Int { 16 << 20 }

    init(from tree: Tree, pluginFolder: String, columns: Int?) {
        self.tree = tree
        self.pluginFolder = pluginFolder
        self.columns = columns ?? Self.usualColumns
    }

    /// The line and a line with the caret, both with a margin; none where the place has no line.
    mutating func lines(at place: FilePlace, _ style: Style) -> [String] {
        guard let line = line(at: place) else { return [] }
        let number = "\(place.line)"
        let margin = String(repeating: " ", count: max(2, 5 - number.count))
        let bar = String(repeating: " ", count: margin.count + number.count) + " | "
        // A tab would put the caret elsewhere.
        let scalars = Array(line.unicodeScalars.map { $0 == "\t" ? " " : $0 })
        let start = place.column > 0 ? min(place.column - 1, scalars.count) : 0
        let room = max(20, columns - bar.count - 1)
        let first = start + 10 < room ? 0 : start - room / 3
        let shown = scalars[first...].prefix(room)
        let text = String(String.UnicodeScalarView(shown)).printable
        let lead = style("\(margin)\(number) | ", .faint)
        guard place.column > 0 else { return ["\(lead)\(text)"] }
        let before = String(String.UnicodeScalarView(scalars[first..<start])).printable
        let length = max(1, min(Self.length(of: scalars[start...], in: place.file), first + room - start))
        let carets = String(repeating: "^", count: length)
        let blank = String(repeating: " ", count: before.columns)
        return ["\(lead)\(text)", style(bar, .faint) + blank + style(carets, .bad)]
    }

    /// How many characters the word, the name or the text has that begins here.
    mutating func length(at place: FilePlace) -> Int {
        guard place.column > 0, let line = line(at: place) else { return 0 }
        return Self.length(of: Array(line.unicodeScalars)[...].dropFirst(place.column - 1), in: place.file)
    }

    mutating func line(at place: FilePlace) -> Substring? {
        guard place.line > 0 else { return nil }
        let known = lines[ExactText(place.file)] ?? read(place.file)
        lines[ExactText(place.file)] = known
        return known.indices.contains(place.line - 1) ? known[place.line - 1] : nil
    }

    private func read(_ file: String) -> [Substring] {
        let tops = [pluginFolder, WorkspaceFiles.mapFolder, TemplateListing.folder]
        let top = tops.first { file.utf8.starts(with: "\($0)/".utf8) } ?? ""
        guard let bytes = try? tree.read(file, top: top, limitBytes: Self.fileLimitBytes) else { return [] }
        // CRLF would be one character.
        return String(decoding: bytes.filter { $0 != 0x0D }, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
    }

    private static func length(of rest: ArraySlice<Unicode.Scalar>, in file: String) -> Int {
        // In Lua these are operators.
        let signs = file.hasSuffix(".lua") ? "_" : "_-./"
        guard let first = rest.first else { return 1 }
        if first == "\"" || first == "'" {
            guard let end = rest.dropFirst().firstIndex(of: first) else { return rest.count }
            return end - rest.startIndex + 1
        }
        let word = rest.prefix {
            $0.properties.isAlphabetic || $0.properties.numericType != nil
                || signs.unicodeScalars.contains($0)
        }
        return max(1, word.count)
    }
}
