import Foundation
import Journeys
import Plugins
import Values
import Workspace

/// Leads that go side by side through a map of 5 tracks of 3 steps, with a trigger on each step's close that
/// sets a field: an assign, 15 completes and a status for each lead.
struct JourneyWorkload {
    static let mapID = MapID("journey")

    private static let tracks = (1...5).map { "t\($0)" }
    private static let steps = (1...3).map { "s\($0)" }

    /// The commands of so many leads side by side, and when those are through of as many others, `waves` times.
    static func commands(leads: Int, waves: Int) -> [Command] {
        (1...waves).flatMap { wave in commands(of: (1...leads).compactMap { LeadID("L\(wave)-\($0)") }) }
    }

    /// The commands of these leads, each of them on no map, or on one before.
    static func commands(of ids: [LeadID]) -> [Command] {
        var commands: [Command] = []
        for (index, lead) in ids.enumerated() {
            let fields: Table = [
                "name": .string("Lead \(index + 1)"), "email": .string("lead\(index + 1)@example.com"),
            ]
            commands.append(
                Command(lead: lead, order: .assign(mapID, LeadChanges(fields: fields))))
        }
        for track in tracks {
            for step in steps {
                commands += ids.map { Command(lead: $0, order: .complete("\(track)/\(step)")) }
            }
        }
        commands += ids.enumerated().map { index, lead in
            Command(lead: lead, order: .status(index % 3 == 0 ? .won : .lost))
        }
        return commands
    }

    /// Where the plugin is in a workspace.
    static let pluginFile = "plugins/field.lua"
    /// The fields that the plugin sets, one for each step.
    static let fields = tracks.flatMap { track in steps.map { "\(track)\($0)" } }

    /// What makes a lead active on the map, and what ends that.
    static let opening: [Order] = [.assign(mapID, LeadChanges()), .complete("t1/s1")]
    static let ending = Order.status(.lost)

    /// The map and its plugin, and what else is in the folder, read as a workspace's are.
    static func generation(in folder: String) throws -> Generation {
        try write(map, to: "\(folder)/maps/journey.yaml")
        try write(plugin, to: "\(folder)/\(pluginFile)")
        return try Generation(reading: DiskTree(root: folder))
    }

    static func write(_ text: String, to path: String) throws {
        let file = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: false, encoding: .utf8)
    }

    private static var map: String {
        var text = "map: journey\ntracks:\n"
        for track in tracks {
            text += "  - track: \(track)\n    steps:\n"
            for step in steps {
                text += """
                          - step: \(step)
                            triggers:
                              close:
                                - { run: field.set, with: { fields: { \(track)\(step): true } } }

                    """
            }
        }
        return text
    }

    private static let plugin = """
        return {
          name = "field",
          api = 1,
          actions = {
            set = {
              params = { fields = { type = "table", required = true } },
              run = function(_, params) host.lead.set(params.fields) end,
            },
          },
        }

        """
}
