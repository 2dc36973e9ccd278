import Foundation
import Values

/// What a run of the program came to.
struct Ran: Sendable {
    let status: Int32
    /// Whether a signal ended it; then that is the status.
    let wasKilled: Bool
    let output: String
    let errors: String

    /// The output's lines as JSON objects.
    var objects: [Table] {
        output.split(separator: "\n").compactMap { (try? JSONReader.read(String($0)))?.table }
    }
}

/// The program as it was built with these tests, run as its users run it.
final class RunningProgram: Sendable {
    enum Input {
        case bytes([UInt8])
        /// Written bit by bit with ``send(_:)``.
        case open
    }

    private let process: Process
    private let input: FileHandle?
    private let folder: String
    private let ended: AsyncStream<Void>

    var processID: Int32 { process.processIdentifier }

    static let path: String = {
        let bundles = Bundle.allBundles.map(\.bundlePath).filter { $0.hasSuffix(".xctest") }
        let places = [Bundle.main.executablePath ?? CommandLine.arguments[0]] + bundles
        let candidates = places.map { ($0 as NSString).deletingLastPathComponent + "/signalbox" }
        guard let path = candidates.first(where: FileManager.default.isExecutableFile) else {
            fatalError("signalbox is not beside the tests: \(candidates)")
        }
        return path
    }()

    /// - Parameter shell: a command of the shell in which `"$0"` is the program and `"$@"` the arguments.
    init(
        _ arguments: [String], input: Input = .bytes([]), environment: [String: String] = [:],
        shell: String? = nil
    ) throws {
        folder = NSTemporaryDirectory() + "/signalbox run \(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        process = Process()
        if let shell {
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", shell, Self.path] + arguments
        } else {
            process.executableURL = URL(fileURLWithPath: Self.path)
            process.arguments = arguments
        }
        var variables = ProcessInfo.processInfo.environment
        variables["SIGNALBOX_WORKSPACE"] = nil
        process.environment = variables.merging(environment) { $1 }
        // Files, not pipes: nobody has to read while it runs.
        for name in ["in", "out", "err"] { try Data().write(to: URL(fileURLWithPath: "\(folder)/\(name)")) }
        process.standardOutput = FileHandle(forWritingAtPath: "\(folder)/out")
        process.standardError = FileHandle(forWritingAtPath: "\(folder)/err")
        switch input {
        case .bytes(let bytes):
            try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/in"))
            process.standardInput = FileHandle(forReadingAtPath: "\(folder)/in")
            self.input = nil
        case .open:
            let pipe = Pipe()
            process.standardInput = pipe
            self.input = pipe.fileHandleForWriting
        }
        let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
        self.ended = ended
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func send(_ text: String) throws { try input?.write(contentsOf: Data(text.utf8)) }

    /// Waits until the output holds the text.
    func shows(_ text: String) async throws -> Bool { try await holds("out", text) }

    /// Waits until what it told on standard error holds the text.
    func tells(_ text: String) async throws -> Bool { try await holds("err", text) }

    private func holds(_ file: String, _ text: String) async throws -> Bool {
        for _ in 0..<1000 {
            if read(file).contains(text) { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    func signal(_ number: Int32) { kill(processID, number) }

    /// Ends the input, unless the program is to end without that, and waits for the program.
    func end(closing: Bool = true) async throws -> Ran {
        if closing { try input?.close() }
        for await _ in ended {}
        return Ran(
            status: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal,
            output: read("out"), errors: read("err"))
    }

    private func read(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data(), as: UTF8.self)
    }
}
