import ArgumentParser
import SQLiteStore
import Store
import Values

struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copies the workspace's store into one file, also while it is written to.",
        discussion: """
            The file is there when the copy is whole, was checked and is on the disk. A backup of that name \
            is replaced; anything else is left alone. Values that do not read back, such as the record of a \
            lead, are copied as they are, and named.
            """)

    @OptionGroup var workspace: WorkspaceOption

    @Argument(help: ArgumentHelp("Where the copy goes.", valueName: "file"))
    var file: String

    func run() throws {
        let path = try workspace.storePath()
        let copied = try SQLiteStore.backUp(path, to: file)
        Output().line("\(file): \(copied.counts.summary)")
        try endIfDamaged(copied.damage)
    }
}

/// Names what does not read back, and ends with its status if there is any.
func endIfDamaged(_ damage: SQLiteStore.Damage) throws {
    for value in damage.others { printToStandardError(value) }
    try endIfDamaged(damage.leads)
    if !damage.isEmpty { throw ExitStatus.foundWrong }
}

extension StoreCounts {
    /// `12 leads, 80 moments`.
    var summary: String {
        "\(counted(leads.values.reduce(0, +), "lead")), \(counted(moments, "moment"))"
    }
}
