package import Values

extension Export {
    /// As JSON that ``init(json:)`` reads back: equal bytes mean the same export.
    ///
    /// | what | how |
    /// | --- | --- |
    /// | null, a boolean, a number, a text | as itself |
    /// | a list | `{"list":[…]}` |
    /// | a table | `{"table":{…}}`, in the order of the keys' bytes |
    /// | a function | `{"function":N}`, its place among the program's functions |
    package var json: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }

    private func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.value(.null)
        case .bool(let flag): writer.value(.bool(flag))
        case .integer(let number): writer.integer(number)
        case .double(let number): writer.value(.double(number))
        case .string(let text): writer.string(text)
        case .function(let id):
            writer.beginObject()
            writer.key("function")
            writer.integer(id.index)
            writer.endObject()
        case .list(let items):
            writer.beginObject()
            writer.key("list")
            writer.beginList()
            for item in items { item.write(to: &writer) }
            writer.endList()
            writer.endObject()
        case .table(let entries):
            writer.beginObject()
            writer.key("table")
            writer.beginObject()
            for entry in entries {
                writer.key(entry.key)
                entry.value.write(to: &writer)
            }
            writer.endObject()
            writer.endObject()
        }
    }

    /// Reads what ``json`` wrote; nil for everything else. A function that it names need not exist.
    package init?(json: Value) {
        switch json {
        case .null: self = .null
        case .bool(let flag): self = .bool(flag)
        case .integer(let number): self = .integer(number)
        case .double(let number): self = .double(number)
        case .string(let text): self = .string(text)
        case .list: return nil
        case .table(let table):
            guard table.count == 1, let entry = table.first(where: { _ in true }) else { return nil }
            switch (entry.key, entry.value) {
            case ("function", .integer(let number)):
                guard let index = UInt32(exactly: number) else { return nil }
                self = .function(FunctionID(index: index))
            case ("list", .list(let items)):
                var exports: [Export] = []
                for item in items {
                    guard let export = Export(json: item) else { return nil }
                    exports.append(export)
                }
                self = .list(exports)
            case ("table", .table(let content)):
                // A table has its entries in the order of their keys' bytes.
                var entries: [Entry] = []
                for entry in content {
                    guard let export = Export(json: entry.value) else { return nil }
                    entries.append(Entry(key: entry.key, value: export))
                }
                self = .table(entries)
            default:
                return nil
            }
        }
    }
}
