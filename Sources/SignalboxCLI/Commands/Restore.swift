import ArgumentParser
import SQLiteStore

struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Puts a backup in the place of the workspace's store.",
        discussion: """
            All of the backup is read first; where it is not a store that is whole, the store stays as it is. \
            Values that do not read back, such as the record of a lead, are restored as they are, and named. \
            The store that was there is kept beside the new one.
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
        try endIfDamaged(copied.damage)
    }
}
