import Values

/// A place in a file that a person wrote.
public struct FilePlace: Sendable, Hashable {
    /// The file's path in its workspace, `maps/new-buyer.yaml`.
    public let file: String
    /// From 1; 0 means the whole file.
    public let line: Int
    /// In characters of Unicode, from 1; 0 means the whole line.
    public let column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    public init(wholeFile file: String) { self.init(file: file, line: 0, column: 0) }

    public init(file: String, wholeLine line: Int) { self.init(file: file, line: line, column: 0) }
}

extension FilePlace: Comparable {
    public static func == (left: FilePlace, right: FilePlace) -> Bool {
        sameBytes(left.file, right.file) && left.line == right.line && left.column == right.column
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(bytesOf: file)
        hasher.combine(line)
        hasher.combine(column)
    }

    public static func < (left: FilePlace, right: FilePlace) -> Bool {
        let files = compareBytes(left.file, right.file)
        if files != 0 { return files < 0 }
        return (left.line, left.column) < (right.line, right.column)
    }
}

extension FilePlace: CustomStringConvertible {
    /// `maps/new-buyer.yaml:3:5`, `plugins/greeting.lua:7`, or the file alone.
    public var description: String {
        if line == 0 { return file }
        return column == 0 ? "\(file):\(line)" : "\(file):\(line):\(column)"
    }
}

/// Something that is wrong, or worth knowing, about a file that a person wrote.
public struct Mistake: Sendable {
    public let place: FilePlace
    /// One sentence without a full stop; what a person wrote is in quotes or backticks.
    public let message: String

    public init(_ place: FilePlace, _ message: String) {
        self.place = place
        self.message = message
    }
}

extension Mistake: Hashable, Comparable {
    public static func == (left: Mistake, right: Mistake) -> Bool {
        left.place == right.place && sameBytes(left.message, right.message)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(place)
        hasher.combine(bytesOf: message)
    }

    public static func < (left: Mistake, right: Mistake) -> Bool {
        if left.place != right.place { return left.place < right.place }
        return compareBytes(left.message, right.message) < 0
    }
}

extension Mistake: CustomStringConvertible {
    /// `maps/new-buyer.yaml:3:5: message`
    public var description: String { "\(place): \(message)" }
}

/// All the mistakes that were found together, by file, line and column; at least one.
public struct Mistakes: Error, Sendable, Hashable {
    public let list: [Mistake]

    public init(_ list: [Mistake]) {
        precondition(!list.isEmpty, "an error without a mistake")
        self.list = list.sorted()
    }
}

extension Mistakes: CustomStringConvertible {
    public var description: String { list.map(\.description).joined(separator: "\n") }
}
