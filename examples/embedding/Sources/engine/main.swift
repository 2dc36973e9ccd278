// The engine on SQLite: give commands, read the stream of moments, and save a plugin while it runs.
import Foundation
import Journeys
import Logging
import SQLiteStore
import ServiceLifecycle
import Signalbox
import Values
import Workspace

/// A workspace in a folder of its own: one map, one plugin.
func write(_ text: String, to file: String) throws {
    let url = URL(fileURLWithPath: file)
    try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: url, atomically: true, encoding: .utf8)
}

func greeting(_ text: String) -> String {
    """
    return {
      name = "greeting",
      api = 1,
      actions = {
        welcome = { run = function(event) host.note.add("\(text), " .. event.lead.fields.name) end },
      },
    }
    """
}

let workspace = NSTemporaryDirectory() + "signalbox-embedding-\(UUID().uuidString)"
defer { try? FileManager.default.removeItem(atPath: workspace) }
try write(
    """
    map: new-buyer
    triggers: { open: [ { run: greeting.welcome } ] }
    tracks: [ { track: qualify, steps: [ { step: call } ] } ]
    """, to: "\(workspace)/maps/new-buyer.yaml")
try write(greeting("Hello"), to: "\(workspace)/plugins/greeting.lua")

let store = try SQLiteStore(at: "\(workspace)/data/signalbox.db", mode: .readWrite)
let logger = Logger(label: "embedding", factory: { _ in SwiftLogNoOpLogHandler() })
let engine = try Engine(
    store: store, generation: Generation(reading: DiskTree(root: workspace)), logger: logger,
    clock: { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) })
let reload = HotReload(workspace, engine: engine, logger: logger)

// Every moment that is committed, in the order of the commits.
let moments = engine.moments()
let watching = Task { () -> [String] in
    var seen: [String] = []
    for await moment in moments { seen.append("\(moment.lead) \(moment.moment)") }
    return seen
}
let services = ServiceGroup(
    configuration: ServiceGroupConfiguration(
        services: [.init(service: engine), .init(service: reload)], logger: logger))
let running = Task { try await services.run() }
await reload.caughtUp()

@MainActor
func assign(_ name: String) async throws {
    guard let lead = LeadID(name) else { fatalError("\(name) is not a lead's id") }
    let changes = LeadChanges(fields: ["name": .string(name)])
    let command = Command(
        lead: lead, order: .assign(MapID("new-buyer"), changes), by: "form", id: CommandID("form-1"))
    switch try await engine.handle(command) {
    case .accepted(let accepted): print("\(name): moment \(accepted.moment), \(accepted.journal.count) lines")
    case .refused(let refusal): print("\(name): refused, \(refusal.reason.rawValue): \(refusal.message)")
    case .repeated(_, let id, let moment): print("\(name): \(id) was moment \(moment)")
    }
    print("  \(try store.notes(of: lead).map(\.text).joined(separator: "; "))")
}

try await assign("Ana")
// A command with an id happens once.
try await assign("Ana")
// A saved file is live at once; `reload` waits for it.
try write(greeting("Welcome"), to: "\(workspace)/plugins/greeting.lua")
await reload.reload()
try await assign("Ben")

await services.triggerGracefulShutdown()
try await running.value
print("moments: \(await watching.value.joined(separator: ", "))")
