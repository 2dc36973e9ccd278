import Foundation
public import Values

/// A program in Python, of the folder `Servers`: what deliveries talk to.
///
/// It ends with its input, and so with this object.
public final class PythonProgram: Sendable {
    private let process: Process
    private let input: Pipe
    private let lines: AsyncStream<String>
    private let ended: AsyncStream<Void>

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    private static let python = folder.deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent(".build-python/bin/python3")

    /// - Parameter name: of a file in `Servers`.
    public init(_ name: String, _ arguments: [String] = []) throws {
        process = Process()
        try require(
            FileManager.default.isExecutableFile(atPath: Self.python.path),
            "what these tests talk to is not installed: run scripts/setup --tests")
        process.executableURL = Self.python
        process.arguments =
            [Self.folder.appendingPathComponent("Servers/\(name)").path] + arguments
        input = Pipe()
        process.standardInput = input
        let output = Pipe()
        process.standardOutput = output
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        self.ended = ended
        process.terminationHandler = { _ in end.finish() }
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        self.lines = lines
        try process.run()
        try input.fileHandleForReading.close()
        try output.fileHandleForWriting.close()
        Self.read(output.fileHandleForReading, into: continuation)
    }

    /// On a thread of its own: a handle that is read when something is there misses it at times, where handles of others
    /// close meanwhile.
    private static func read(_ output: FileHandle, into lines: AsyncStream<String>.Continuation) {
        Thread.detachNewThread {
            var pending = Data()
            while true {
                let bytes = output.availableData
                if bytes.isEmpty { return lines.finish() }
                pending += bytes
                while let end = pending.firstIndex(of: 0x0A) {
                    lines.yield(String(decoding: pending[..<end], as: UTF8.self))
                    pending = Data(pending[(end + 1)...])
                }
            }
        }
    }

    deinit { try? input.fileHandleForWriting.close() }

    public func send(_ bytes: [UInt8]) throws {
        try input.fileHandleForWriting.write(contentsOf: Data(bytes))
        try input.fileHandleForWriting.close()
    }

    /// The next line that it says. Throws where it says none within a minute: a server that goes on waits for ever.
    public func line() async throws -> String {
        let lines = lines
        return try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask {
                for await line in lines { return line }
                return nil
            }
            group.addTask {
                try await Task.sleep(for: .seconds(60))
                return nil
            }
            defer { group.cancelAll() }
            guard let line = try await group.next() ?? nil else {
                throw BrokenExpectation("the program said nothing more")
            }
            return line
        }
    }

    /// The next line, which is JSON.
    public func table() async throws -> Table {
        let line = try await line()
        guard let table = try JSONReader.read(line).table else {
            throw BrokenExpectation("\(line) is not an object")
        }
        return table
    }

    /// Ends the program, and answers the lines of JSON that nobody took.
    public func end() async throws -> [Table] {
        try input.fileHandleForWriting.close()
        var tables: [Table] = []
        for await line in lines {
            if let table = try JSONReader.read(line).table { tables.append(table) }
        }
        return tables
    }

    /// What a program answers that reads its input to the end.
    public static func answer(of name: String, to bytes: [UInt8]) async throws -> Table {
        let program = try PythonProgram(name)
        try program.send(bytes)
        return try await program.table()
    }
}

/// A server in Python, by its port on 127.0.0.1.
public struct PythonServer: Sendable {
    public let program: PythonProgram
    public let port: Int

    public init(_ name: String, _ arguments: [String] = []) async throws {
        program = try PythonProgram(name, arguments)
        guard let port = Int(try await program.line()) else {
            throw BrokenExpectation("the server has no port")
        }
        self.port = port
    }
}

/// A certificate for 127.0.0.1 and its key, which nobody vouches for but itself.
public struct Certificate {
    private let folder: TemporaryFolder
    public var certificate: String { folder("certificate.pem") }
    public var key: String { folder("key.pem") }

    public init() throws {
        folder = try TemporaryFolder()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder("key.pem"),
            "-out", folder("certificate.pem"),
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try require(process.terminationStatus == 0, "openssl made no certificate")
    }
}
