public import Journeys
import LuaSandbox
import Plugins
import Values

/// What the templates folder holds.
public struct TemplateListing: Sendable {
    public static let folder = "templates"
    public static let limit = 1_000
    /// Of one file.
    public static let fileLimitBytes = 256 << 10
    public static let endings = [".html", ".txt"]

    /// By name.
    public var templates: [String: Template] = [:]
    /// The names of those of which a file is there and cannot be used.
    public var unreadable: Set<String> = []
    /// What cannot be used; sorted.
    public var mistakes: [Mistake] = []
    /// What is in the folder and is not a template; sorted.
    public var notices: [Mistake] = []
    /// Whether the folder could be listed, or is not there.
    public var isListed = true

    /// Reads a workspace's templates; a folder that is not there holds none.
    ///
    /// `known` are templates that were read before: one that is the same is that very object. Hidden files and those
    /// that end in `~` are passed over.
    public init(reading tree: some FileTree, knowing known: [String: Template] = [:]) {
        let entries: [FolderEntry]
        do {
            entries = try tree.list(Self.folder, top: Self.folder)
        } catch .missing {
            return
        } catch {
            isListed = false
            mistakes.append(
                Mistake(FilePlace(wholeFile: Self.folder), "the templates cannot be read: \(error)"))
            return
        }
        var files: [String: [Source]] = [:]
        for entry in entries.sorted(by: { compareBytes($0.name, $1.name) < 0 })
        where !entry.name.hasPrefix(".") && !entry.name.hasSuffix("~") {
            let path = "\(Self.folder)/\(entry.name)"
            guard entry.kind != .folder, let ending = Self.endings.first(where: entry.name.hasSuffix) else {
                notices.append(
                    Mistake(
                        FilePlace(wholeFile: path.printable),
                        "this is not a template: a template is a file that ends in .txt or .html"))
                continue
            }
            let name = String(entry.name.dropLast(ending.count))
            guard DefinitionID.isValid(name) else {
                mistakes.append(
                    Mistake(
                        FilePlace(wholeFile: path.printable),
                        "\(name.quotedForMessage) is not a name of a template: \(DefinitionID.rule)"))
                continue
            }
            do throws(FileError) {
                let bytes = try tree.read(path, top: Self.folder, limitBytes: Self.fileLimitBytes)
                if String(validating: bytes, as: UTF8.self) == nil {
                    unreadable.insert(name)
                    mistakes.append(Mistake(FilePlace(wholeFile: path), "the file is not UTF-8"))
                }
                files[name, default: []].append(Source(name: entry.name, text: bytes))
            } catch {
                unreadable.insert(name)
                mistakes.append(Mistake(FilePlace(wholeFile: path), "\(error)"))
            }
        }
        // A template of which one form cannot be read is not one of the other form alone.
        for name in unreadable { files[name] = nil }
        let names = files.keys.sorted()
        if names.count > Self.limit {
            mistakes.append(
                Mistake(
                    FilePlace(wholeFile: Self.folder),
                    "\(names.count) templates are too many; the first \(Self.limit) are read"))
        }
        for name in names.prefix(Self.limit) {
            let found = files[name] ?? []
            templates[name] =
                known[name].flatMap { $0.files == found ? $0 : nil } ?? Template(name: name, files: found)
        }
        mistakes.sort()
        notices.sort()
    }
}
