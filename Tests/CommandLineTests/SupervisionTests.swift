import Foundation
import Logging
import ServiceLifecycle
import TestKit
import Testing

@testable import SignalboxCLI

/// What a service manager hears of `serve`.
@Suite("The service under a service manager")
struct SupervisionTests {
    @Test(
        "it tells when it takes requests, when it reads its workspace again, and when it stops, once each",
        arguments: NotificationSocket.Kind.allCases)
    func life(kind: NotificationSocket.Kind) async throws {
        let socket = try NotificationSocket(kind)
        let service = try await RunningService(
            TemporaryWorkspace(), environment: ["NOTIFY_SOCKET": socket.place])
        #expect(await socket.receive() == "READY=1\nSTATUS=Signalbox serves http://127.0.0.1:\(service.port)")
        #expect(try service.ask("GET /readyz").status == 200)
        #expect(try await service.program.tells("listening for SIGHUP"))
        service.program.signal(SIGHUP)
        let reloading = try #require(await socket.receive())
        #expect(reloading.wholeMatch(of: /RELOADING=1\nMONOTONIC_USEC=\d+/) != nil)
        #expect(await socket.receive() == "READY=1")
        #expect(try await service.program.tells("SIGHUP: "))
        let ran = try await service.end()
        #expect(ran.status == 0)
        #expect(socket.rest() == ["STOPPING=1"])
    }

    @Test("it tells that it is alive, again and again")
    func alive() async throws {
        let socket = try NotificationSocket()
        let service = try await RunningService(
            TemporaryWorkspace(), environment: ["NOTIFY_SOCKET": socket.place, "WATCHDOG_USEC": "100000"])
        var count = 0
        while count < 3 {
            if try #require(await socket.receive()) == "WATCHDOG=1" { count += 1 }
        }
        // Read all the while: what finds no room is not told.
        let isStopping = socket.reading(until: "STOPPING=1")
        let ran = try await service.end()
        #expect(ran.status == 0)
        #expect(await isStopping.first { _ in true } == true)
    }

    @Test("a watchdog that is another process's is not told")
    func otherProcess() async throws {
        let socket = try NotificationSocket()
        let service = try await RunningService(
            TemporaryWorkspace(),
            environment: ["NOTIFY_SOCKET": socket.place, "WATCHDOG_USEC": "100", "WATCHDOG_PID": "1"])
        #expect(try service.ask("GET /v1/leads").status == 200)
        _ = try await service.end()
        #expect(socket.rest().map { $0.prefix { $0 != "\n" } } == ["READY=1", "STOPPING=1"])
    }

    @Test(
        "it runs as well where nobody listens, and says so",
        arguments: ["/none/s", "none", "@" + String(repeating: "n", count: 200)])
    func unheard(place: String) async throws {
        let service = try await RunningService(TemporaryWorkspace(), environment: ["NOTIFY_SOCKET": place])
        #expect(try service.ask("GET /readyz").status == 200)
        let ran = try await service.end()
        #expect(ran.status == 0)
        #expect(ran.errors.components(separatedBy: "the service manager at ").count == 2)
    }

    @Test("while it does not answer, it does not tell that it is alive")
    func stuck() async throws {
        let socket = try NotificationSocket()
        let manager = try #require(
            ServiceManager(["NOTIFY_SOCKET": socket.place, "WATCHDOG_USEC": "2"], processID: 7))
        let (asked, asking) = AsyncStream.makeStream(of: Void.self)
        let (answers, answering) = AsyncStream.makeStream(of: Void.self)
        let supervision = Supervision(manager: manager) {
            asking.yield()
            for await _ in answers { break }
        }
        let group = ServiceGroup(services: [supervision], logger: .standardError(.text).quieter)
        let running = Task { try await group.run() }
        var questions = asked.makeAsyncIterator()
        await questions.next()
        #expect(socket.rest() == [])
        answering.yield()
        #expect(await socket.receive() == "WATCHDOG=1")
        await questions.next()
        #expect(socket.rest() == [])
        // What does not answer does not keep it from its end.
        await group.triggerGracefulShutdown()
        try await running.value
        #expect(socket.rest() == ["STOPPING=1"])
        answering.finish()
    }

    @Test("a manager that wants to hear nothing is none")
    func variables() {
        #expect(ServiceManager([:], processID: 7) == nil)
        #expect(ServiceManager(["NOTIFY_SOCKET": ""], processID: 7) == nil)
        func interval(_ variables: [String: String]) -> Duration? {
            ServiceManager(variables.merging(["NOTIFY_SOCKET": "@s"]) { $1 }, processID: 7)?.watchdogInterval
        }
        #expect(interval(["WATCHDOG_USEC": "3000000"]) == .seconds(3))
        #expect(interval(["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "7"]) == .seconds(3))
        #expect(interval(["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "8"]) == nil)
        for nothing in ["0", "-1", "often"] { #expect(interval(["WATCHDOG_USEC": nothing]) == nil) }
    }
}
