import Foundation
import Journeys
import Logging
import Signalbox
import Store
import TestKit
import Testing
import Values
import Workspace

@testable import SignalboxServer

/// `GET /v1/events`, with real listeners.
@Suite("Events as they are committed")
struct EventTests {
    private static let map = """
        map: m
        tracks: [ { track: t, steps: [ { step: s }, { step: z } ] } ]
        """

    private static func service() async throws -> RunningService {
        try await RunningService(TemporaryWorkspace(plugins: [:], maps: ["m": map]))
    }

    private static func assign(_ lead: String, _ service: RunningService) throws {
        let answer = try service.ask("POST /v1/leads/\(lead)/commands", [:], #"{"do":"assign","map":"m"}"#)
        try require(answer.status == 200, answer.body)
    }

    @Test("a listener hears each line once, in the order of commits")
    func hears() async throws {
        let service = try await Self.service()
        let listener = try EventListener(service)
        for lead in 1...20 { try Self.assign("L\(lead)", service) }
        let lines = try listener.lines(20 * 4)
        #expect(
            lines.map { $0.table["lead"]?.string }
                == (1...20).flatMap { Array(repeating: "L\($0)", count: 4) })
        #expect(lines[0].table["event"] == "map.open")
        #expect(Set(lines.map(\.id)).count == 80)
        _ = try await service.end()
    }

    @Test("filters choose by lead, map, event and type")
    func filters() async throws {
        let service = try await Self.service()
        let ofLead = try EventListener(service, "?lead=L2")
        let ofEvent = try EventListener(service, "?event=step.open&map=m&type=event")
        let ofNothing = try EventListener(service, "?map=other")
        for lead in ["L1", "L2"] { try Self.assign(lead, service) }
        #expect(try ofLead.lines(4).allSatisfy { $0.table["lead"] == "L2" })
        #expect(try ofEvent.lines(4).map { $0.table["step"]?.string } == ["s", "z", "s", "z"])
        _ = try await service.end()
        #expect(ofNothing.end().isEmpty)
    }

    @Test("Last-Event-ID goes on behind a line, also in the middle of a moment and after a new start")
    func goesOn() async throws {
        let workspace = try TemporaryWorkspace(plugins: [:], maps: ["m": Self.map])
        var service = try await RunningService(workspace)
        let first = try EventListener(service)
        for lead in ["L1", "L2"] { try Self.assign(lead, service) }
        let lines = try first.lines(8)
        _ = try await service.end()
        service = try await RunningService(workspace)
        try Self.assign("L3", service)
        let second = try EventListener(service, after: lines[5].id)
        let more = try second.lines(6)
        #expect(more.prefix(2).map(\.id) == lines[6...].map(\.id))
        #expect(more.suffix(4).allSatisfy { $0.table["lead"] == "L3" })
        let filtered = try EventListener(service, "?lead=L3", after: lines[0].id)
        #expect(try filtered.lines(4).map(\.id) == more.suffix(4).map(\.id))
        _ = try await service.end()
    }

    @Test("a place of another store is gone, and what is none is refused")
    func places() async throws {
        let service = try await Self.service()
        func status(_ place: String) throws -> Int {
            try service.ask("GET /v1/events", ["Last-Event-ID": place]).status
        }
        #expect(try status("0123456789ab-1-1") == 410)
        for place in ["", "7", "a-b-c", "0123456789ab--1-1", "0123456789ab-1-1-1"] {
            #expect(try status(place) == 400, "\(place)")
        }
        #expect(try service.ask("GET /v1/events?lead=").status == 400)
        #expect(try service.ask("GET /v1/events?since=1").status == 400)
        _ = try await service.end()
    }

    @Test(
        "a listener who does not read is told everything when it does, and keeps nothing else waiting",
        .enabled(if: Sanitizers.slowdown == 1, "who does not read for a minute is cut off"))
    func slow() async throws {
        let loud = """
            return { name = "loud", api = 1, on = { { event = "map.open", run = function()
              host.bus.emit("loud.said", { text = string.rep("x", 60000) })
            end } } }
            """
        let service = try await RunningService(
            TemporaryWorkspace(plugins: ["loud": loud], maps: ["m": Self.map]))
        let listener = try EventListener(service)
        // More than what is kept for a listener and what its connection holds.
        let count = 80
        for lead in 1...count { try Self.assign("L\(lead)", service) }
        // Four openings, the call, and what it emits.
        let lines = try listener.lines(count * 6)
        #expect(
            lines.map { $0.table["lead"]?.string }
                == (1...count).flatMap { Array(repeating: "L\($0)", count: 6) })
        _ = try await service.end()
    }

    @Test("the end of the service ends listeners, and a listener keeps no service from ending")
    func ends() async throws {
        let service = try await Self.service()
        let listener = try EventListener(service)
        try Self.assign("L1", service)
        let ran = try await service.end()
        #expect(ran.status == 0 && !ran.wasKilled)
        #expect(listener.end().count == 4)
    }
}

/// The hub alone, without a service around it.
@Suite("What listeners are told of events")
struct EventHubTests {
    private static let files = ["maps/m.yaml": "map: m\ntracks: [ { track: t, steps: [ { step: s } ] } ]"]

    @Test("at the end all is told that was committed, before the listeners end")
    func end() async throws {
        let store = MemoryStore()
        let engine = try Engine(
            store: store, generation: Generation(reading: MemoryTree(Self.files)),
            logger: Logger(label: "none") { _ in SwiftLogNoOpLogHandler() },
            clock: { Timestamp(milliseconds: 0) })
        defer { engine.stop() }
        for round in 1...20 {
            let hub = EventHub(engine, store, logger: Logger(label: "none") { _ in SwiftLogNoOpLogHandler() })
            let listener = Listener(EventFilter())
            _ = try await hub.add(listener)
            let lead = try #require(LeadID("L\(round)"))
            _ = try await engine.handle(Command(lead: lead, order: .assign(MapID("m"), LeadChanges())))
            await hub.end()
            guard case .lines(let lines) = listener.take() else {
                Issue.record("nothing was told")
                return
            }
            // Of the map, the track and the step.
            #expect(lines.count == 3)
            guard case .over = listener.take() else {
                Issue.record("the listener did not end")
                return
            }
        }
    }
}

/// A connection on which a service tells lines.
final class EventListener {
    struct Line {
        let id: String
        let table: Table
    }

    private let connection: HTTPConnection
    /// What came and was not read yet.
    private var received = Data()
    /// Of the body, what does not end an event yet.
    private var rest = Data()
    private var events: [String] = []
    /// All that came, as it came.
    var text: String { events.joined(separator: "\n\n") }
    private var lineCount = 0
    private var hasHead = false

    /// - Parameter token: nil for that of the service.
    init(
        _ service: RunningService, _ query: String = "", after place: String? = nil, token: String? = nil
    ) throws {
        connection = try HTTPConnection(to: service.port)
        var head = "GET /v1/events\(query) HTTP/1.1\r\nHost: localhost\r\n"
        head += "Authorization: Bearer \(token ?? service.token)\r\n"
        if let place { head += "Last-Event-ID: \(place)\r\n" }
        connection.write(head + "\r\n")
        // From here on it hears.
        while events.isEmpty { try require(read(), "the service does not tell") }
    }

    /// Reads what comes next; false at the end.
    private func read() -> Bool {
        guard let more = connection.read() else { return false }
        received += more
        if !hasHead {
            guard let end = received.range(of: Data("\r\n\r\n".utf8))?.upperBound else { return true }
            received = Data(received[end...])
            hasHead = true
        }
        var place = 0
        while let end = received.range(of: Data("\r\n".utf8), in: place..<received.count),
            let size = Int(String(decoding: received[place..<end.lowerBound], as: UTF8.self), radix: 16),
            received.count >= end.upperBound + size + 2
        {
            rest += received[end.upperBound..<end.upperBound + size]
            place = end.upperBound + size + 2
        }
        received = Data(received[place...])
        var begin = 0
        while let end = rest.range(of: Data("\n\n".utf8), in: begin..<rest.count) {
            events.append(String(decoding: rest[begin..<end.lowerBound], as: UTF8.self))
            if rest[begin] != UInt8(ascii: ":") { lineCount += 1 }
            begin = end.upperBound
        }
        rest = Data(rest[begin...])
        return true
    }

    private var complete: [Line] {
        events.compactMap { event in
            let fields = event.components(separatedBy: "\n")
            guard fields.count == 2, fields[0].hasPrefix("id: "), fields[1].hasPrefix("data: "),
                let table = (try? JSONReader.read(String(fields[1].dropFirst(6))))?.table
            else { return nil }
            return Line(id: String(fields[0].dropFirst(4)), table: table)
        }
    }

    func lines(_ count: Int) throws -> [Line] {
        while lineCount < count { try require(read(), "the service told \(lineCount) lines") }
        let lines = complete
        try require(lines.count == count, "the service told \(lines.count) lines")
        return lines
    }

    /// All lines, when the service has ended.
    func end() -> [Line] {
        while read() {}
        return complete
    }
}
