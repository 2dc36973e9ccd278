import ArgumentParser
import Foundation
import Plugins
import Store
import Values

@main
struct SignalboxCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signalbox",
        abstract: "Runs leads through maps, and the Lua plugins that act on what happens.",
        discussion: """
            Every command works on a workspace: a folder with signalbox.yaml, maps/, plugins/ and, once \
            something was stored, data/. It is the current folder, or what -w or SIGNALBOX_WORKSPACE name.

            Exit status:
              0   done
              1   done, and something was refused, failed or found wrong
              64  the command line is wrong
              65  a workspace, a store or a file that cannot be read or written
              70  a fault of signalbox itself
            """,
        version: HostVersion.program,
        subcommands: [
            Check.self, Simulate.self, Do.self, Import.self, Leads.self, ShowLead.self, Incidents.self,
            ShowPlugins.self, Try.self, Backup.self, Restore.self,
        ])

    /// So that it may stand before the command's name too: a command has the groups of those above it.
    @OptionGroup var workspace: WorkspaceOption

    static func main() {
        requireUTF8Arguments()
        // A file that reached its limit is an error in words.
        signal(SIGXFSZ, SIG_IGN)
        var command: any ParsableCommand
        do {
            command = try parseAsRoot()
        } catch {
            exit(withError: error)
        }
        do {
            try command.run()
        } catch let error as StoreError {
            tell("\(error)")
            exit(withError: Ending.of(error))
        } catch  where Ending.isMeant(error) {
            exit(withError: error)
        } catch {
            tell("signalbox failed, by a fault of its own: \(error)")
            exit(withError: Ending.ourFault)
        }
    }

    /// The parser would put something else in place of what it cannot read.
    private static func requireUTF8Arguments() {
        for index in 1..<max(1, Int(CommandLine.argc)) {
            guard let argument = CommandLine.unsafeArgv[index] else { continue }
            guard String(validatingCString: argument) == nil else { continue }
            tell("Argument \(index) is not valid UTF-8: \(String(cString: argument).printable)")
            exit(withError: ExitCode.validationFailure)
        }
    }
}

/// How a command ends (see `signalbox --help`).
enum Ending {
    static let foundWrong = ExitCode(1)
    static let cannotLoad = ExitCode(65)
    static let ourFault = ExitCode(70)

    /// What a failing store makes of a command.
    static func of(_ error: StoreError) -> ExitCode {
        switch error.code {
        case .locked: foundWrong
        case .noStore, .cannotOpen, .readOnly, .notAStore, .damaged, .newerVersion, .olderVersion, .full,
            .inputOutput, .leadDamaged:
            cannotLoad
        // The one process that writes made a moment that does not follow what it wrote before.
        case .conflict, .wrongMap, .invalidValue, .invalidSums: ourFault
        }
    }

    /// Whether a command ended itself with this error: to show help, say, or after it told why. The
    /// parser gives any other error the status of a failure.
    static func isMeant(_ error: any Error) -> Bool {
        error is ExitCode || SignalboxCommand.exitCode(for: error) != .failure
    }
}

/// How results are written.
enum Format: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case text
    /// One JSON list.
    case json
    /// A JSON object a line.
    case jsonl
}

struct FormatOption: ParsableArguments {
    @Option(help: ArgumentHelp("How results are written.", valueName: "format"))
    var format: Format = .text
}
