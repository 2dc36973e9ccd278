package import Journeys
package import LuaSandbox
import Plugins
package import Values
package import Workspace

/// A file of specs as it lies in the workspace, `NAME.spec.lua`.
package struct SpecSource: Sendable {
    package static let ending = ".spec.lua"

    /// From the workspace's folder.
    package let path: String
    let text: [UInt8]
    /// What it may `require`: the files of the plugin that it lies beside, as that plugin does.
    let modules: [ExactText: Source]

    package init(path: String, text: [UInt8], modules: [ExactText: Source] = [:]) {
        self.path = path
        self.text = text
        self.modules = modules
    }
}

/// The files of specs of a workspace: those in the plugins folder, in the folders of plugins, and beside the maps.
package struct SpecListing: Sendable {
    /// In the order of their paths' bytes.
    package private(set) var specs: [SpecSource] = []
    /// Files and folders that cannot be read.
    package private(set) var mistakes: [Mistake] = []

    private static let mapFolder = WorkspaceFiles.mapFolder
    /// How many folders a spec's file may lie in below the plugins folder.
    private static let depthLimit = 8

    /// - Parameter generation: of the same tree; its plugins' files are what specs beside them may `require`.
    package init(reading tree: some FileTree, _ generation: Generation) {
        let folder = generation.settings.plugins.folder
        read(folder, in: tree, top: folder, generation, depth: 0)
        read(Self.mapFolder, in: tree, top: Self.mapFolder, generation, depth: Self.depthLimit)
        specs.sort { compareBytes($0.path, $1.path) < 0 }
        mistakes.sort()
    }

    private mutating func read(
        _ folder: String, in tree: some FileTree, top: String, _ generation: Generation, depth: Int
    ) {
        let entries: [FolderEntry]
        do {
            entries = try tree.list(folder, top: top)
        } catch .missing {
            return
        } catch {
            mistakes.append(Mistake(FilePlace(wholeFile: folder), "the specs cannot be read: \(error)"))
            return
        }
        for entry in entries where !entry.name.hasPrefix(".") {
            let path = "\(folder)/\(entry.name)"
            switch entry.kind {
            case .folder where depth < Self.depthLimit:
                read(path, in: tree, top: top, generation, depth: depth + 1)
            case .file where entry.name.hasSuffix(SpecSource.ending):
                do {
                    let text = try tree.read(path, top: top, limitBytes: Limits().sourceBytes)
                    let modules = Self.modules(beside: path, under: top, generation)
                    specs.append(SpecSource(path: path, text: text, modules: modules))
                } catch {
                    mistakes.append(Mistake(FilePlace(wholeFile: path), "\(error)"))
                }
            case .file, .folder, .other, .outside: continue
            }
        }
    }

    /// The files of the plugin in whose folder the spec lies, or whose name it has.
    private static func modules(
        beside path: String, under top: String, _ generation: Generation
    ) -> [ExactText: Source] {
        let below = path.dropFirst(top.count + 1).split(separator: "/")
        guard let first = below.first else { return [:] }
        let name = below.count > 1 ? String(first) : String(first.dropLast(SpecSource.ending.count))
        return generation.loaded(name)?.source.modules ?? [:]
    }
}
