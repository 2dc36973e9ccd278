import Authoring
import Foundation
import Store
import Values
import Workspace

/// The folder `.signalbox` of a workspace, with what editors read of it.
struct TypeFolder {
    /// The workspace's.
    let folder: String

    /// How many leads are looked at for the names of their fields.
    private static let leadLimit = 1_000

    var exists: Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path(TypeFiles.folder), isDirectory: &isFolder)
            && isFolder.boolValue
    }

    /// Makes its files anew where they differ, and answers the paths of those that did.
    ///
    /// - Parameter store: whose leads' fields are named too; nil for none.
    func write(_ generation: Generation, store: (any StoreReader)?) throws -> [String] {
        try FileManager.default.createDirectory(
            atPath: path(TypeFiles.folder), withIntermediateDirectories: true)
        var written: [String] = []
        for file in TypeFiles.all(of: generation, fields: Self.fields(in: store)) {
            let bytes = Data(file.text.utf8)
            if FileManager.default.contents(atPath: path(file.path)) == bytes { continue }
            try bytes.write(to: URL(fileURLWithPath: path(file.path)), options: .atomic)
            written.append(file.path)
        }
        return written
    }

    /// A store that cannot be read adds nothing: the commands that need it say why.
    private static func fields(in store: (any StoreReader)?) -> Set<String> {
        let leads = try? store?.leads(matching: LeadFilter(), after: nil, limit: leadLimit, damaged: { _ in })
        return Set((leads ?? []).flatMap { $0.fields.keys })
    }

    private func path(_ file: String) -> String { "\(folder)/\(file)" }
}
