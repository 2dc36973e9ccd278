import Foundation
import Journeys
import Values

/// The command line's program, given the workload as a file.
struct StreamProgram {
    private let program: String
    private let workspace: String
    private let file: String
    private let count: Int

    /// Where the program is; nil where it is not beside this one.
    static var place: String? {
        let folder = URL(fileURLWithPath: Bundle.main.executablePath ?? CommandLine.arguments[0])
            .deletingLastPathComponent()
        let program = folder.appendingPathComponent("signalbox").path
        return FileManager.default.isExecutableFile(atPath: program) ? program : nil
    }

    /// Nil where the program is not beside this one.
    init?(_ commands: [Command], workspace: String) throws {
        guard let program = Self.place else { return nil }
        self.program = program
        self.workspace = workspace
        count = commands.count
        file = "\(workspace)/commands.jsonl"
        try Data(Self.lines(of: commands)).write(to: URL(fileURLWithPath: file))
    }

    /// As a commands file has them.
    static func lines(of commands: some Sequence<Command>) -> [UInt8] {
        var text: [UInt8] = []
        for command in commands {
            text += command.value.json.utf8
            text.append(UInt8(ascii: "\n"))
        }
        return text
    }

    /// How many commands a second it does, with its start and its end, in a store of its own.
    func run() throws -> Double {
        try? FileManager.default.removeItem(atPath: "\(workspace)/data")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["do", "--commands", file, "-w", workspace]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let began = ContinuousClock.now
        try process.run()
        process.waitUntilExit()
        let rate = Double(count) / ((ContinuousClock.now - began) / .seconds(1))
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw BenchmarkError(
                description: "\(program) do --commands ended with \(process.terminationStatus)")
        }
        return rate
    }
}
