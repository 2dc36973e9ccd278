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
            InitWorkspace.self, Check.self, Simulate.self, Do.self, Import.self, Leads.self, ShowLead.self,
            Explain.self, ListTriggers.self, MakeTypes.self, RunSpecs.self, RecordSpec.self,
            Incidents.self,
            Deliveries.self, Todos.self, Journal.self, PluginValuesCommand.self, Erase.self, ShowPlugins.self,
            Try.self, ReplayCalls.self, Serve.self,
            Config.self, Tokens.self,
            Backup.self,
            Restore.self,
        ])

    /// So that it may come before the command's name too: a command has the groups of those above it.
    @OptionGroup var workspace: WorkspaceOption

    static func main() {
        openStandardDescriptors()
        requireUTF8Arguments()
        if let fault = SystemCheck.now.fault {
            printToStandardError(fault)
            exit(withError: ExitStatus.cannotLoad)
        }
        // A file that reached its limit is an error in words.
        signal(SIGXFSZ, SIG_IGN)
        var command: any ParsableCommand
        do {
            command = try parseAsRoot(arguments)
        } catch {
            exit(refusing: error)
        }
        do {
            try command.run()
        } catch let error as StoreError {
            printToStandardError("\(error)")
            exit(withError: ExitStatus.of(error))
        } catch  where ExitStatus.isMeant(error) {
            exit(withError: error)
        } catch {
            printToStandardError("signalbox failed, by a fault of its own: \(error)")
            exit(withError: ExitStatus.ourFault)
        }
    }

    /// Those of the process, with `--sort -score` as `--sort=-score`: the parser would look for short options in the
    /// name of a column before it knows which command has them.
    private static var arguments: [String] {
        var joined: [String] = []
        for argument in CommandLine.arguments.dropFirst() {
            if joined.last == "--sort", joined.contains("leads"), argument.hasPrefix("-") {
                joined[joined.count - 1] += "=\(argument)"
            } else {
                joined.append(argument)
            }
        }
        return joined
    }

    /// Where a descriptor from 0 to 2 is closed, the next file that is opened would take its place, and what is meant
    /// for a person would be written into a store.
    private static func openStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            guard open("/dev/null", O_RDWR) == descriptor else {
                Foundation.exit(ExitStatus.cannotLoad.rawValue)
            }
        }
    }

    /// As the parser ends a command line that it refuses, without the name of the subcommand that is `do` alone.
    private static func exit(refusing error: any Error) -> Never {
        let message = fullMessage(for: error)
        let named = message.replacing("'signalbox do file --help'", with: "'signalbox do --help'")
        if named == message { exit(withError: error) }
        printToStandardError(named)
        exit(withError: exitCode(for: error))
    }

    /// The parser would put something else in place of what it cannot read.
    private static func requireUTF8Arguments() {
        for index in 1..<max(1, Int(CommandLine.argc)) {
            guard let argument = CommandLine.unsafeArgv[index] else { continue }
            guard String(validatingCString: argument) == nil else { continue }
            printToStandardError(
                "Argument \(index) is not valid UTF-8: \(String(cString: argument).printable)")
            exit(withError: ExitCode.validationFailure)
        }
    }
}
