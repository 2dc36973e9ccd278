public import LuaSandbox
import Values

/// A text for mail, in one form or two: `templates/NAME.txt`, `templates/NAME.html`.
public final class Template: Sendable {
    public let name: String
    /// UTF-8, each with the name of its file, in the order of those.
    public let files: [Source]
    /// SHA-256 over the names and bytes of its files.
    public let hash: String

    init(name: String, files: [Source]) {
        self.name = name
        self.files = files
        var hash = SHA256()
        for file in files {
            hash.add(file.name.utf8)
            hash.add(file.text)
        }
        self.hash = hash.hexadecimal()
    }
}

extension SHA256 {
    /// Adds bytes with their count before them, so that no byte can change places between two of them.
    mutating func add(_ bytes: some Collection<UInt8>) {
        update(Array("\(bytes.count):".utf8))
        update(bytes)
    }
}
