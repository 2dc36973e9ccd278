import Foundation
import Journeys
import Store
import Synchronization
import TestKit
import Testing
import Values
import Workspace

@testable import Delivery

/// What a carrier needs, for letters to one server.
struct MailSetting {
    let folder: TemporaryFolder
    let transfers: Transfers
    var settings = DeliverySettings()

    init(port: Int, tls: DeliverySettings.TLS = .off, authorities: String? = nil) throws {
        folder = try TemporaryFolder()
        transfers = try #require(Transfers(authorities: authorities))
        settings.email.by = .smtp
        settings.email.from = "office@example.com"
        var server = DeliverySettings.SMTP(host: "localhost")
        server.port = port
        server.tls = tls
        settings.email.smtp = server
    }

    func send(to recipient: String, _ payload: Table = [:]) async -> AttemptEnd {
        var payload = payload
        payload["to"] = .string(recipient)
        payload["subject"] = payload["subject"] ?? "Hello"
        let settings = settings
        let carrier = SettingsCarrier(
            folder: folder.path, store: MemoryStore(), storeID: storeID, transfers: transfers,
            settings: { settings }, clock: { start })
        return await carrier.attempt(.sample(to: recipient, payload: payload))
    }
}

@Suite("letters by a real mail server")
struct MailServerTests {
    @Test("a letter arrives as it was written")
    func arrives() async throws {
        let server = try await PythonServer("mail_server.py")
        let text = ".\n..\nline\n" + String(repeating: "Grüße ", count: 2000)
        let end = try await MailSetting(port: server.port).send(
            to: "kim@example.com", ["text": .string(text)])
        try #require(end == AttemptEnd(.delivered, "250 2.0.0 taken"))
        let taken = try await server.program.table()
        #expect(taken["from"] == "office@example.com")
        #expect(taken["to"] == ["kim@example.com"])
        let bytes = try #require(Data(base64Encoded: taken["bytes"]?.string ?? ""))
        let read = ReadLetter(try await PythonProgram.answer(of: "read_letter.py", to: Array(bytes)))
        #expect(read.text("text/plain") == text + "\n")
        #expect(read.defects == [])
    }

    @Test(
        "what the server answers decides what follows",
        arguments: [
            ("refused", .failed(canPass: false), "550 5.1.1 there is nobody of that name"),
            ("later", .failed(canPass: true), "450 4.2.1 come again"),
            ("unwanted", .failed(canPass: false), "554 5.7.1 this is not wanted here"),
            ("full", .failed(canPass: true), "452 4.2.2 the mailbox is full"),
            ("closing", .failed(canPass: true), "421 4.3.2 closing"),
        ] as [(String, AttemptEnd.Outcome, String)])
    func replies(_ name: String, _ outcome: AttemptEnd.Outcome, _ message: String) async throws {
        let server = try await PythonServer("mail_server.py")
        let end = try await MailSetting(port: server.port).send(to: "\(name)@example.com")
        #expect(end == AttemptEnd(outcome, message, isOfChannel: name == "closing"))
    }

    @Test("when the connection breaks after the letter, nobody knows whether it arrived")
    func silent() async throws {
        let server = try await PythonServer("mail_server.py")
        let end = try await MailSetting(port: server.port).send(to: "silent@example.com")
        #expect(end.outcome == .unknown)
        #expect(end.message.hasPrefix("the letter was sent, and no reply came: "))
    }

    @Test("when the connection breaks within the letter, it did not arrive and is sent again")
    func breaking() async throws {
        let server = try await PythonServer("mail_server.py")
        // More than the system takes before anybody reads it.
        let text = String(repeating: String(repeating: "x", count: 70) + "\n", count: 200_000)
        let end = try await MailSetting(port: server.port).send(
            to: "breaking@example.com", ["text": .string(text)])
        #expect(end.outcome == .failed(canPass: true), "\(end)")
        #expect(end.isOfChannel)
        #expect(try await server.program.end() == [])
    }

    @Test(
        "a server that does not reply is given up, and only where it has the letter nobody knows",
        arguments: [("mute", AttemptEnd.Outcome.failed(canPass: true)), ("waiting", .unknown)])
    func stalled(_ name: String, _ outcome: AttemptEnd.Outcome) async throws {
        let server = try await PythonServer("mail_server.py")
        let transfers = try #require(Transfers())
        let letter = Transfer(
            url: "smtp://localhost:\(server.port)",
            content: .letter(
                sender: "office@example.com", recipient: "\(name)@example.com",
                bytes: Array("Subject: Hello\r\n\r\nHello\r\n".utf8), login: nil, isSecured: false),
            reachesPrivate: true, limit: .seconds(3))
        let found = Mutex<AttemptEnd?>(nil)
        Task {
            let end = SettingsCarrier.end(ofLetter: await transfers.perform(letter))
            found.withLock { $0 = end }
        }
        try await wait { found.withLock { $0 } != nil }
        #expect(found.withLock { $0?.outcome } == outcome)
    }

    @Test("a server that is not there can pass")
    func nobody() async throws {
        let port: Int
        do { port = try await PythonServer("mail_server.py").port }
        let setting = try MailSetting(port: port)
        // Its end is seen by the connections that it refuses.
        for _ in 0..<1000 {
            let end = await setting.send(to: "kim@example.com")
            if end.outcome == .delivered { continue }
            #expect(end.outcome == .failed(canPass: true))
            #expect(end.isOfChannel)
            return
        }
        Issue.record("the server did not end")
    }

    @Test("a secure connection, and a login", arguments: [DeliverySettings.TLS.starttls, .tls])
    func secured(_ tls: DeliverySettings.TLS) async throws {
        let certificate = try Certificate()
        let server = try await PythonServer(
            "mail_server.py",
            ["--\(tls.rawValue)", certificate.certificate, certificate.key, "--login", "office", "s3cret"])
        // Nobody vouches for the server: nothing is said to it.
        let stranger = try await MailSetting(port: server.port, tls: tls).send(to: "kim@example.com")
        #expect(stranger.outcome == .failed(canPass: true))
        #expect(stranger.message.contains("certificate"))
        var setting = try MailSetting(
            port: server.port, tls: tls, authorities: certificate.certificate)
        setting.settings.email.smtp?.user = "office"
        setting.settings.email.smtp?.password = .file("password")
        let missing = await setting.send(to: "kim@example.com")
        #expect(
            missing.message == "deliver.email.smtp.password: the file \"password\" cannot be opened")
        try Data("wrong\n".utf8).write(to: URL(fileURLWithPath: setting.folder("password")))
        let refused = await setting.send(to: "kim@example.com")
        #expect(refused.outcome == .failed(canPass: true))
        #expect(refused.message.hasPrefix("the mail server refused the login: 535"))
        #expect(!refused.message.contains("wrong"))
        try Data("s3cret\n".utf8).write(to: URL(fileURLWithPath: setting.folder("password")))
        let delivered = await setting.send(to: "kim@example.com")
        try #require(delivered.outcome == .delivered, "\(delivered)")
        let taken = try await server.program.table()
        #expect(taken["secured"] == true)
        #expect(taken["login"] == "office")
    }

    @Test("a server without STARTTLS hears nothing where the settings want it")
    func withoutStartTLS() async throws {
        let server = try await PythonServer("mail_server.py")
        let end = try await MailSetting(port: server.port, tls: .starttls).send(to: "kim@example.com")
        #expect(end.outcome == .failed(canPass: true))
    }

    @Test("files: one for each delivery, the same for a repeat")
    func files() async throws {
        var setting = try MailSetting(port: 1)
        setting.settings.email.by = .file
        for _ in 1...2 {
            let end = await setting.send(to: "kim@example.com", ["bcc": "x@example.com"])
            #expect(end == AttemptEnd(.delivered, "written to data/mail"))
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: setting.folder("data/mail"))
        #expect(names.count == 1)
        #expect(names[0].hasPrefix("2026-11-29T041547-"))
        #expect(names[0].hasSuffix(".eml"))
        let bytes = try #require(
            FileManager.default.contents(atPath: setting.folder("data/mail/\(names[0])")))
        let read = ReadLetter(try await PythonProgram.answer(of: "read_letter.py", to: Array(bytes)))
        #expect(read.header("delivered-to") == "kim@example.com")
        #expect(read.header("subject") == "Hello")
    }

    @Test("a folder that cannot be made can pass")
    func unwritable() async throws {
        var setting = try MailSetting(port: 1)
        setting.settings.email.by = .file
        try Data().write(to: URL(fileURLWithPath: setting.folder("data")))
        let end = await setting.send(to: "kim@example.com")
        #expect(end.outcome == .failed(canPass: true))
        #expect(end.message.hasPrefix("the letter cannot be written to data/mail: "))
    }

    @Test("a server that does not reply to a letter holds up no other letter, and no request (R56)")
    func heldUp() async throws {
        let server = try await PythonServer("mail_server.py")
        let receiver = try await PythonServer("http_receiver.py")
        let transfers = try #require(Transfers())
        func letter(to recipient: String, limit: Duration) -> Transfer {
            Transfer(
                url: "smtp://localhost:\(server.port)",
                content: .letter(
                    sender: "office@example.com", recipient: recipient,
                    bytes: Array("Subject: Hello\r\n\r\nHello\r\n".utf8), login: nil, isSecured: false),
                reachesPrivate: true, limit: limit)
        }
        let isOver = Mutex(false)
        let held = Task {
            let end = await transfers.perform(letter(to: "waiting@example.com", limit: .seconds(20)))
            isOver.withLock { $0 = true }
            return end
        }
        // It has the letter.
        _ = try await server.program.table()
        let request = await transfers.perform(
            Transfer(
                url: "http://127.0.0.1:\(receiver.port)/hook", content: .request(headers: [], body: []),
                reachesPrivate: true, limit: .seconds(30)))
        #expect(request.code == 200)
        let other = await transfers.perform(letter(to: "kim@example.com", limit: .seconds(30)))
        #expect(other.fault == nil && other.code == 250)
        #expect(!isOver.withLock { $0 })
        let end = await held.value
        #expect(end.wasSent && end.fault?.kind == .broken)
    }
}
