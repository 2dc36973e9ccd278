import Foundation
import Journeys
import Values

/// A Redis of this run's own, with the workload's state machine as a function: a unix socket and an
/// append-only file that is brought to the disk before each answer.
final class RedisServer {
    /// How many commands are on their way at once, and so how many share an answer and a write.
    static let pipelineLimit = 100

    private static let startLimit = Duration.seconds(10)
    private let process: Process
    private let socketFolder: String
    private let connection: RedisConnection

    /// The program; nil when it is not on the PATH.
    static var program: String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { "\($0)/redis-server" }.first(where: FileManager.default.isExecutableFile)
    }

    /// Starts the server with its file in `folder`, which is there, and loads the function.
    init(_ program: String, in folder: String) throws {
        // A socket's path has to be short, and `folder` may be deep.
        let socketFolder = try Self.makeFolder()
        let socket = "\(socketFolder)/redis.sock"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = [
            "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700", "--dir", folder,
            "--appendonly", "yes", "--appendfsync", "always", "--save", "",
            // Its file would be written anew at some moment of some round.
            "--auto-aof-rewrite-percentage", "0",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            try? FileManager.default.removeItem(atPath: socketFolder)
            throw error
        }
        do {
            connection = try Self.connect(to: socket, of: process)
            let function = String(decoding: PackageResources.journey_lua, as: UTF8.self)
            _ = try connection.ask("FUNCTION", "LOAD", function)
        } catch {
            Self.end(process, socketFolder)
            throw error
        }
        self.process = process
        self.socketFolder = socketFolder
    }

    deinit { Self.end(process, socketFolder) }

    private static func end(_ process: Process, _ socketFolder: String) {
        // It may have been started with every other signal blocked, and it has nothing to keep.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: socketFolder)
    }

    private static func makeFolder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sb-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        return folder.path
    }

    private static func connect(to socket: String, of process: Process) throws -> RedisConnection {
        let began = ContinuousClock.now
        while true {
            do {
                return try RedisConnection(path: socket)
            } catch {
                guard process.isRunning, ContinuousClock.now - began < startLimit else { throw error }
                usleep(10_000)
            }
        }
    }

    /// The commands as bytes to be sent, ``pipelineLimit`` in each piece.
    static func pieces(of commands: [Command], at time: Timestamp) -> [[UInt8]] {
        stride(from: 0, to: commands.count, by: pipelineLimit).map { start in
            commands[start..<min(commands.count, start + pipelineLimit)].reduce(into: []) { bytes, command in
                bytes += RedisConnection.encode(parts(of: command, at: time).map { Array($0.utf8) })
            }
        }
    }

    private static func parts(of command: Command, at time: Timestamp) -> [String] {
        let what: [String]
        var fields: [String] = []
        switch command.order {
        case .assign(let map, let changes):
            what = ["assign", map.text]
            fields = changes.fields.flatMap { [$0.key, $0.value.string ?? $0.value.json] }
        case .complete(let step): what = ["complete", step]
        case .status(let status): what = ["status", status.rawValue]
        case .advance, .remove, .set, .retry, .rerun, .erase, .todoDone, .undelivered:
            preconditionFailure("the workload has no such command")
        }
        return ["FCALL", "execute", "1", "lead:\(command.lead)"] + what
            + [command.by, time.description, command.value.json] + fields
    }

    /// Carries the commands out; every reply is a moment's number.
    func run(_ pieces: [[UInt8]], count: Int) throws {
        var left = count
        for piece in pieces {
            try connection.send(piece)
            for _ in 0..<min(left, Self.pipelineLimit) {
                guard case .integer = try connection.receive() else {
                    throw BenchmarkError(description: "redis refused a command")
                }
                left -= 1
            }
        }
    }

    /// Forgets all leads and the journal.
    func clear() throws { _ = try connection.ask("FLUSHALL", "SYNC") }

    /// Throws unless the journal holds what the engine's holds, byte for byte.
    func requireJournal(of rows: [MomentRows]) throws {
        guard case .list(let entries) = try connection.ask("XRANGE", "journal", "-", "+"),
            entries.count == rows.count
        else { throw BenchmarkError(description: "redis kept not as many moments as the engine") }
        for (entry, row) in zip(entries, rows) {
            guard case .list(let parts) = entry, case .list(let members)? = parts.last, members.count == 8,
                case .text(let journal) = members[7], case .text(let command) = members[5],
                journal == row.journal, command == row.command
            else {
                throw BenchmarkError(
                    description: "moment \(row.number) of \(row.lead) is not the same in redis: \(entry)")
            }
        }
    }
}
