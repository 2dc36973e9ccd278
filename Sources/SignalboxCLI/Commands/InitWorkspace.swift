import ArgumentParser
import Authoring
import Foundation
import Journeys
import Values
import Workspace

struct InitWorkspace: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract:
            "Lays a workspace that runs: a map, the standard plugins, and one of your own with its spec.",
        discussion: """
            Files that are there already stay as they are. Beside the workspace's own files it lays what editors and \
            linters read: .luarc.json, .luacheckrc, and the folder \(TypeFiles.folder), which `signalbox types` makes anew.
            """)

    @Argument(
        help: ArgumentHelp("The workspace's folder, which is made where there is none.", valueName: "dir"))
    var folder: String

    func validate() throws {
        if folder.isEmpty {
            throw ValidationError("the folder's name is an empty text; use . for the current one")
        }
    }

    func run() throws {
        let output = Output()
        do {
            for file in NewWorkspace.files {
                output.line("\(try lay(file.text, at: file.path) ? "made" : "kept")  \(file.path)")
            }
            let generation = try Generation(reading: DiskTree(root: folder))
            for path in try TypeFolder(folder: folder).write(generation, store: nil) {
                output.line("made  \(path)")
            }
        } catch let mistakes as Mistakes {
            // Of files that were there before.
            for mistake in mistakes.list { printToStandardError("\(mistake)") }
            throw ExitStatus.cannotLoad
        } catch let error as CocoaError {
            printToStandardError("\(folder): \(error.localizedDescription)")
            throw ExitStatus.cannotLoad
        }
        let place = folder == "." ? "" : " -w \(folder.shellWord)"
        let next = [
            ("check\(place)", "what is wrong or surprising in its files"),
            ("test\(place)", "the specs of its plugins"),
            ("simulate\(place) --commands \(path("commands.jsonl").shellWord)", "four commands, in memory"),
            ("serve\(place)", "the engine that stays up; a saved file is live at once"),
        ]
        let width = next.map(\.0.count).max() ?? 0
        output.line("")
        output.line("What to do next:")
        for (command, what) in next {
            let space = String(repeating: " ", count: width - command.count)
            output.line("  signalbox \(command)\(space)  \(what)")
        }
    }

    /// Whether the file was made; one that is there stays as it is, also a link that leads nowhere.
    private func lay(_ text: String, at path: String) throws -> Bool {
        let place = "\(folder)/\(path)"
        try FileManager.default.createDirectory(
            atPath: (place as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: place), options: .withoutOverwriting)
        } catch let error as CocoaError where error.code == .fileWriteFileExists {
            return false
        }
        return true
    }

    /// From where the program runs.
    private func path(_ file: String) -> String { folder == "." ? file : "\(folder)/\(file)" }
}

extension String {
    /// As a shell takes it for one word.
    fileprivate var shellWord: String {
        let isPlain = utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || "/._-".utf8.contains($0)
        }
        return isPlain ? self : "'\(replacing("'", with: #"'\''"#))'"
    }
}
