import Foundation
import Journeys
import Values

/// The program `signalbox serve` on a workspace of this run's own, and requests to it.
final class ServedProgram: Sendable {
    let port: Int
    let folder: String
    private let token: String
    private let process: Process

    private static let startLimit = Duration.seconds(30)
    /// Files that are open beside connections.
    private static let otherFiles = 200

    /// Makes a token and starts the service, in a workspace that is there but for its settings.
    ///
    /// - Parameter connections: how many there are at once.
    init(in folder: String, connections: Int) throws {
        guard let program = StreamProgram.place else {
            throw BenchmarkError(description: "the program signalbox is not beside this one")
        }
        try Self.allow(files: connections + Self.otherFiles)
        try JourneyWorkload.write("serve: { rate: 1000000 }\n", to: "\(folder)/signalbox.yaml")
        self.folder = folder
        token = try Self.makeToken(program, in: folder)
        let log = "\(folder)/serve.log"
        try JourneyWorkload.write("", to: log)
        process = Self.process(program, ["serve", "-w", folder, "--listen", "127.0.0.1:0"])
        process.standardError = FileHandle(forWritingAtPath: log)
        try process.run()
        do {
            port = try Self.port(told: log, by: process)
        } catch {
            Self.kill(process)
            throw error
        }
    }

    deinit { if process.isRunning { Self.kill(process) } }

    private static func process(_ program: String, _ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        // Settings of whoever runs this are not for it.
        process.environment = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("SIGNALBOX_") && !$0.key.hasPrefix("NOTIFY_")
        }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        return process
    }

    private static func kill(_ process: Process) {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Lets this process and the service, which gets its limit, have so many files open.
    private static func allow(files: Int) throws {
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        getrlimit(resource, &limit)
        guard limit.rlim_cur < rlim_t(files) else { return }
        limit.rlim_cur = rlim_t(files)
        guard setrlimit(resource, &limit) == 0 else {
            throw BenchmarkError(
                description: "\(files) files must be open at once, and the limit (ulimit -n) is less")
        }
    }

    private static func makeToken(_ program: String, in folder: String) throws -> String {
        let process = process(program, ["token", "add", "bench", "--role", "admin", "-w", folder])
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BenchmarkError(description: "token add ended with \(process.terminationStatus)")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The port that the service says it serves.
    private static func port(told log: String, by process: Process) throws -> Int {
        let began = ContinuousClock.now
        while true {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            let parts = text.components(separatedBy: "Signalbox serves http://127.0.0.1:")
            if parts.count == 2, let end = parts[1].firstIndex(of: "\n"), let port = Int(parts[1][..<end]) {
                return port
            }
            guard process.isRunning, ContinuousClock.now - began < startLimit else {
                throw BenchmarkError(description: "the service does not start: \(text)")
            }
            usleep(10_000)
        }
    }

    /// Ends the service, which must end well.
    func end() throws {
        process.terminate()
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw BenchmarkError(description: "the service ended with \(process.terminationStatus)")
        }
    }

    // MARK: Requests

    /// - Parameter more: further headers, each with its line's end.
    func request(_ method: String, _ path: String, body: [UInt8]? = nil, more: String = "") -> [UInt8] {
        let length = body.map { "Content-Length: \($0.count)\r\n" } ?? ""
        let head =
            "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\n\(length)\(more)\r\n"
        return Array(head.utf8) + (body ?? [])
    }

    /// `POST /v1/leads/{lead}/commands`.
    func request(_ command: Command) -> [UInt8] {
        var table = command.value.table ?? [:]
        table["lead"] = nil
        return request(
            "POST", "/v1/leads/\(command.lead.text)/commands", body: Array(Value.table(table).json.utf8))
    }

    /// Asks once, on a connection of its own.
    func get(_ path: String) throws -> [UInt8] {
        var text: [UInt8] = []
        var given = false
        try KeptConnections(1, to: port).run { _ in
            defer { given = true }
            return given ? nil : request("GET", path)
        } answered: { answer in
            guard answer.status == 200 else { throw Self.unexpected(answer.status, answer.body) }
            text = answer.body
        }
        return text
    }

    /// A figure of `GET /metrics`: the sum of its rows, whatever their labels.
    func metric(_ name: String) throws -> Double {
        let rows = String(decoding: try get("/metrics"), as: UTF8.self).split(separator: "\n")
        return rows.filter { $0.hasPrefix("\(name) ") || $0.hasPrefix("\(name){") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }

    func momentCount() throws -> Int { Int(try metric("signalbox_moments_total")) }

    /// Resident memory in MiB; not a number where the system does not tell.
    func residentMiB() throws -> Double { try metric("process_resident_memory_bytes") / 1_048_576 }

    static func unexpected(_ status: Int, _ body: [UInt8]) -> BenchmarkError {
        BenchmarkError(
            description:
                "the service answered \(status): \(String(decoding: body.prefix(500), as: UTF8.self))")
    }
}
