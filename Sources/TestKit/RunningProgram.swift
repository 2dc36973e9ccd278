import Foundation
public import Values

/// What a run of a program came to.
public struct Ran: Sendable {
    public let status: Int32
    /// Whether a signal ended it; then that is the status.
    public let wasKilled: Bool
    public let output: String
    public let errors: String

    /// The output's lines as JSON objects.
    public var objects: [Table] {
        output.split(separator: "\n").compactMap { (try? JSONReader.read(String($0)))?.table }
    }
}

/// A program as it was built with these tests, run as its users run it.
public final class RunningProgram: Sendable {
    public enum Input: Sendable {
        case bytes([UInt8])
        /// Written bit by bit with ``send(_:)``.
        case open
    }

    private let process: Process
    private let input: FileHandle?
    private let folder: String
    private let ended: AsyncStream<Void>

    public var processID: Int32 { process.processIdentifier }

    /// The program of that name beside the tests.
    private static func path(of name: String) -> String {
        let bundles = Bundle.allBundles.map(\.bundlePath).filter { $0.hasSuffix(".xctest") }
        let places = [Bundle.main.executablePath ?? CommandLine.arguments[0]] + bundles
        let candidates = places.map { ($0 as NSString).deletingLastPathComponent + "/\(name)" }
        guard let path = candidates.first(where: FileManager.default.isExecutableFile) else {
            fatalError("\(name) is not beside the tests: \(candidates)")
        }
        return path
    }

    /// - Parameters:
    ///   - program: the name of the product.
    ///   - shell: a command of the shell in which `"$0"` is the program and `"$@"` the arguments.
    public init(
        _ arguments: [String], of program: String = "signalbox", input: Input = .bytes([]),
        environment: [String: String] = [:], shell: String? = nil
    ) throws {
        let path = Self.path(of: program)
        folder = NSTemporaryDirectory() + "/signalbox run \(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        process = Process()
        if let shell {
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", shell, path] + arguments
        } else {
            process.executableURL = URL(fileURLWithPath: path)
            process.arguments = arguments
        }
        // Those of whoever runs the tests are not for the program.
        let variables = ProcessInfo.processInfo.environment.filter { variable in
            !["SIGNALBOX_", "NOTIFY_", "WATCHDOG_"].contains { variable.key.hasPrefix($0) }
        }
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
        // The program has its own now. A process is kept after its end, and these with it.
        for end in [process.standardInput, process.standardOutput, process.standardError] {
            try (end as? FileHandle)?.close()
            try (end as? Pipe)?.fileHandleForReading.close()
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    public func send(_ text: String) throws { try input?.write(contentsOf: Data(text.utf8)) }

    /// Waits until the output holds the text.
    public func shows(_ text: String) async throws -> Bool { try await holds("out", text) }

    /// Waits until what it told on standard error holds the text, and runs `meanwhile` each time it does not.
    public func tells(_ text: String, meanwhile: () throws -> Void = {}) async throws -> Bool {
        try await holds("err", text, meanwhile)
    }

    /// False when the program has ended without it, or goes on for ten minutes without it: with a sanitizer, and other
    /// tests beside it, it may take long.
    private func holds(
        _ file: String, _ text: String, _ meanwhile: () throws -> Void = {}
    ) async throws -> Bool {
        for _ in 0..<30_000 {
            let isOver = !process.isRunning
            if read(file).contains(text) { return true }
            if isOver { return false }
            try meanwhile()
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    /// What it told on standard error so far.
    public var told: String { read("err") }

    public func signal(_ number: Int32) { kill(processID, number) }

    /// Ends the input, unless the program is to end without that, and waits for the program.
    public func end(closing: Bool = true) async throws -> Ran {
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
