import ArgumentParser
import Journeys
import Store
import Values

/// The versions of a plugin that the store keeps, for people.
struct KeptVersions {
    /// In the order in which they were first used.
    let versions: [StoredVersion]
    private let name: String
    private let store: any StoreReader
    /// The hash of the version that is in the folder and loads.
    private let live: String?

    init(of name: String, in store: any StoreReader, live: String?) throws {
        self.name = name
        self.store = store
        self.live = live
        versions = try store.versions(of: .plugin, named: name)
    }

    func lines(_ style: Style) -> [String] {
        if versions.isEmpty { return ["  no version of it ran yet"] }
        return versions.map { version in
            let declared = version.declared?.printable ?? "without a version"
            let state = version.hash == live ? style("  live", .good) : ""
            return "  ran \(version.hash.prefix(12))  \(declared)"
                + style("  since \(version.since.forPeople)", .faint) + state
        }
    }

    var json: Value {
        .list(
            versions.map { version in
                var table: Table = ["hash": .string(version.hash)]
                table["version"] = version.declared.map(Value.string)
                table["since"] = .string(version.since.description)
                table["live"] = .bool(version.hash == live)
                return .table(table)
            })
    }

    /// Prints the files of the one version whose hash begins so, or the settings that the plugin had.
    func printSource(_ hash: String, _ format: Format, to output: Output) throws {
        let settings = try store.versions(of: .settings, named: name)
        let found = (versions + settings).filter { !hash.isEmpty && $0.hash.hasPrefix(hash) }
        guard let version = found.first, found.count == 1,
            let source = try store.source(of: version.kind, named: name, hash: version.hash)
        else {
            let none = "No version of \(name.quotedForMessage) that ran has a hash that begins so."
            printToStandardError(
                found.isEmpty ? none : "The hashes of \(found.count) versions begin so; give more of it.")
            throw ExitStatus.foundWrong
        }
        var listing = Listing(format, to: output)
        for file in source.files {
            let json: Value = [
                "type": "file", "file": .string(file.name),
                "text": .string(String(decoding: file.bytes, as: UTF8.self)),
            ]
            listing.element(json: json.json, text: [])
            guard format == .text else { continue }
            if source.files.count > 1 { output.line("==> \(file.name.printable)") }
            output.bytes(file.bytes)
            if source.files.count > 1 || version.kind == .settings, file.bytes.last != UInt8(ascii: "\n") {
                output.line()
            }
        }
        listing.end()
    }
}
