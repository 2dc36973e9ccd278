package import Journeys
package import LuaSandbox
import Values

/// A file in Lua as its syntax, with the places of what is in it.
package final class LuaFile {
    /// From the workspace's folder.
    package let path: String
    package let statements: [LuaStatement]
    package let comments: [Comment]
    private let text: [UInt8]
    private let lines: LineIndex

    package struct Comment {
        /// With its dashes.
        package let text: String
        package let place: FilePlace
        /// Whether nothing is before it on its line.
        package let isAlone: Bool
    }

    /// The text is one that the interpreter has compiled.
    package init(_ text: [UInt8], path: String) {
        self.path = path
        self.text = text
        let lines = LineIndex(text)
        self.lines = lines
        var reader = LuaTokens(bytes: text)
        let tokens = reader.readAll()
        statements = LuaParser.chunk(tokens)
        comments = reader.comments.map { range in
            let before = text[lines.start(of: range.lowerBound)..<range.lowerBound]
            return Comment(
                text: String(decoding: text[range], as: UTF8.self),
                place: lines.place(of: range.lowerBound, in: path),
                isAlone: before.allSatisfy { $0 == 0x20 || $0 == 0x09 })
        }
    }

    /// Where the range begins.
    package func place(of range: Range<Int>) -> FilePlace {
        lines.place(of: range.lowerBound, in: path)
    }

    /// The next line that has more than a comment; the line itself where there is none.
    package func lineOfCode(after line: Int) -> Int {
        let commented = Set(comments.filter(\.isAlone).map(\.place.line))
        for next in line..<lines.starts.count {
            let end = next + 1 < lines.starts.count ? lines.starts[next + 1] : text.count
            let isBlank = text[lines.starts[next]..<end].allSatisfy { $0 <= 0x20 }
            if !isBlank, !commented.contains(next + 1) { return next + 1 }
        }
        return line
    }

    /// What is written there.
    package func text(of range: Range<Int>) -> String {
        String(decoding: text[range.clamped(to: 0..<text.count)], as: UTF8.self)
    }
}

/// Finds the line and the column of a place in a text.
private struct LineIndex {
    /// Where each line begins, in bytes.
    let starts: [Int]
    /// How many characters are before each byte.
    private let charactersBefore: [Int32]

    init(_ text: [UInt8]) {
        var starts = [0]
        var counts: [Int32] = []
        counts.reserveCapacity(text.count + 1)
        var count: Int32 = 0
        for (index, byte) in text.enumerated() {
            counts.append(count)
            // Bytes that go on with a character are not counted.
            if byte & 0xC0 != 0x80 { count += 1 }
            if byte == 0x0A { starts.append(index + 1) }
        }
        counts.append(count)
        self.starts = starts
        charactersBefore = counts
    }

    func start(of offset: Int) -> Int { starts[line(of: offset)] }

    func place(of offset: Int, in file: String) -> FilePlace {
        let offset = min(offset, charactersBefore.count - 1)
        let line = line(of: offset)
        let column = charactersBefore[offset] - charactersBefore[starts[line]] + 1
        return FilePlace(file: file, line: line + 1, column: Int(column))
    }

    /// From 0.
    private func line(of offset: Int) -> Int {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }
}

extension LuaExpression {
    /// The expression of a condition.
    package static func of(condition text: String) -> LuaExpression { LuaParser.expression(text) }
}

extension PluginSource {
    /// Its files with their paths from the workspace's folder, that which is run first before the others in the order of
    /// their names' bytes. `module` is the name that `require` is given; nil for the first.
    package var files: [(module: String?, path: String, source: Source)] {
        let others = modules.sorted { compareBytes($0.key.text, $1.key.text) < 0 }
        return [(nil, path(of: main), main)] + others.map { ($0.key.text, path(of: $0.value), $0.value) }
    }
}
