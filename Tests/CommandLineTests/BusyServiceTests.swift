import Foundation
import TestKit
import Testing
import Values

/// A service that has more to do than it may or can, or that is to end meanwhile.
@Suite("The service with much to do", .enabled(if: !Sanitizers.hasThread, "signals are held back"))
struct BusyServiceTests {
    /// The first call tells that the lane is at work, and the second keeps it until its deadline.
    private static let plugin = """
        return { name = "slow", api = 1, actions = {
          tell = { run = function() host.log.info("the lane is at work") end },
          loop = { run = function() while true do end end } } }
        """

    private static let map = """
        map: slow
        triggers: { open: [ { run: slow.tell }, { run: slow.loop } ] }
        tracks: [ { track: t, steps: [ { step: s } ] } ]
        """

    private static let assign = #"{"do":"assign","map":"slow"}"#
    private static let set = #"{"do":"set","fields":{"n":1}}"#

    /// With one lane.
    private static func service(deadline: String, _ more: String = "") async throws -> RunningService {
        let workspace = try TemporaryWorkspace(plugins: ["slow": plugin], maps: ["slow": map])
        try workspace.write(
            "signalbox.yaml", "lanes: 1\nplugins: { limits: { deadline: \(deadline) } }\n\(more)")
        return try await RunningService(workspace)
    }

    /// Gives a command and does not wait for its answer.
    ///
    /// - Parameter next: what is asked behind it.
    private static func begin(
        _ lead: String, _ command: String, _ service: RunningService, then next: String = ""
    ) throws -> HTTPConnection {
        let connection = try HTTPConnection(to: service.port)
        connection.write(
            """
            POST /v1/leads/\(lead)/commands HTTP/1.1\r
            Host: 127.0.0.1:\(service.port)\r
            Authorization: Bearer \(service.token)\r
            Content-Length: \(command.utf8.count)\r
            \r
            \(command)\(next)
            """)
        return connection
    }

    /// Whether so many commands wait for the lane, at once or soon.
    private static func isWaiting(_ count: Int, _ service: RunningService) async throws -> Bool {
        let line = "signalbox_queue_commands{lane=\"1\"} \(count)"
        return try await holdsSoon {
            try service.ask("GET /metrics").body.split(separator: "\n").contains { $0 == line }
        }
    }

    /// Ends the service before what the connections gave is answered.
    private static func kill(_ service: RunningService, _ connections: [HTTPConnection]) async throws {
        service.program.signal(SIGKILL)
        _ = try await service.program.end()
        for connection in connections { #expect(connection.read() == nil) }
    }

    @Test(
        "where too many commands wait, the next is refused as busy, with the time after which to come again")
    func busy() async throws {
        let service = try await Self.service(deadline: "1m", "limits: { queue: 1 }\n")
        let computed = try Self.begin("L1", Self.assign, service)
        #expect(try await service.program.tells("the lane is at work"))
        let waiting = try Self.begin("L2", Self.set, service)
        #expect(try await Self.isWaiting(1, service))
        let refused = try service.ask("POST /v1/leads/L3/commands", [:], Self.set)
        #expect(refused.status == 503 && refused.headers["retry-after"] == "1", "\(refused)")
        let problem = try JSONReader.read(refused.body).table
        #expect(problem?["reason"] == "busy" && problem?["status"] == 503)
        #expect(try service.ask("GET /v1/leads/L3").status == 404)
        #expect(try service.ask("GET /readyz").status == 200)
        try await Self.kill(service, [computed, waiting])
    }

    @Test(
        "the commands that wait for a lane are counted in the metrics, without the one that it is at work on")
    func depth() async throws {
        let service = try await Self.service(deadline: "1m")
        let computed = try Self.begin("L0", Self.assign, service)
        #expect(try await service.program.tells("the lane is at work"))
        #expect(try await Self.isWaiting(0, service))
        let waiting = try (1...3).map { try Self.begin("L\($0)", Self.set, service) }
        #expect(try await Self.isWaiting(3, service))
        try await Self.kill(service, waiting + [computed])
    }

    @Test(
        "a command that is on its way at a SIGTERM is answered, and a request behind it told that the service stops"
    )
    func stopping() async throws {
        let service = try await Self.service(deadline: "3s", "serve: { stop_within: 1m }\n")
        let connection = try Self.begin(
            "L1", Self.assign, service,
            then: "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:\(service.port)\r\n\r\n")
        #expect(try await service.program.tells("the lane is at work"))
        service.program.signal(SIGTERM)
        #expect(try await service.program.tells("Stopping"))
        var bytes: [UInt8] = []
        while let piece = connection.read() { bytes += piece }
        let answers = String(decoding: bytes, as: UTF8.self).components(separatedBy: "HTTP/1.1 ").dropFirst()
        try #require(answers.count == 2, "\(answers)")
        let (command, readiness) = (answers[1], answers[2].lowercased())
        #expect(command.hasPrefix("200 ") && command.contains(#""outcome":"accepted","moment":1"#))
        #expect(readiness.hasPrefix("503 ") && readiness.contains(#""reason":"stopping""#), "\(readiness)")
        #expect(readiness.contains("\r\nretry-after: 1\r\n"))
        let ran = try await service.program.end()
        #expect(ran.status == 0 && !ran.wasKilled, "\(ran.errors)")
    }

    @Test("a token that asks more often than `serve.rate` is told when to come again, and others are served")
    func rate() async throws {
        let workspace = try TemporaryWorkspace()
        try workspace.write("signalbox.yaml", "serve: { rate: 3 }\n")
        var tokens: [String] = []
        for name in ["kim", "lee"] {
            let added = try await workspace.run("token", "add", name, "--role", "viewer")
            tokens.append(added.output.trimmingCharacters(in: .newlines))
        }
        let service = try await RunningService(workspace, token: tokens[0])
        let other = ["Authorization": "Bearer \(tokens[1])"]
        /// The first answer of that status.
        func answer(_ status: Int) throws -> HTTPExchange {
            var answer = try service.ask("GET /v1/leads")
            for _ in 0..<2000 where answer.status != status { answer = try service.ask("GET /v1/leads") }
            return answer
        }
        for _ in 1...3 {
            let refused = try answer(429)
            #expect(refused.status == 429 && refused.headers["retry-after"] == "1", "\(refused)")
            #expect(try JSONReader.read(refused.body).table?["reason"] == "too_many_requests")
            // Three times at most, however short the time is.
            #expect(try service.ask("GET /v1/leads", other).status == 200)
        }
        #expect(try answer(200).status == 200)
        _ = try await service.end()
    }
}
