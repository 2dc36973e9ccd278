import Values

extension String {
    /// Whether the path is the folder or something in it, byte by byte. Both are absolute and go over no link.
    func isInside(_ folder: String) -> Bool {
        sameBytes(self, folder) || utf8.starts(with: (folder == "/" ? "/" : folder + "/").utf8)
    }
}
