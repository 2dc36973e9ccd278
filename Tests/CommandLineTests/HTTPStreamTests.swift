import Foundation
import Journeys
import SQLiteStore
import Store
import TestKit
import Testing
import Values

/// `POST /v1/commands`, as its callers meet it.
@Suite("Streams of commands over HTTP")
struct HTTPStreamTests {
    private static let map = """
        map: m
        triggers: { open: [ { run: greeter.greet } ] }
        tracks: [ { track: t, steps: [ { step: s }, { step: r } ] } ]
        """

    private static let greeter = """
        return { name = "greeter", api = 1, actions = { greet = { run = function() host.note.add("hello") end } } }
        """

    private func workspace() throws -> TemporaryWorkspace {
        try TemporaryWorkspace(plugins: ["greeter": Self.greeter], maps: ["m": Self.map])
    }

    private func token(_ name: String, _ role: String, of workspace: TemporaryWorkspace) async throws
        -> String
    {
        try await workspace.run("token", "add", name, "--role", role).output
            .trimmingCharacters(in: .newlines)
    }

    private func set(_ lead: String, _ number: Int) -> String {
        #"{"do":"set","lead":"\#(lead)","fields":{"n":\#(number)}}"#
    }

    /// What tells lines apart, without times.
    private func marks(_ lines: [Table]) -> [String] {
        lines.map { line in
            ["type", "lead", "line", "moment", "event", "step", "reason", "id", "plugin"]
                .map { line[$0]?.json ?? "-" }.joined(separator: " ")
        }
    }

    @Test("the answers are the lines of `do --commands`, in the order of the input")
    func order() async throws {
        let lines =
            (0..<300).map { number in
                switch number % 6 {
                case 0: #"{"do":"complete","lead":"L\#(number - 3)","step":"t/s","by":"agent:kim"}"#
                case 1: #"{"do":"assign","lead":"L\#(number)","map":"none"}"#
                case 2: ""
                case 5: #"{"do":"assign","lead":"L5","map":"m","id":"c5"}"#
                default: #"{"do":"assign","lead":"L\#(number)","map":"m","at":"2026-11-22T09:00:00Z"}"#
                }
            } + [#"{"do":"release","plugin":"greeter"}"#]
        let text = lines.joined(separator: "\n")
        let there = try workspace()
        let done = try await there.run("do", "--commands", "-", "--format", "jsonl", input: Array(text.utf8))

        let service = try await RunningService(workspace())
        let stream = try OpenStream(service)
        // In pieces that end anywhere.
        var left = Substring(text)
        while !left.isEmpty {
            stream.send(String(left.prefix(1_000)))
            left = left.dropFirst(1_000)
        }
        stream.finish()
        let answer = try stream.lines()
        #expect(marks(answer) == marks(done.objects))
        #expect(answer.first { $0["event"] == "map.open" }?["by"] == "api:start")
        #expect(answer.first { $0["event"] == "step.close" }?["by"] == "agent:kim")
        #expect(try stream.status() == 200)
        _ = try await service.end()
    }

    @Test("each answer comes before the next line is sent, and the last line needs no end")
    func oneByOne() async throws {
        let service = try await RunningService(workspace())
        let stream = try OpenStream(service)
        stream.send(lines: [#"{"do":"assign","lead":"A","map":"m"}"#])
        #expect(
            try stream.lines(5).map { $0["type"]?.string } == ["event", "event", "event", "event", "call"])
        stream.send(#"{"do":"complete","lead":"A","#)
        stream.send(#""step":"t/s"}"# + "\n" + #"{"do":"complete","lead":"A","step":"t/x"}"#)
        #expect(try stream.lines(1).first?["event"] == "step.close")
        stream.finish()
        let last = try stream.lines()
        #expect(last.count == 1 && last.first?["reason"] == "unknown_step" && last.first?["line"] == 3)
        _ = try await service.end()
    }

    @Test("a line that is not a command ends the answer, and what came before it is done")
    func malformed() async throws {
        let workspace = try workspace()
        try workspace.write("signalbox.yaml", "limits: { line: 1KiB }\n")
        let service = try await RunningService(workspace)
        let long = #"{"do":"set","lead":"A","fields":{"a":"\#(String(repeating: "x", count: 1_024))"}}"#
        let cases = [
            ("{", "bad_request", "not JSON"), ("[]", "bad_request", "object"),
            (#"{"do":"dance","lead":"A"}"#, "bad_request", "dance"),
            (#"{"do":"set","lead":"A","fields":{},"more":1}"#, "bad_request", "more"),
            (#"{"do":"set","fields":{}}"#, "bad_request", "lead"), (long, "too_large", "1024 bytes"),
            (#"{"do":"set","lead":"A","by":"engine"}"#, "bad_request", "engine"),
            (String(repeating: " ", count: 1_025), "too_large", "1024 bytes"),
        ]
        for (number, (line, reason, message)) in cases.enumerated() {
            let stream = try OpenStream(service)
            stream.send(lines: ["", set("A", number), line, set("B", number)])
            let error = try #require(try stream.lines().last)
            #expect(error["type"] == "error" && error["line"] == 3, "\(line.prefix(40)): \(error)")
            #expect(error["reason"]?.string == reason && error["message"]?.string?.contains(message) == true)
            // What still comes is passed over.
            stream.send(lines: [set("B", number)])
            stream.finish()
        }
        let lead = try JSONReader.read(try service.ask("GET /v1/leads/A").body).table
        #expect(lead?["moments"]?.integer == Int64(cases.count))
        #expect(try service.ask("GET /v1/leads/B").status == 404)
        _ = try await service.end()
    }

    @Test("a line that the caller may not give is refused, and reading goes on")
    func roles() async throws {
        let workspace = try workspace()
        let agent = try await token("kim", "agent", of: workspace)
        let viewer = try await token("eve", "viewer", of: workspace)
        let service = try await RunningService(workspace, token: agent)
        let retry = #"{"do":"retry","lead":"A"}"#
        let stream = try OpenStream(service)
        stream.send(lines: [
            retry, #"{"do":"release","plugin":"greeter"}"#, #"{"do":"set","lead":"A","by":"operator"}"#,
            #"{"do":"assign","lead":"A","map":"m","by":"lead"}"#,
        ])
        stream.finish()
        let lines = try stream.lines()
        #expect(lines.prefix(3).map { $0["reason"] } == ["forbidden", "forbidden", "forbidden"])
        #expect(lines.prefix(3).map { $0["line"] } == [1, 2, 3])
        #expect(lines.first?["command"]?.json == retry)
        #expect(lines.dropFirst(3).first?["by"] == "lead" && lines.count == 8)
        let refused = try OpenStream(service, token: viewer)
        refused.finish()
        #expect(try refused.status() == 403)
        #expect(try service.ask("POST /v1/commands?dry_run=true", [:], "").status == 400)
        _ = try await service.end()
    }

    @Test("a caller that reads nothing until it sent everything gets every answer")
    func slowReader() async throws {
        let service = try await RunningService(workspace())
        let stream = try OpenStream(service)
        // Refused with what was given: more than the connection takes up by itself.
        let text = String(repeating: "x", count: 100_000)
        let count = 200
        for number in 0..<count {
            stream.send(lines: [#"{"do":"set","lead":"L\#(number)","fields":{"a":"\#(text)"}}"#])
        }
        stream.finish()
        let lines = try stream.lines()
        #expect(lines.map { $0["line"]?.integer } == (1...Int64(count)).map { $0 })
        #expect(lines.allSatisfy { $0["reason"] == "field_too_large" })
        _ = try await service.end()
    }

    @Test("too many answers that nobody reads end a stream, and what was done is answered")
    func tooManyAnswers() async throws {
        let workspace = try TemporaryWorkspace(
            plugins: [
                "long": """
                return { name = "long", api = 1, actions = { tell = { run = function()
                  for _ = 1, 5 do host.note.add(("x"):rep(100000)) end
                end } } }
                """
            ],
            maps: [
                "m":
                    "map: m\ntriggers: { open: [ { run: long.tell } ] }\ntracks: [ { track: t, steps: [ { step: s } ] } ]\n"
            ])
        let service = try await RunningService(workspace)
        let stream = try OpenStream(service)
        let count = 250
        stream.send(lines: (1...count).map { #"{"do":"assign","lead":"L\#($0)","map":"m"}"# })
        stream.finish()
        // A client that reads nothing for a minute is closed, and with a sanitizer the service may need longer.
        var (read, looks) = (0, 0)
        let isTold = try await service.program.tells("answers were not read") {
            looks += 1
            if looks % 50 == 0 { read += try stream.readMore() }
        }
        #expect(isTold)
        let texts = try stream.texts()
        let error = try #require(texts.last.flatMap { try JSONReader.read($0).table })
        #expect(error["type"] == "error" && error["reason"] == "too_large")
        // Each of the lines that were done has three events and a call.
        let done = (texts.count - 1) / 4
        #expect(texts.count % 4 == 1 && error["line"]?.integer == Int64(done + 1))
        let held = texts.reduce(0) { $0 + $1.count } - read
        #expect(done < count && held > 64 << 20 && held < 96 << 20)
        let leads = try JSONReader.read(try service.ask("GET /v1/leads?limit=500").body).table
        #expect(leads?["leads"]?.list?.count == done)
        _ = try await service.end()
    }

    @Test("what was given before the caller went away halfway is done, and the service goes on")
    func halfway() async throws {
        let workspace = try workspace()
        let service = try await RunningService(workspace)
        var stream: OpenStream? = try OpenStream(service)
        stream?.send(lines: [set("A", 1), set("A", 2)])
        stream?.send(lines: [#"{"do":"assign","lead":"A","map":"m"}"#])
        #expect(try stream?.lines(1).first?["moment"] == 3)
        stream?.send(#"{"do":"set","lead":"A","fields":{"n":4}"#)
        stream = nil
        let lead = try JSONReader.read(try service.ask("GET /v1/leads/A").body).table
        #expect(lead?["moments"] == 3 && lead?["fields"]?.table?["n"] == 2)
        let ran = try await service.end()
        #expect(ran.status == 0 && !ran.errors.contains("a request failed"), "\(ran.errors)")
        let after = try await workspace.run("lead", "A", "--format", "json")
        #expect(after.output.contains(#""n":2"#))
    }

    @Test("the end of the service ends a stream with the line that was not done")
    func stopping() async throws {
        let service = try await RunningService(workspace())
        let stream = try OpenStream(service)
        stream.send(lines: [#"{"do":"assign","lead":"A","map":"m"}"#])
        #expect(try stream.lines(5).count == 5)
        service.program.signal(SIGTERM)
        let rest = try stream.lines()
        #expect(rest.count == 1 && rest.first?["type"] == "error")
        #expect(rest.first?["reason"] == "stopping" && rest.first?["line"] == 2)
        let ran = try await service.program.end()
        #expect(ran.status == 0 && !ran.wasKilled)
    }

    @Test("there are so many streams at once, and another when one is over")
    func manyStreams() async throws {
        let service = try await RunningService(workspace())
        var streams = try (0..<32).map { _ in try OpenStream(service) }
        #expect(try streams.allSatisfy { try $0.status() == 200 })
        let refused = try OpenStream(service)
        refused.finish()
        #expect(try refused.status() == 429)
        streams[0].finish()
        #expect(try streams[0].lines().isEmpty)
        // Its place is free when the service has passed over the rest of it.
        var status = 429
        while status == 429 {
            let next = try OpenStream(service)
            status = try next.status()
            next.finish()
        }
        #expect(status == 200)
        streams = []
        _ = try await service.end()
    }
}
