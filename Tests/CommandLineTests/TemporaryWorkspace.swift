import Foundation
import TestKit
import Values

/// A workspace in a folder of its own, with spaces in its name, that goes with the value.
final class TemporaryWorkspace: Sendable {
    let folder: String

    /// One plugin that does what its parameters say, and one map of one track with the steps `call` and `mail`.
    init(plugins: [String: String] = ["probe": probe], maps: [String: String] = ["buyer": buyer]) throws {
        folder = NSTemporaryDirectory() + "/signalbox tests \(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, text) in plugins { try write("plugins/\(name).lua", text) }
        for (name, text) in maps { try write("maps/\(name).yaml", text) }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ file: String) -> String { "\(folder)/\(file)" }

    func write(_ file: String, _ text: String) throws { try write(file, Array(text.utf8)) }

    func write(_ file: String, _ bytes: [UInt8]) throws {
        let path = path(file)
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    func remove(_ file: String) throws { try FileManager.default.removeItem(atPath: path(file)) }

    func exists(_ file: String) -> Bool { FileManager.default.fileExists(atPath: path(file)) }

    /// Runs `signalbox` with the arguments on this workspace.
    func run(
        _ arguments: String..., input: [UInt8] = [], environment: [String: String] = [:]
    ) async throws -> Ran {
        try await RunningProgram(
            arguments + ["-w", folder], input: .bytes(input), environment: environment
        ).end()
    }

    /// Runs `signalbox do --commands` on lines, with `--format jsonl`.
    func give(_ lines: String...) async throws -> Ran {
        try await run(
            "do", "--commands", "-", "--format", "jsonl", input: Array(lines.joined(separator: "\n").utf8))
    }

    /// A lead's journal.
    func journal(of lead: String) async throws -> [Table] {
        try await run("lead", lead, "--format", "jsonl").objects
    }

    static let probe = """
        return {
          name = "probe", version = "1.0.0", api = 1,
          actions = {
            set = { params = { fields = { type = "table", required = true } },
              run = function(_, params) host.lead.set(params.fields) end },
            count = { params = { most = { type = "integer", default = 3, most = 9 } }, run = function() end },
            fail = { run = function() error("the probe fails") end },
            loop = { run = function() while true do end end },
            eat = { run = function()
                local all = {}
                for i = 1, 1e9 do all[i] = ("x"):rep(1000) .. i end
              end },
            log = { run = function() host.log.info("a line", { n = 1 }) end },
          },
          deciders = {
            keep = { params = { steps = { type = "list", required = true } },
              decide = function(_, params) return { keep = params.steps, reason = "as told" } end },
          },
        }
        """

    static let buyer = """
        map: buyer
        tracks:
          - track: qualify
            steps:
              - step: call
                triggers:
                  close: [ { run: probe.set, with: { fields: { called: true } } } ]
              - step: mail
        """

    /// A map whose step `call` runs something when it closes.
    static func map(_ name: String, running trigger: String) -> String {
        """
        map: \(name)
        tracks:
          - track: qualify
            steps:
              - step: call
                triggers: { close: [ \(trigger) ] }
              - step: mail
        """
    }
}

extension [Table] {
    /// The events, as `NAME TRACK/STEP`.
    var events: [String] {
        compactMap { line in
            guard let event = line["event"]?.string else { return nil }
            let place = [line["track"]?.string, line["step"]?.string].compactMap { $0 }
            return ([event] + (place.isEmpty ? [] : [place.joined(separator: "/")])).joined(separator: " ")
        }
    }

    func lines(_ type: String) -> [Table] { filter { $0["type"]?.string == type } }
}
