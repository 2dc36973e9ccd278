import ArgumentParser
import Authoring
import Foundation
import Journeys
import Plugins
import Store
import Values
import Workspace

struct RecordSpec: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Writes what happened to a lead as a spec that passes.",
        usage: "signalbox record LEAD [--moment N] [--anonymous [--personal FIELD...]] [OPTIONS]",
        discussion: """
            The spec is printed: put it beside a plugin or a map as NAME.spec.lua, and run it with `signalbox test`. It gives \
            the lead's commands again, and expects that the same fires, with the same effects. What was written is \
            run once; the status is 1 where it does not pass, because a plugin or a map is not as it was.

            With --anonymous the values of fields such as name, email and phone are replaced, those of the fields that \
            serve.mask and --personal name, and what has the form of an address or a telephone number; the same value by the \
            same replacement. Read what was written before you give it away: standard error says which fields were replaced.
            """)

    @OptionGroup var workspace: WorkspaceOption

    @Argument(help: "The lead's id, or a beginning of it that no other has.", completion: .leadID)
    var lead: String

    @Option(help: ArgumentHelp("The last moment that is written.", valueName: "number"))
    var moment: Int?

    @Flag(help: "Replace what is personal.")
    var anonymous = false

    @Option(help: ArgumentHelp("A field whose values are personal; may be repeated.", valueName: "field"))
    var personal: [String] = []

    func validate() throws {
        guard moment ?? 1 >= 1 else { throw ValidationError("--moment must be at least 1") }
        guard anonymous || personal.isEmpty else { throw ValidationError("--personal goes with --anonymous") }
    }

    func run() throws {
        let generation = try workspace.load()
        let store = try workspace.openStoreToRead()
        let id = try LeadLookup(store).find(lead)
        guard let record = try store.lead(id) else { throw ExitStatus.foundWrong }
        let specs = SpecWorkspace(generation, reading: DiskTree(root: workspace.folder))
        var anonymity =
            anonymous ? Anonymity(personal: generation.settings.serve.maskedFields + personal) : nil
        let recorded: RecordedSpec
        do throws(RecordedSpec.Fault) {
            recorded = try RecordedSpec(record, to: moment, in: store, on: specs, anonymity: &anonymity)
        } catch {
            if case .store(let error) = error { throw error }
            printToStandardError("Lead \(id.text.quotedForMessage): \(error.message)")
            throw ExitStatus.foundWrong
        }
        let output = Output()
        output.bytes(Array(recorded.text.utf8))
        output.flush()
        if let anonymity { tell(anonymity) }
        try verify(recorded, on: specs)
    }

    private func tell(_ anonymity: Anonymity) {
        func listed(_ fields: Set<String>) -> String {
            fields.isEmpty ? "none" : fields.sorted().map(\.quotedForMessage).joined(separator: ", ")
        }
        printToStandardError(
            "Fields whose values were replaced: \(listed(anonymity.replaced)). Left as they are: \(listed(anonymity.kept))."
        )
    }

    /// Runs what was written.
    private func verify(_ recorded: RecordedSpec, on workspace: SpecWorkspace) throws {
        let source = SpecSource(path: "recorded.spec.lua", text: Array(recorded.text.utf8))
        let results = SpecRun(on: workspace).run([source], threads: 1)
        guard let failure = results.lazy.compactMap({ $0.failure ?? $0.tests.first?.failure }).first else {
            return
        }
        printToStandardError("The spec does not pass: a plugin or a map is not as it was when this happened.")
        for line in failure.lines { printToStandardError(line) }
        throw ExitStatus.foundWrong
    }
}
