import Foundation

/// The text files of this repository, as its tests find them.
enum Repository {
    struct File: Sendable, CustomStringConvertible {
        /// From the top of the repository.
        let path: String
        let lines: [String]

        var name: String { String(path.split(separator: "/").last ?? "") }
        var description: String { path }

        func ends(in extensions: String...) -> Bool { extensions.contains { path.hasSuffix(".\($0)") } }
        func lies(in folders: [String]) -> Bool { folders.contains { path.hasPrefix($0) } }
    }

    private static let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let folders = ["Sources", "Tests", "docs", "examples", "plugins", "scripts"]
    /// What a machine wrote, and these tests, which name what must not be there.
    private static let excluded = [
        "Tests/AttackTests/corpus/", "Tests/SQLiteStoreTests/Fixtures/", "Tests/TidyTests/",
    ]
    private static let extensions: Set = ["swift", "c", "h", "lua", "md", ""]

    /// The names of the files at the top, but for what `.gitignore` names.
    static let topFiles: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: top.path)) ?? []
        return names.filter { name in
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(
                atPath: top.appending(path: name).path, isDirectory: &isFolder)
            return exists && !isFolder.boolValue && name != "Package.resolved" && name != ".git"
                && !name.hasSuffix(".swp")
        }.sorted()
    }()

    static let files: [File] = {
        var paths = (try? FileManager.default.contentsOfDirectory(atPath: top.path)) ?? []
        paths = paths.filter { $0.hasSuffix(".md") || $0.hasSuffix(".swift") }
        for folder in folders {
            let inside = FileManager.default.enumerator(atPath: top.appending(path: folder).path)
            while let path = inside?.nextObject() as? String { paths.append("\(folder)/\(path)") }
        }
        return paths.sorted().compactMap(file)
    }()

    private static func file(_ path: String) -> File? {
        let url = top.appending(path: path)
        guard extensions.contains(url.pathExtension), !excluded.contains(where: path.hasPrefix),
            !path.split(separator: "/").contains(where: { $0.hasPrefix(".") }),
            let text = try? String(contentsOf: url, encoding: .utf8)
        else { return nil }
        return File(path: path, lines: text.components(separatedBy: "\n"))
    }
}

/// A place in a file, and what is wrong there.
struct Finding: CustomStringConvertible {
    let file: Repository.File
    let line: Int
    let what: String

    var description: String { "\(file.path):\(line): \(what)" }
}
