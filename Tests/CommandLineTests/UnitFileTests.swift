import Foundation
import LuaSandbox
import TestKit
import Testing
import Values
import Workspace

@testable import SignalboxCLI

/// `docs/signalbox.service`, against the program that it runs.
@Suite("The unit for systemd")
struct UnitFileTests {
    /// By their keys.
    private let values: [String: [String]]

    init() throws {
        let root = URL(filePath: #filePath).appending(path: "../../..").standardized
        let text = try String(contentsOf: root.appending(path: "docs/signalbox.service"), encoding: .utf8)
        var values: [String: [String]] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") && !line.hasPrefix("[") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            values[String(parts[0]), default: []].append(String(try #require(parts.last)))
        }
        self.values = values
    }

    private func value(_ key: String) throws -> String {
        let found = try #require(values[key], "\(key)")
        try #require(found.count == 1, "\(key)")
        return found[0]
    }

    private func time(_ key: String) throws -> Duration {
        let text = try value(key)
        let parts = try #require(text.wholeMatch(of: #/(\d+)(s|min)/#), "\(key)=\(text)")
        let number = try #require(Int(parts.1))
        return .seconds(parts.2 == "s" ? number : number * 60)
    }

    @Test("what it starts tells that it is ready and alive, reads again, and ends, as the unit has it")
    func starts() async throws {
        #expect(try value("Type") == "notify")
        let workspace = try TemporaryWorkspace()
        let socket = try NotificationSocket()
        var words = try value("ExecStart").split(separator: " ").map(String.init)
        #expect(words.removeFirst().hasSuffix("/signalbox"))
        let place = try #require(words.firstIndex(of: "/etc/signalbox"))
        words[place] = workspace.folder
        let variable = try value("Environment").split(separator: "=", maxSplits: 1).map(String.init)
        #expect(variable[1] == "/var/lib/\(try value("StateDirectory"))/signalbox.db")
        let store = workspace.path("state/signalbox.db")
        let program = try RunningProgram(
            words,
            environment: [
                variable[0]: store, "SIGNALBOX_SERVE_LISTEN": "127.0.0.1:0", "NOTIFY_SOCKET": socket.place,
                "WATCHDOG_USEC": "\(try time("WatchdogSec").components.seconds * 1_000_000)",
            ])
        // The first sign of life may come before it is ready.
        let first = try [#require(await socket.receive()), #require(await socket.receive())].sorted()
        #expect(first[0].hasPrefix("READY=1\n") && first[1] == "WATCHDOG=1", "\(first)")
        #expect(FileManager.default.fileExists(atPath: store))
        #expect(!workspace.exists("data"))

        #expect(try await program.tells("listening for SIGHUP"))
        #expect(try value("ExecReload") == "/bin/kill -HUP $MAINPID")
        program.signal(SIGHUP)
        #expect(await socket.receive()?.hasPrefix("RELOADING=1\n") == true)
        #expect(await socket.receive() == "READY=1")
        #expect(try value("KillSignal") == "SIGTERM")
        program.signal(SIGTERM)
        let ran = try await program.end()
        #expect(ran.status == 0 && !ran.wasKilled, "\(ran.errors)")
        #expect(ran.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("{") }, "\(ran.errors)")
    }

    @Test(
        "the service has the time that it needs to end and to tell that it is alive, and a wrong command line is not tried again"
    )
    func fits() async throws {
        #expect(try time("TimeoutStopSec") > ServeSettings().stopWithin)
        // Two signs of life in it, and a call that goes on to its deadline before each.
        let watchdog = try time("WatchdogSec")
        #expect(watchdog > Settings().limits(of: "any").deadline * 2)
        #expect(try time("TimeoutStartSec") > watchdog)
        let manager = ServiceManager(
            ["NOTIFY_SOCKET": "@s", "WATCHDOG_USEC": "\(watchdog.components.seconds * 1_000_000)"],
            processID: 7)
        #expect(manager?.watchdogInterval == watchdog)
        let wrong = try await RunningProgram(["serve", "--none"]).end()
        #expect(try value("RestartPreventExitStatus") == "\(wrong.status)")
        #expect(try value("Restart") == "on-failure")
    }
}
