import Journeys
import Plugins
import Values

@testable package import LuaSandbox

/// A workspace in memory.
struct MemoryTree: FileTree {
    private var files: [String: [UInt8]] = [:]
    private var failures: [String: FileFailure] = [:]
    private var kinds: [String: FolderEntry.Kind] = [:]

    init(_ files: [String: String]) { self.files = files.mapValues { Array($0.utf8) } }

    mutating func put(_ path: String, _ bytes: [UInt8]) { files[path] = bytes }

    mutating func fail(_ path: String, _ failure: FileFailure, kind: FolderEntry.Kind) {
        failures[path] = failure
        kinds[path] = kind
    }

    func list(_ folder: String, top: String) throws(FileFailure) -> [FolderEntry] {
        if let failure = failures[folder] { throw failure }
        var entries: [String: FolderEntry.Kind] = [:]
        for path in Array(files.keys) + Array(failures.keys) where path.hasPrefix(folder + "/") {
            let parts = path.dropFirst(folder.count + 1).split(separator: "/")
            guard let name = parts.first.map(String.init) else { continue }
            entries[name] = parts.count > 1 ? .folder : kinds[path] ?? .file
        }
        if entries.isEmpty { throw .missing }
        return entries.map { FolderEntry(name: $0.key, kind: $0.value) }
    }

    func read(_ path: String, top: String, limitBytes: Int) throws(FileFailure) -> [UInt8] {
        if let failure = failures[path] { throw failure }
        guard let bytes = files[path] else { throw .missing }
        guard bytes.count <= limitBytes else { throw .tooLarge(limitBytes: limitBytes) }
        return bytes
    }
}

// Exports written as literals; functions as `.function(.number(1))`.

extension FunctionID {
    static func number(_ index: UInt32) -> FunctionID { FunctionID(index: index) }
}

extension Export: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(nilLiteral: ()) { self = .null }
    package init(arrayLiteral elements: Export...) { self = .list(elements) }
    package init(dictionaryLiteral elements: (String, Export)...) {
        self = .table(
            elements.sorted { compareBytes($0.0, $1.0) < 0 }.map { Entry(key: $0.0, value: $0.1) })
    }
}

/// The mistakes of a map's text, without the file's name.
func mistakes(_ text: String, file: String = "maps/m.yaml") -> [String] {
    MapFile(Array(text.utf8), file: file).mistakes.map { String("\($0)".dropFirst(file.utf8.count + 1)) }
}
