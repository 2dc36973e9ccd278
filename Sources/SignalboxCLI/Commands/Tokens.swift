public import ArgumentParser
import SignalboxServer
public import Store
import Values

struct Tokens: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Makes, lists and revokes tokens, which requests to the HTTP API need.",
        subcommands: [Add.self, List.self, Revoke.self], defaultSubcommand: List.self)

    // So that they may come before the subcommand's name too.
    @OptionGroup var workspace: WorkspaceOption
    @OptionGroup var format: FormatOption

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add",
            abstract: "Makes a token and prints it. It is shown this once: the store keeps its hash alone.",
            usage: "signalbox token add NAME --role viewer|agent|admin [OPTIONS]")

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption

        @Option(
            help: ArgumentHelp(
                "viewer reads; agent also gives commands; admin does everything.", valueName: "role"))
        var role: AccessRole

        @Argument(help: "Whose it is; events name it as api:NAME.")
        var name: String

        func validate() throws {
            guard AccessToken.isName(name) else {
                throw ValidationError(
                    "\(name.quotedForMessage) is not a token's name: \(AccessToken.nameRule)")
            }
            guard format.format == .text else {
                throw ValidationError("token add prints the token alone; leave out --format")
            }
        }

        func run() throws {
            let token: String
            if let service = workspace.service() {
                token = try service.addToken(name, role)
            } else {
                let store = try workspace.openStoreToWrite()
                token = try TokenDirectory(of: store).add(name, role, at: WallClock.now())
            }
            let output = Output(outlivesReader: true)
            output.line(token)
            output.flush()
            printToStandardError(
                "Keep it: it is not shown again. Requests give it as `Authorization: Bearer ...`.")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists the tokens, also those that are revoked.",
            usage: "signalbox token list [OPTIONS]")

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption

        func run() throws {
            let tokens = try workspace.openAccessToRead().tokens()
            let output = Output()
            var listing = Listing(format.format, to: output)
            var table = TextTable(["token", "role", "made", "revoked"], whole: ["token"], output.style)
            for token in tokens {
                table.add([
                    token.name, token.role.rawValue, token.made.forPeople, token.revoked?.forPeople ?? "",
                ])
                listing.element(json: token.json, text: [])
            }
            listing.text(tokens.isEmpty ? ["No tokens."] : table.lines(within: output.columns))
            listing.end()
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke",
            abstract: "Takes a token back: requests with it are refused from then on.",
            usage: "signalbox token revoke NAME [OPTIONS]")

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption

        @Argument(help: "The token's name.")
        var name: String

        func validate() throws {
            guard format.format == .text else {
                throw ValidationError("token revoke prints no results; leave out --format")
            }
        }

        func run() throws {
            let service = workspace.service()
            let store = service == nil ? try workspace.openStoreToWrite() : nil
            let reader: any AccessStore = try store ?? workspace.openAccessToRead()
            guard try reader.tokens().contains(where: { sameBytes($0.name, name) && $0.revoked == nil })
            else {
                let names = try reader.tokens().filter { $0.revoked == nil }.map(\.name)
                let hint = suggestion(for: name, among: names)
                printToStandardError(
                    "There is no token \(name.quotedForMessage) that could be revoked\(hint.isEmpty ? "." : hint)"
                )
                throw ExitStatus.foundWrong
            }
            try service?.revokeToken(name)
            try store?.revokeToken(name, at: WallClock.now())
            printToStandardError("The token \(name.printable) is revoked.")
        }
    }
}

extension AccessRole: ExpressibleByArgument {}

extension AccessToken {
    fileprivate var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", "token")
        writer.field("token", name)
        writer.field("role", role.rawValue)
        writer.field("made", made.description)
        if let revoked { writer.field("revoked", revoked.description) }
        writer.endObject()
        return writer.text
    }
}
