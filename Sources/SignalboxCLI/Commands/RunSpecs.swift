import ArgumentParser
import Authoring
import Foundation
import Journeys
import Plugins
import Values
import Workspace

struct RunSpecs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Runs the specs of plugins and maps, NAME.spec.lua.",
        discussion: """
            Specs are the files NAME.spec.lua in the plugins folder, in plugins' folders and in maps/. They run in memory, on \
            the workspace's plugins and maps: nothing is stored, and nothing leaves. Each test has a clock of its own, which \
            begins at 2000-01-01T00:00:00Z.

            The status is 1 when a spec fails.
            """)

    @OptionGroup var workspace: WorkspaceOption

    @Argument(help: ArgumentHelp("Only these files, from the workspace's folder.", valueName: "file"))
    var files: [String] = []

    @Option(help: ArgumentHelp("Only tests whose file or names contain this.", valueName: "text"))
    var only: String?

    @Option(help: ArgumentHelp("How results are written.", valueName: "format"))
    var format: SpecFormat = .text

    @Flag(help: "Count the lines of plugins that run, and show which did not.")
    var coverage = false

    @Flag(help: "Run again at each change of the workspace's files, until the command is stopped.")
    var watch = false

    func validate() throws {
        guard !coverage || format != .junit else {
            throw ValidationError("--coverage has no place in --format junit; use text, json, jsonl or tap")
        }
        guard !watch || format == .text else {
            throw ValidationError("--watch is for people: leave out --format")
        }
    }

    func run() throws {
        let generation = try workspace.load()
        // Before they run, so that what is saved while they do is seen.
        let watched = watch ? try WatchedWorkspace(workspace, after: generation) : nil
        let results = try run(on: generation)
        SpecReport(format, to: Output()).show(results)
        // What does not load then is told, and looked at again after its next save.
        try watched?.afterEachSave(in: workspace) { generation in
            let results = try run(on: generation)
            let output = Output()
            output.line()
            SpecReport(format, to: output).show(results)
        }
        if results.failedCount > 0 { throw ExitStatus.foundWrong }
    }

    private func run(on generation: Generation) throws -> SpecResults {
        let tree = DiskTree(root: workspace.folder)
        let listing = SpecListing(reading: tree, generation)
        for mistake in listing.mistakes { printToStandardError("\(mistake)") }
        guard listing.mistakes.isEmpty else { throw ExitStatus.cannotLoad }
        let specs = try wanted(listing.specs)
        let start = ContinuousClock.now
        let runOn = SpecWorkspace(generation, reading: tree, countsLines: coverage)
        let run = SpecRun(on: runOn, only: only)
        let files = run.run(specs, threads: ProcessInfo.processInfo.activeProcessorCount)
        return SpecResults(
            files: files, duration: ContinuousClock.now - start,
            coverage: coverage ? CoveredFile.all(of: runOn, in: generation.settings.plugins.folder) : nil)
    }

    private func wanted(_ specs: [SpecSource]) throws -> [SpecSource] {
        guard !files.isEmpty else { return specs }
        return try files.map { file in
            let spec = specs.first {
                sameBytes($0.path, file) || sameBytes("\(workspace.folder)/\($0.path)", file)
            }
            guard let spec else {
                let hint = suggestion(for: file, among: specs.map(\.path))
                printToStandardError(
                    "There is no file of specs \(file.quotedForMessage)\(hint.isEmpty ? "." : hint)")
                throw ExitStatus.foundWrong
            }
            return spec
        }
    }
}

/// How the results of specs are written.
enum SpecFormat: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case text
    /// One JSON list.
    case json
    /// A JSON object a line.
    case jsonl
    /// For servers that build and test.
    case junit
    /// The Test Anything Protocol, version 14.
    case tap
}

/// What all specs came to.
struct SpecResults {
    let files: [SpecFileResult]
    /// By the wall clock.
    let duration: Duration
    /// Nil where lines were not counted.
    var coverage: [CoveredFile]?

    var testCount: Int { files.reduce(0) { $0 + $1.tests.count } }
    /// Files that did not load among them.
    var failedCount: Int { files.reduce(0) { $0 + $1.failedCount } }
}

extension Duration {
    /// With so many digits behind the point.
    func seconds(digits: Int) -> String {
        let factor = (0..<digits).reduce(1.0) { factor, _ in factor * 10 }
        let whole = Int((self / .seconds(1) * factor).rounded())
        if digits == 0 { return "\(whole)" }
        let rest = String(Int(factor) + whole % Int(factor)).dropFirst()
        return "\(whole / Int(factor)).\(rest)"
    }
}
