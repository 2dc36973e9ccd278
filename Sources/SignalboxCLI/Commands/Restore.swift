import ArgumentParser
import SQLiteStore

struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Puts a backup in the place of the workspace's store.",
        discussion: """
            The backup is checked first; where anything is wrong with it, the store stays as it is. Leads \
            whose records are damaged are restored as they are, and named. The store that was there is kept \
            beside the new one.
            """)

    @OptionGroup var workspace: WorkspaceOption

    @Argument(help: ArgumentHelp("A file that `signalbox backup` made.", valueName: "file"))
    var file: String

    func run() throws {
        let path = try workspace.storePath()
        let copied = try SQLiteStore.restore(path, from: file)
        let output = Output()
        output.line("\(path): \(copied.counts.summary)")
        if let replaced = copied.replaced { output.line("\(replaced): the store that was there before") }
        try endIfDamaged(copied.damaged)
    }
}
