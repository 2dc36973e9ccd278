import Foundation
import Journeys
import Store
import TestKit
import Testing
import Values
import Workspace

@testable import Delivery

@Suite("webhooks to a real receiver")
struct WebhookTests {
    private let folder: TemporaryFolder
    private let transfers: Transfers
    private let secret = "whsec_" + Data("0123456789abcdef01234567".utf8).base64EncodedString()
    private let newer = "whsec_" + Data("another key of 24 bytes.".utf8).base64EncodedString()

    init() throws {
        folder = try TemporaryFolder()
        transfers = try #require(Transfers())
        try Data((secret + "\n").utf8).write(to: URL(fileURLWithPath: folder("secret")))
        try Data(newer.utf8).write(to: URL(fileURLWithPath: folder("newer")))
    }

    private func call(
        _ url: String, secrets: [Secret] = [.file("secret")], private hosts: [String] = ["127.0.0.1"],
        _ delivery: StoredDelivery? = nil, at time: Timestamp = start
    ) async -> AttemptEnd {
        var settings = DeliverySettings()
        settings.webhooks["crm"] = .init(url: url, secrets: secrets)
        settings.privateHosts = hosts
        let fixed = settings
        let carrier = SettingsCarrier(
            folder: folder.path, store: MemoryStore(), storeID: storeID, transfers: transfers,
            settings: { fixed }, clock: { time })
        return await carrier.attempt(delivery ?? Self.delivery)
    }

    private static let delivery = StoredDelivery.sample(
        .webhook, to: "crm", payload: ["endpoint": "crm", "payload": ["score": 7, "name": "Grüße"]])

    private func verified(_ request: Table, _ secret: String) async throws -> Table {
        let given: Table = [
            "secret": .string(secret), "headers": request["headers"] ?? .null,
            "body": request["body"] ?? .null,
        ]
        return try await PythonProgram.answer(
            of: "verify_webhook.py", to: Array(Value.table(given).json.utf8))
    }

    @Test("a receiver verifies it, and reads an event as CloudEvents has it")
    func verified() async throws {
        let server = try await PythonServer("http_receiver.py")
        // A receiver refuses what is old by its own clock.
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let end = await call("http://127.0.0.1:\(server.port)/hook", at: now)
        try #require(end == AttemptEnd(.delivered, "HTTP/1.1 200 OK"))
        let request = try await server.program.table()
        let event = try await verified(request, secret)
        #expect(
            event == [
                "specversion": "1.0", "id": .string(OutsideID(Self.delivery.id, storeID: storeID).text),
                "source": "/signalbox", "type": "signalbox.webhook", "subject": "L1",
                "time": "2026-11-29T04:15:47Z", "datacontenttype": "application/json",
                "data": ["score": 7, "name": "Grüße"],
            ])
        let headers = request["headers"]?.table
        #expect(headers?["content-type"] == "application/cloudevents+json; charset=utf-8")
        #expect(headers?["webhook-id"] == event["id"])
        #expect(!Value.table(request).json.contains(secret))
    }

    @Test("each attempt has the same bytes and id, and while a secret is replaced both sign")
    func repeated() async throws {
        let server = try await PythonServer("http_receiver.py")
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let url = "http://127.0.0.1:\(server.port)/hook"
        _ = await call(url, at: now)
        _ = await call(url, secrets: [.file("newer"), .file("secret")], at: now.adding(.seconds(60)))
        let first = try await server.program.table()
        let second = try await server.program.table()
        #expect(first["body"] == second["body"])
        #expect(first["headers"]?.table?["webhook-id"] == second["headers"]?.table?["webhook-id"])
        _ = try await verified(second, secret)
        _ = try await verified(second, newer)
    }

    @Test("the page shows one as it is sent")
    func page() throws {
        let file = URL(filePath: #filePath).appending(path: "../../../docs/deliveries.md").standardized
        let page = try String(contentsOf: file, encoding: .utf8)
        let text = try #require(page.components(separatedBy: "```json\n").dropFirst().first)
        var shown = try #require(
            try JSONReader.read(text.components(separatedBy: "```")[0]).table)
        let sent = WebhookRequest(
            .sample(
                .webhook, to: "crm", by: "engine",
                payload: ["endpoint": "crm", "payload": shown["data"] ?? .null]), storeID: storeID)
        var event = try #require(try JSONReader.read(sent.body).table)
        // It is another delivery's.
        for id in [shown["id"], event["id"]] {
            #expect(id?.string?.wholeMatch(of: /[0-9a-f]{32}/) != nil)
        }
        shown["id"] = nil
        event["id"] = nil
        #expect(shown == event)
    }

    @Test("an event of the engine has its name, and no plugin can use that")
    func types() {
        func type(by author: String) -> String? {
            let delivery = StoredDelivery.sample(
                .webhook, to: "crm", by: author,
                payload: ["endpoint": "crm", "payload": ["event": "step.close"]])
            let body = WebhookRequest(delivery, storeID: storeID).body
            return (try? JSONReader.read(body))?.table?["type"]?.string
        }
        #expect(type(by: "engine") == "signalbox.step.close")
        #expect(type(by: "plugin:crm") == "signalbox.webhook")
    }

    @Test(
        "what the receiver answers decides what follows",
        arguments: [
            ("status/204", .delivered, false), ("status/500", .failed(canPass: true), true),
            ("status/503", .failed(canPass: true), true), ("status/404", .failed(canPass: true), false),
            ("status/400", .failed(canPass: false), false), ("status/422", .failed(canPass: false), false),
            ("redirect/302", .failed(canPass: true), false), ("half/500", .failed(canPass: true), true),
            // What comes after the status does not matter.
            ("half/200", .delivered, false), ("half/410", .failed(canPass: false), false),
            ("close", .unknown, true), ("noise", .unknown, true),
        ] as [(String, AttemptEnd.Outcome, Bool)])
    func answers(_ path: String, _ outcome: AttemptEnd.Outcome, _ isOfChannel: Bool) async throws {
        let server = try await PythonServer("http_receiver.py")
        let end = await call("http://127.0.0.1:\(server.port)/\(path)")
        #expect(end.outcome == outcome, "\(end)")
        #expect(end.isOfChannel == isOfChannel)
        #expect(end.endsChannel == path.hasSuffix("410"))
        #expect(try await server.program.table()["path"]?.string == "/\(path)")
    }

    @Test(
        "a redirect is not followed: the place that it names gets no request",
        arguments: [301, 302, 307, 308])
    func redirect(_ status: Int) async throws {
        let server = try await PythonServer("http_receiver.py")
        let end = await call("http://127.0.0.1:\(server.port)/redirect/\(status)")
        #expect(end.message.hasSuffix(": redirects are not followed"))
        #expect(try await server.program.end().map { $0["path"] } == [.string("/redirect/\(status)")])
    }

    @Test("Retry-After is read, in seconds and as a date")
    func retryAfter() async throws {
        let server = try await PythonServer("http_receiver.py")
        let end = await call("http://127.0.0.1:\(server.port)/status/429/120")
        #expect(end.notBefore == start.adding(.seconds(120)))
        #expect(RetryAfter.time("Sun, 29 Nov 2026 05:15:47 GMT", now: start) == start.adding(.seconds(3600)))
        for text in ["", "-1", "soon", "99999999999999999999"] {
            #expect(RetryAfter.time(text, now: start) == nil)
        }
    }

    @Test("410 ends the endpoint")
    func gone() async throws {
        let server = try await PythonServer("http_receiver.py")
        let end = await call("http://127.0.0.1:\(server.port)/status/410")
        #expect(end.outcome == .failed(canPass: false))
        #expect(end.endsChannel)
    }

    @Test(
        "a private address is reached only where the settings name its host",
        arguments: ["127.0.0.1", "localhost"])
    func privateAddress(_ host: String) async throws {
        let server = try await PythonServer("http_receiver.py")
        let end = await call("http://\(host):\(server.port)/hook", private: ["other.example.com"])
        #expect(end.outcome == .failed(canPass: true))
        #expect(end.message == "the host has a private address; deliver.http.private can allow it")
        #expect(await call("http://\(host):\(server.port)/hook", private: [host]).outcome == .delivered)
    }

    @Test("no endpoint, a secret that is missing or no key: told, without the secret")
    func misconfigured() async throws {
        let elsewhere = StoredDelivery.sample(.webhook, to: "erp", payload: ["endpoint": "erp"])
        let url = "http://127.0.0.1:9/hook"
        #expect(await call(url, elsewhere).message == "deliver.webhooks has no endpoint \"erp\"")
        #expect(
            await call(url, secrets: [.file("none")]).message
                == "the secret of \"crm\": the file \"none\" cannot be opened")
        #expect(
            await call(url, secrets: [.environment("SIGNALBOX_TESTS_HAVE_NO_SUCH_THING")]).message
                == "the secret of \"crm\": the environment variable SIGNALBOX_TESTS_HAVE_NO_SUCH_THING is not set"
        )
        try Data("not base64!".utf8).write(to: URL(fileURLWithPath: folder("plain")))
        let end = await call(url, secrets: [.file("plain")])
        #expect(
            end.message
                == "the secret of \"crm\": the secret is not base64, with or without `whsec_` before it")
        #expect(end.outcome == .failed(canPass: true))
    }

    @Test("one that never answers holds up no other")
    func stalled() async throws {
        let server = try await PythonServer("http_receiver.py")
        let url = "http://127.0.0.1:\(server.port)"
        let stalled = Task { await call("\(url)/stall") }
        #expect(try await server.program.table()["path"] == "/stall")
        for _ in 1...20 { #expect(await call("\(url)/hook").outcome == .delivered) }
        stalled.cancel()
    }

    @Test(
        "addresses that are not public",
        arguments: [
            "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1",
            "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
            "2001::1", "2001:db8::1", "::127.0.0.1",
        ])
    func notPublic(_ text: String) { #expect(!Self.isPublic(text)) }

    @Test(
        "addresses that are public",
        arguments: [
            "1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.1", "100.128.0.1", "223.255.255.255",
            "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2001:4860::8888",
        ])
    func areReached(_ text: String) { #expect(Self.isPublic(text)) }

    private static func isPublic(_ text: String) -> Bool {
        var v4 = in_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            return PublicAddress.isPublic(v4: UInt32(bigEndian: v4.s_addr))
        }
        var v6 = in6_addr()
        precondition(inet_pton(AF_INET6, text, &v6) == 1)
        return withUnsafeBytes(of: v6) { PublicAddress.isPublic(v6: Array($0)) }
    }
}
