import Foundation

/// A workspace on the disk, gone when this is.
public final class TemporaryWorkspace: Sendable {
    public let root: String

    public init(_ files: [String: String] = [:]) throws {
        root = NSTemporaryDirectory() + "/signalbox-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        for (path, text) in files { try write(path, text) }
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    public func path(_ path: String) -> String { "\(root)/\(path)" }

    /// In place; its folder is made if need be.
    public func write(_ path: String, _ text: String) throws {
        let file = URL(fileURLWithPath: self.path(path))
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    public func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: self.path(path)) }

    public func move(_ from: String, to: String) throws {
        guard rename(path(from), path(to)) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    /// Puts a link in the place of what is there, in one step.
    public func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: self.path(path + ".new"), withDestinationPath: target)
        try move(path + ".new", to: path)
    }
}
