/// What the plan of what to watch asks of a disk. Paths are absolute.
protocol FolderLooker {
    /// What is at a path; a link is not followed.
    func look(at path: String) -> FoundKind
    /// What lies directly in a folder, in any order; nothing where it cannot be listed.
    func list(_ folder: String) -> [(name: String, kind: FoundKind)]
}

enum FoundKind: Equatable {
    case missing, folder
    /// A file, a pipe, a device.
    case other
    /// A symbolic link to this path.
    case link(String)
}
