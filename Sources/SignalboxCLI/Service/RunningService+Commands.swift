import Journeys
import Signalbox
import Store
import Values

extension RunningService {
    /// Gives commands that are there already, and shows their results in their order. Ends the command where the service
    /// does not answer all of them, or where a signal requests
    /// the end before all are given.
    func give(_ commands: [(request: CommandLineEntry.Request, given: Value)], in report: inout Report) throws
    {
        let interruption = try Interruption()
        let served = try ServedCommands(self, until: interruption)
        let (rest, failure) = try CommandStream(served, until: interruption).run { stream -> Int in
            for (index, command) in commands.enumerated() {
                if interruption.isAsked { return commands.count - index }
                let isWanted = stream.give(command.request, given: command.given, line: index + 1, bytes: 0)
                if !isWanted { break }
            }
            return 0
        } showing: { shown in
            switch shown {
            case .answer(let answer, let given):
                report.answer(answer, to: given.command, given: given.value, line: nil)
            case .released(let plugin, let refusal, let given):
                report.release(of: plugin, refusal, given: given.value, line: nil)
            // It is not these commands' result.
            case .own, .unfit: break
            }
        }
        served.end { _, _ in }
        if let failure {
            printToStandardError("\(failure.error)")
            throw ExitStatus.of(failure.error)
        }
        if rest > 0 { interruption.end("\(counted(rest, "command")) were not given.") }
    }

    /// Lets a plugin be called again that is quarantined.
    func release(_ plugin: String) throws {
        let verb = GrammarVerb.release.rawValue
        var report = Report(
            format: .text, detail: .noteworthy, namesLeads: true, to: Output(outlivesReader: true))
        try give(
            [(.release(plugin: plugin), ["do": .string(verb), "plugin": .string(plugin)])], in: &report)
        if report.counts.foundWrong { throw ExitStatus.foundWrong }
    }
}
