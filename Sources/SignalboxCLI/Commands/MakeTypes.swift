import ArgumentParser
import Authoring
import Foundation
import SQLiteStore
import Store
import Values
import Workspace

struct MakeTypes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "types",
        abstract: "Makes what editors read of the workspace anew.",
        discussion: """
            Writes into the folder \(TypeFiles.folder): the definitions of `host` for Lua's language server, the names that \
            this workspace's maps, plugins and leads use, and the JSON schemas of maps and settings. A service does it by \
            itself in a workspace that has the folder, whenever a file was saved.
            """)

    @OptionGroup var workspace: WorkspaceOption

    func run() throws {
        let generation = try workspace.load()
        let isThere = FileManager.default.fileExists(atPath: workspace.storePath(generation.settings))
        let store = isThere ? try? workspace.openStoreToRead() : nil
        let output = Output()
        do {
            let written = try TypeFolder(folder: workspace.folder).write(generation, store: store)
            for path in written { output.line("made  \(path)") }
            if written.isEmpty { output.line("Nothing changed.") }
        } catch {
            printToStandardError(
                "\(workspace.folder)/\(TypeFiles.folder) cannot be written: \(error.localizedDescription)")
            throw ExitStatus.cannotLoad
        }
    }
}
