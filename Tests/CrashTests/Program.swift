import Foundation
import Synchronization
import Testing

/// The program itself, as a process whose input is written and whose output is read while it runs.
///
/// Owner of the process: the test that started it, one thread; the two readers have the output's mutex.
/// Hence `@unchecked Sendable`.
final class Program: @unchecked Sendable {
    private let process = Process()
    private let input = Pipe()
    private let output = Output()
    private var readers: [Thread] = []
    private let ended = DispatchGroup()

    private final class Output: Sendable {
        let lines = Mutex<[String]>([])
        let errors = Mutex("")
    }

    /// Where `swift build` puts the program: beside the tests.
    static let file: String = {
        let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        return tests.deletingLastPathComponent().appendingPathComponent("signalbox").path
    }()

    /// Starts the program, with other limits of its store than the usual ones (`SQLiteStore.Limits`) where they are given. With
    /// `shell`, a line of shell runs first in the process that becomes it.
    init(_ arguments: [String], storeLimits: String? = nil, shell: String? = nil) throws {
        // A process that was killed reads no more.
        signal(SIGPIPE, SIG_IGN)
        if let shell {
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", "\(shell); exec \"$0\" \"$@\"", Self.file] + arguments
        } else {
            process.executableURL = URL(fileURLWithPath: Self.file)
            process.arguments = arguments
        }
        var environment = ProcessInfo.processInfo.environment
        environment["SWIFT_BACKTRACE"] = "enable=no"
        environment["SIGNALBOX_STORE_LIMITS"] = storeLimits
        process.environment = environment
        let results = Pipe()
        let errors = Pipe()
        process.standardInput = input
        process.standardOutput = results
        process.standardError = errors
        try process.run()
        let output = output
        read(results.fileHandleForReading) { bytes in
            let parts = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let whole = parts.dropLast().map { String(decoding: $0, as: UTF8.self) }
            output.lines.withLock { $0 += whole }
            return Data(parts.last ?? Data())
        }
        read(errors.fileHandleForReading) { bytes in
            output.errors.withLock { $0 += String(decoding: bytes, as: UTF8.self) }
            return Data()
        }
    }

    /// Reads on a thread of its own; `take` answers what it leaves for later.
    private func read(_ handle: FileHandle, _ take: @escaping @Sendable (Data) -> Data) {
        let descriptor = handle.fileDescriptor
        ended.enter()
        let thread = Thread { [ended] in
            var rest = Data()
            while true {
                var buffer = [UInt8](repeating: 0, count: 64 << 10)
                let count = Foundation.read(descriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { break }
                rest = take(rest + buffer.prefix(count))
            }
            withExtendedLifetime(handle) {}
            ended.leave()
        }
        thread.start()
        readers.append(thread)
    }

    /// The whole lines that came until now.
    var lines: [String] { output.lines.withLock { $0 } }
    var lineCount: Int { output.lines.withLock { $0.count } }
    /// What was told on standard error.
    var errors: String { output.errors.withLock { $0 } }
    var isRunning: Bool { process.isRunning }

    /// Writes lines; false when nobody reads them.
    func give(_ lines: some Sequence<String>) -> Bool {
        let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
        var start = 0
        while start < bytes.count {
            let written = bytes.withUnsafeBytes {
                write(input.fileHandleForWriting.fileDescriptor, $0.baseAddress! + start, bytes.count - start)
            }
            if written >= 0 {
                start += written
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }

    func endInput() { try? input.fileHandleForWriting.close() }

    func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

    /// Waits for the end and for all that was written; gives the exit status, or the signal's number
    /// with a minus.
    @discardableResult func wait() -> Int32 {
        process.waitUntilExit()
        ended.wait()
        return process.terminationReason == .uncaughtSignal
            ? -process.terminationStatus : process.terminationStatus
    }

    /// Runs the program to its end.
    static func run(_ arguments: [String], input: [String] = [], shell: String? = nil) throws -> (
        status: Int32, lines: [String], errors: String
    ) {
        let program = try Program(arguments, shell: shell)
        _ = program.give(input)
        program.endInput()
        let status = program.wait()
        return (status, program.lines, program.errors)
    }
}
