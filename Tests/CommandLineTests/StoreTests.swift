import Foundation
import TestKit
import Testing
import Values

@Suite("The workspace's store")
struct WorkspaceStoreTests {
    @Test("a second writer is refused with the first one's process id; readers are not")
    func writers() async throws {
        let workspace = try TemporaryWorkspace()
        let first = try RunningProgram(
            ["do", "--commands", "-", "--format", "jsonl", "-w", workspace.folder], input: .open)
        try first.send(#"{"do":"assign","lead":"L1","map":"buyer"}"# + "\n")
        #expect(try await first.shows("map.open"))
        let second = try await workspace.run("do", "assign", "L2", "buyer")
        #expect(second.status == 1)
        #expect(second.errors.contains("process \(first.processID) "))
        #expect(second.output == "")
        try workspace.write("leads.csv", "id\nL3\n")
        let third = try await workspace.run(
            "import", workspace.path("leads.csv"), "--map", "buyer", "--id", "id")
        #expect(third.status == 1)
        #expect(try await workspace.journal(of: "L1").count == 4)
        #expect(try await workspace.run("leads", "--format", "jsonl").objects.count == 1)
        #expect(try await workspace.run("do", "assign", "L2", "buyer", "--dry-run").status == 0)
        #expect(try await first.end().status == 0)
        #expect(try await workspace.run("do", "assign", "L2", "buyer").status == 0)
    }

    @Test("a journey keeps the map that it began with, over processes (R19)")
    func versions() async throws {
        let workspace = try TemporaryWorkspace()
        #expect(try await workspace.run("do", "assign", "old", "buyer").status == 0)
        try workspace.write(
            "maps/buyer.yaml", "map: buyer\ntracks:\n  - track: fresh\n    steps: [ { step: greet } ]\n")
        #expect(try await workspace.run("do", "assign", "new", "buyer").status == 0)
        let kept = try await workspace.run("do", "complete", "old", "qualify/call", "--format", "jsonl")
        #expect(kept.status == 0)
        #expect(kept.objects.lines("call").map { $0["run"] } == ["probe.set"])
        #expect(
            try await workspace.run("do", "complete", "old", "fresh/greet").output.contains("unknown_step"))
        #expect(try await workspace.run("do", "complete", "new", "fresh/greet").status == 0)
        #expect(
            try await workspace.run("do", "complete", "new", "qualify/call").output.contains("unknown_step"))
        try FileManager.default.removeItem(atPath: workspace.path("maps/buyer.yaml"))
        #expect(try await workspace.run("do", "complete", "old", "qualify/mail").status == 0)
        #expect(try await workspace.run("do", "assign", "third", "buyer").output.contains("unknown_map"))
    }

    @Test(
        "reading where nothing was stored says so and makes nothing", arguments: [["leads"], ["lead", "L1"]])
    func nothingStored(_ command: [String]) async throws {
        let workspace = try TemporaryWorkspace()
        let ran = try await RunningProgram(command + ["-w", workspace.folder]).end()
        #expect(ran.status == 65)
        #expect(ran.errors.contains("no store here yet"))
        #expect(!workspace.exists("data"))
    }

    @Test("a place where no store can be is told with what to do")
    func unwritable() async throws {
        let workspace = try TemporaryWorkspace()
        try workspace.write("data", "a file where the folder should be")
        let ran = try await workspace.run("do", "assign", "L1", "buyer")
        #expect(ran.status == 65)
        #expect(ran.errors.contains("data") && ran.errors.contains("; "))
        #expect(ran.errors.split(separator: "\n").count == 1)

        try workspace.write("signalbox.yaml", "store: maps\n")
        #expect(try await workspace.run("do", "assign", "L1", "buyer").status == 65)

        // The superuser may write everywhere.
        guard geteuid() != 0 else { return }
        try workspace.write("signalbox.yaml", "store: locked/store.db\n")
        try workspace.write("locked/x", "")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o500], ofItemAtPath: workspace.path("locked"))
        let denied = try await workspace.run("do", "assign", "L1", "buyer")
        #expect(denied.status == 65)
        #expect(denied.errors.contains("give this user the right to write"))
    }

    @Test("a file that is not a store, or a store that is damaged, is told and left as it is")
    func damaged() async throws {
        let workspace = try TemporaryWorkspace()
        let text = [UInt8](repeating: 0x61, count: 8192)
        try workspace.write("data/signalbox.db", text)
        for command in [
            ["do", "assign", "L1", "buyer"], ["leads"], ["do", "assign", "L1", "buyer", "--dry-run"],
        ] {
            let ran = try await RunningProgram(command + ["-w", workspace.folder]).end()
            #expect(ran.status == 65)
            #expect(ran.errors.contains("signalbox.db: ") && ran.errors.contains("not a Signalbox store"))
        }
        #expect(FileManager.default.contents(atPath: workspace.path("data/signalbox.db")) == Data(text))

        try FileManager.default.removeItem(atPath: workspace.path("data"))
        let lines = (1...300).map { #"{"do":"assign","lead":"L\#($0)","map":"buyer"}"# }
        #expect(
            try await workspace.run("do", "--commands", "-", input: Array(lines.joined(separator: "\n").utf8))
                .status == 0)
        var bytes = [UInt8](
            FileManager.default.contents(atPath: workspace.path("data/signalbox.db")) ?? Data())
        bytes.replaceSubrange(4096..<bytes.count, with: [UInt8](repeating: 0xA5, count: bytes.count - 4096))
        try workspace.write("data/signalbox.db", bytes)
        for command in [["do", "assign", "L1", "buyer"], ["leads"], ["lead", "L1"]] {
            let ran = try await RunningProgram(command + ["-w", workspace.folder]).end()
            #expect(ran.status == 65, "\(ran.errors)")
            #expect(ran.errors.contains("signalbox.db: "))
        }
    }

    @Test("a disk that is full ends the commands with the line from which on nothing was done")
    func fullDisk() async throws {
        let workspace = try TemporaryWorkspace()
        let lines = (1...2000).map { #"{"do":"assign","lead":"L\#($0)","map":"buyer"}"# + "\n" }.joined()
        try workspace.write("commands.jsonl", lines)
        // A file may have so many blocks of 512 bytes.
        let ran = try await RunningProgram(
            ["do", "--commands", workspace.path("commands.jsonl"), "--format", "jsonl"],
            shell: #"trap '' XFSZ; ulimit -f 1500; exec "$0" "$@" -w "$WORKSPACE" | cat"#,
            workspace: workspace
        ).end()
        #expect(ran.errors.contains("Nothing was done from line "), "\(ran.errors)")
        let printed = Set(ran.objects.compactMap { $0["lead"]?.string })
        let stored = try await workspace.run("leads", "--limit", "9999", "--format", "jsonl").objects
        #expect(!printed.isEmpty && printed == Set(stored.compactMap { $0["lead"]?.string }))
        #expect(ran.errors.contains("line \(printed.count + 1) on"))
    }
}
