import ArgumentParser
import Foundation
import TestKit
import Testing
import Workspace

@testable import SignalboxCLI

@Suite("Settings that cannot be used")
struct UnusableSettingsTests {
    /// One command line for each command that opens a store, or that reads the settings for another end.
    private static let commands: [String: [[String]]] = [
        "check": [["check"]],
        "config": [["config"]],
        "simulate": [["simulate", "--commands", "-"]],
        "do": [
            ["do", "advance", "a"], ["do", "advance", "a", "--dry-run"], ["do", "--commands", "-"],
        ],
        "import": [["import", "FOLDER/leads.csv", "--map", "buyer", "--id", "Id"]],
        "leads": [["leads"]],
        "lead": [["lead", "a"]], "explain": [["explain", "a"]], "triggers": [["triggers"]],
        "types": [["types"]],
        "replay": [["replay", "--plugins", "FOLDER/plugins"]],
        "incidents": [["incidents"], ["incidents", "show", "1"], ["incidents", "retry", "1"]],
        "deliveries": [
            ["deliveries"], ["deliveries", "show", "a/1/1"], ["deliveries", "retry", "a/1/1"],
        ],
        "todos": [["todos"], ["todos", "done", "a", "1"]], "journal": [["journal"]],
        "store": [
            ["store", "list", "probe"], ["store", "get", "probe", "n"], ["store", "set", "probe", "n=1"],
            ["store", "clear", "probe", "n"],
        ],
        "erase": [["erase", "a"], ["erase", "a", "--dry-run"]],
        "plugins": [["plugins"], ["plugins", "show", "probe"], ["plugins", "release", "probe"]],
        "try": [["try", "probe.count", "--event", "FOLDER/event.json"]],
        "test": [["test"]], "record": [["record", "a"]],
        "serve": [["serve", "--listen", "127.0.0.1:0"]],
        "token": [["token"], ["token", "add", "kim", "--role", "agent"], ["token", "revoke", "kim"]],
        "backup": [["backup", "FOLDER/copy.db"]],
        "restore": [["restore", "FOLDER/backup.db"]],
    ]

    /// A workspace with a store at the default place, and a backup of it.
    private func filled() async throws -> TemporaryWorkspace {
        let workspace = try TemporaryWorkspace()
        #expect(try await workspace.run("do", "assign", "a", "buyer").status == 0)
        #expect(try await workspace.run("backup", workspace.path("backup.db")).status == 0)
        try workspace.write("leads.csv", "Id\nb\n")
        try workspace.write("event.json", "{}")
        return workspace
    }

    private func contents(_ workspace: TemporaryWorkspace) throws -> [String: Data?] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: workspace.folder)
        return Dictionary(
            uniqueKeysWithValues: names.map { ($0, FileManager.default.contents(atPath: workspace.path($0))) }
        )
    }

    private func expectUnusable(_ workspace: TemporaryWorkspace, _ mistakes: [String]) async throws {
        let before = try contents(workspace)
        for command in Self.commands.values.flatMap(\.self) {
            let words = command.map { $0.replacing("FOLDER", with: workspace.folder) }
            let ran = try await RunningProgram(words + ["-w", workspace.folder]).end()
            #expect(ran.status == 65, "\(command): \(ran.errors)")
            // `check` shows the line under each.
            let told = (ran.output + ran.errors).split(separator: "\n").map(String.init).filter {
                !$0.hasPrefix(" ")
            }
            #expect(told.count == mistakes.count, "\(command): \(told)")
            for (line, mistake) in zip(told, mistakes) {
                #expect(line.hasPrefix(mistake), "\(command): \(line)")
            }
            if command != ["check"] { #expect(ran.output == "") }
        }
        #expect(try contents(workspace) == before)
    }

    @Test("no command is left out of these tests")
    func everyCommand() {
        let names = SignalboxCommand.configuration.subcommands.map { $0._commandName }
        // A new workspace has no settings yet.
        #expect(Set(names).subtracting(["init"]) == Set(Self.commands.keys))
    }

    @Test("every command tells all mistakes with their places, and touches nothing")
    func mistakes() async throws {
        let workspace = try await filled()
        try workspace.write("signalbox.yaml", "stroe: other.db\nlanes: many\n")
        try await expectUnusable(workspace, ["signalbox.yaml:1:1: ", "signalbox.yaml:2:8: "])
    }

    @Test("a settings file that is not YAML, a folder, or a link to nothing is no less a mistake")
    func unreadable() async throws {
        let workspace = try await filled()
        try workspace.write("signalbox.yaml", "store: [")
        try await expectUnusable(workspace, ["signalbox.yaml:1:8: "])
        try FileManager.default.removeItem(atPath: workspace.path("signalbox.yaml"))
        try FileManager.default.createSymbolicLink(
            atPath: workspace.path("signalbox.yaml"), withDestinationPath: "none.yaml")
        try await expectUnusable(
            workspace, ["signalbox.yaml: a link leads to something that is not there"])
        try FileManager.default.removeItem(atPath: workspace.path("signalbox.yaml"))
        try workspace.write("signalbox.yaml/x", "")
        try await expectUnusable(workspace, ["signalbox.yaml: it is not a regular file"])
    }

    @Test(
        "a settings file that nobody may read is a mistake",
        .enabled(if: geteuid() != 0, "may read everything"))
    func forbidden() async throws {
        let workspace = try await filled()
        try workspace.write("signalbox.yaml", "store: other.db\n")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0], ofItemAtPath: workspace.path("signalbox.yaml"))
        try await expectUnusable(workspace, ["signalbox.yaml: it cannot be read: "])
    }

    @Test("settings under the name that other programs use are told, not passed over")
    func misspelled() async throws {
        let workspace = try await filled()
        try workspace.write("signalbox.yml", "store: other.db\n")
        try await expectUnusable(
            workspace, ["signalbox.yml: settings are not read from this file; rename it"])
    }

    @Test("what needs the store alone works with any mistake of maps and plugins")
    func brokenMaps() async throws {
        let workspace = try await filled()
        try workspace.write("maps/broken.yaml", "map: [")
        try workspace.write("maps/buyer.yaml", "map: buyer\ntracks: none\n")
        try workspace.write("plugins/probe.lua", "return {")
        for command in [
            ["leads"], ["lead", "a"], ["incidents"], ["deliveries"], ["backup", "FOLDER/copy.db"],
            ["restore", "FOLDER/backup.db"],
        ] {
            let words = command.map { $0.replacing("FOLDER", with: workspace.folder) }
            let ran = try await RunningProgram(words + ["-w", workspace.folder]).end()
            #expect(ran.status == 0 && ran.errors == "", "\(command): \(ran.errors)")
        }
        // The steps come from the map as it was when the journey began.
        #expect(
            try await workspace.run("lead", "a").output.hasSuffix("open now  qualify/call  qualify/mail\n"))
    }
}
