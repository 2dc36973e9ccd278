import Foundation
import TestKit
import Testing

@testable import SignalboxCLI

/// A process that has too little of something says so, and loses nothing.
@Suite("scarcity", .enabled(if: !Sanitizers.needSpace, "a sanitizer needs more than there is"))
struct ScarcityTests {
    /// What its dynamic libraries need is not for the program to say.
    private static let loaderFailed: Int32 = 127

    private static let files = [
        "maps/m.yaml":
            "map: m\ntriggers: { open: [ { run: p.a } ] }\ntracks: [ { track: t, steps: [ { step: x } ] } ]\n",
        "plugins/p.lua": """
        return { name = "p", api = 1, actions = { a = { run = function() host.note.add("n") end } } }
        """,
        "commands.jsonl": """
        {"do":"set","lead":"A","fields":{"n":1}}
        {"do":"assign","lead":"B","map":"m","id":"b"}

        """,
        "leads.csv": "id,name\nC,Cy\n",
    ]

    /// Runs commands of every kind under the limit; each ends by itself, and says why where it does nothing.
    private func run(under limit: String) throws -> [Int32] {
        let workspace = try TemporaryWorkspace(Self.files)
        try #require(try Program.run(["do", "assign", "A", "m", "-w", workspace.root]).status == 0)
        var statuses: [Int32] = []
        for command in [
            ["check"], ["leads"], ["lead", "A"], ["do", "set", "A", "n=2"],
            ["do", "--commands", workspace.path("commands.jsonl")],
            ["import", workspace.path("leads.csv"), "--map", "m", "--id", "id"], ["plugins"],
            ["backup", workspace.path("b.db")],
        ] {
            let ran = try Program.run(command + ["-w", workspace.root], shell: "ulimit -t 20; \(limit)")
            statuses.append(ran.status)
            #expect(
                [0, 65, Self.loaderFailed].contains(ran.status), "\(command): \(ran.status) \(ran.errors)")
            #expect(ran.status == 0 || !ran.errors.isEmpty, "\(command)")
        }
        let after = try Program.run(["lead", "A", "-w", workspace.root])
        #expect(after.status == 0, "\(after.errors)")
        return statuses
    }

    @Test("few descriptors", arguments: [3, 4, 5, 6, 7, 8, 10, 12, 16, 24, 32, 34, 35, 36, 38, 40, 64])
    func descriptors(count: Int) throws {
        let statuses = try run(under: "ulimit -n \(count)")
        #expect(Set(statuses).count == 1, "\(statuses)")
        #expect(count < 64 || statuses.allSatisfy { $0 == 0 })
    }

    /// Not where Swift's runtime itself finds no room: it ends the process before the program begins, between what the
    /// loader needs and a MiB more.
    @Test("little address space", arguments: [60, 120, 150, 250, 320, 400, 600, 1000, 1024, 1200])
    func addressSpace(megabytes: Int) throws {
        let statuses = try run(under: "ulimit -v \(megabytes << 10)")
        #expect(megabytes >= 1024 ? statuses.allSatisfy { $0 == 0 } : !statuses.contains(0), "\(statuses)")
    }

    @Test("an extreme clock is said before anything carries its time")
    func clock() {
        func fault(_ clock: Double) -> String? {
            SystemCheck(files: 100, addressSpace: .max, clock: clock).fault
        }
        for clock in [0, -1, 1.8e9, 253_402_300_799, -62_167_219_200] { #expect(fault(clock) == nil) }
        for clock in [253_402_300_800, -62_167_219_201, 9.3e18, -9.3e18, 1e300, .infinity, -.infinity, .nan] {
            #expect(fault(clock)?.contains("set the clock") == true, "\(clock)")
        }
        #expect(SystemCheck.now.fault == nil)
    }
}
