import Plugins
import Values

/// What an expression of a plugin is known to be, whenever it is evaluated.
indirect enum LuaMeaning {
    case unknown
    /// A text, a number, true, false or nil, which is null here.
    case constant(Value)
    /// A text that begins so.
    case text(prefix: String)
    /// Something that the host gives.
    case path(LuaPath)
    case function(LuaFunction, LuaScope)
    case table(LuaTable)
    /// One of several, or something else.
    case oneOf([LuaMeaning])

    var text: String? { if case .constant(.string(let text)) = self { text } else { nil } }
    var path: LuaPath? { if case .path(let path) = self { path } else { nil } }
    var table: LuaTable? { if case .table(let table) = self { table } else { nil } }
    var constant: Value? { if case .constant(let value) = self { value } else { nil } }
}

/// The way to a value that the host gives: `event`, `lead`, `fields` and `score`.
struct LuaPath {
    var root: Root
    var keys: [Key] = []

    enum Root: Hashable {
        /// The first argument of an action, a decider or a subscription.
        case event
        /// The second.
        case parameters
        case host
        case global(String)
    }

    enum Key: Hashable {
        case constant(String)
        /// The value of a parameter.
        case parameter(String)
        case unknown
    }

    /// The keys up to the first that is not constant.
    var constants: [String] {
        keys.prefix { if case .constant = $0 { true } else { false } }.compactMap {
            if case .constant(let key) = $0 { key } else { nil }
        }
    }

    /// Whether these are all its keys.
    func isExactly(_ root: Root, _ names: String...) -> Bool {
        self.root == root && keys == names.map(Key.constant)
    }

    /// The parameter, if it is one, and not a part of one.
    var parameter: String? {
        guard root == .parameters, keys.count == 1, case .constant(let name) = keys[0] else { return nil }
        return name
    }
}

/// A table that the source writes down, as far as it is known.
final class LuaTable {
    let entries: [Entry]
    let range: Range<Int>
    let file: LuaFile
    /// Whether it may get keys or values that are not known.
    let isOpen: Bool

    struct Entry {
        let key: Key
        let value: LuaMeaning
        let range: Range<Int>
        let valueRange: Range<Int>
    }

    enum Key {
        case constant(String)
        case parameter(String)
        case item
        case unknown
    }

    init(entries: [Entry], range: Range<Int>, file: LuaFile, isOpen: Bool) {
        self.entries = entries
        self.range = range
        self.file = file
        self.isOpen = isOpen
    }

    /// The entry of that name, if it is the only one.
    func entry(_ name: String) -> Entry? {
        let found = entries.filter { if case .constant(name) = $0.key { true } else { false } }
        return found.count == 1 ? found[0] : nil
    }

    subscript(name: String) -> LuaMeaning { entry(name)?.value ?? .unknown }

    /// What has no key, in order.
    var items: [Entry] { entries.filter { if case .item = $0.key { true } else { false } } }
}

/// The local variables of a part of a source.
final class LuaScope {
    private(set) var meanings: [String: LuaMeaning] = [:]
    private let outer: LuaScope?
    let file: LuaFile
    let changes: LuaChanges

    init(inside outer: LuaScope) {
        self.outer = outer
        file = outer.file
        changes = outer.changes
    }

    init(of file: LuaFile) {
        outer = nil
        self.file = file
        changes = LuaChanges(of: file)
    }

    func declare(_ name: String, _ meaning: LuaMeaning) { meanings[name] = meaning }

    /// Nil for what is not a local variable.
    subscript(name: String) -> LuaMeaning? { meanings[name] ?? outer?[name] }
}
