import ArgumentParser
import Journeys
import Values

// The subcommands of `do`, one for each verb that a command has.

extension Do {
    struct Assign: OneCommand {
        static let verb = GrammarVerb.assign
        static let configuration = CommandConfiguration(
            commandName: "assign",
            abstract: "Puts a lead on a map.",
            usage: "signalbox do assign LEAD MAP [FIELD=TEXT ...] [FIELD:=JSON ...] [OPTIONS]")

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption
        @OptionGroup var options: Options

        @Argument(help: "The lead's id.", completion: .leadID)
        var lead: String

        @Argument(help: ArgumentHelp("The map's id.", valueName: "map"), completion: .mapID)
        var map: String

        @OptionGroup var fields: FieldArguments

        var keys: Table {
            get throws {
                var keys = try fields.table
                keys["map"] = .string(map)
                return keys
            }
        }
    }

    struct Complete: OneCommand {
        static let verb = GrammarVerb.complete
        static let configuration = CommandConfiguration(
            commandName: "complete",
            abstract: "Completes an open step.",
            usage: "signalbox do complete LEAD TRACK/STEP [OPTIONS]")

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption
        @OptionGroup var options: Options

        @Argument(help: "The lead's id.", completion: .leadID)
        var lead: String

        @Argument(help: ArgumentHelp("The step's path.", valueName: "track/step"), completion: .stepPath)
        var step: String

        var keys: Table { ["step": .string(step)] }
    }

    struct Advance: OneCommand {
        static let verb = GrammarVerb.advance
        static let configuration = CommandConfiguration(
            commandName: "advance",
            abstract: "Passes over the optional steps of the current track.",
            usage: "signalbox do advance LEAD [OPTIONS]")

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption
        @OptionGroup var options: Options

        @Argument(help: "The lead's id.", completion: .leadID)
        var lead: String

        var keys: Table { Table() }
    }

    struct Remove: OneCommand {
        static let verb = GrammarVerb.remove
        static let configuration = CommandConfiguration(
            commandName: "remove",
            abstract: "Removes an open step of a flex track.",
            usage: "signalbox do remove LEAD TRACK/STEP [OPTIONS]")

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption
        @OptionGroup var options: Options

        @Argument(help: "The lead's id.", completion: .leadID)
        var lead: String

        @Argument(help: ArgumentHelp("The step's path.", valueName: "track/step"), completion: .stepPath)
        var step: String

        var keys: Table { ["step": .string(step)] }
    }

    struct Status: OneCommand {
        static let verb = GrammarVerb.status
        static let configuration = CommandConfiguration(
            commandName: "status",
            abstract: "Changes a lead's status.",
            usage: "signalbox do status LEAD open|closed|won|lost [OPTIONS]")

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption
        @OptionGroup var options: Options

        @Argument(help: "The lead's id.", completion: .leadID)
        var lead: String

        @Argument(help: ArgumentHelp("open, closed, won or lost.", valueName: "status"))
        var to: String

        var keys: Table { ["to": .string(to)] }
    }

    struct Set: OneCommand {
        static let verb = GrammarVerb.set
        static let configuration = CommandConfiguration(
            commandName: "set",
            abstract: "Changes fields, channel or agent of a lead.",
            usage: "signalbox do set LEAD [FIELD=TEXT ...] [FIELD:=JSON ...] [OPTIONS]")

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption
        @OptionGroup var options: Options

        @Argument(help: "The lead's id.", completion: .leadID)
        var lead: String

        @OptionGroup var fields: FieldArguments

        var keys: Table { get throws { try fields.table } }
    }

    struct Retry: OneCommand {
        static let verb = GrammarVerb.retry
        static let configuration = CommandConfiguration(
            commandName: "retry",
            abstract: "Asks the decider of a held track again.",
            usage: "signalbox do retry LEAD [OPTIONS]")

        @OptionGroup var workspace: WorkspaceOption
        @OptionGroup var format: FormatOption
        @OptionGroup var options: Options

        @Argument(help: "The lead's id.", completion: .leadID)
        var lead: String

        var keys: Table { Table() }
    }
}
