import ArgumentParser
import SQLiteStore
import Store
import Values

struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copies the workspace's store into one file, also while it is written to.",
        discussion: """
            The file is there when the copy is whole, was checked and is on the disk. A backup of that name \
            is replaced; anything else is left alone. Leads whose records are damaged are copied as they are, \
            and named.
            """)

    @OptionGroup var workspace: WorkspaceOption

    @Argument(help: ArgumentHelp("Where the copy goes.", valueName: "file"))
    var file: String

    func run() throws {
        let path = try workspace.storePath()
        let copied = try SQLiteStore.backUp(path, to: file)
        Output().line("\(file): \(copied.counts.summary)")
        try endIfDamaged(copied.damaged)
    }
}

extension StoreCounts {
    /// `12 leads, 80 moments`.
    var summary: String {
        "\(counted(leads.values.reduce(0, +), "lead")), \(counted(moments, "moment"))"
    }
}
