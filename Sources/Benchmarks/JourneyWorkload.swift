import Foundation
import Journeys
import Plugins
import Values

/// Leads that go side by side through a map of 5 tracks of 3 steps, with a trigger on each step's close that
/// sets a field: an assign, 15 completes and a status for each lead.
struct JourneyWorkload {
    static let commandsOfLead = 17

    private static let tracks = (1...5).map { "t\($0)" }
    private static let steps = (1...3).map { "s\($0)" }

    /// The commands of so many leads, whose ids begin with `prefix`.
    static func commands(leads: Int, prefix: String) -> [Command] {
        let ids = (1...leads).compactMap { LeadID("\(prefix)\($0)") }
        var commands: [Command] = []
        commands.reserveCapacity(leads * commandsOfLead)
        for (index, lead) in ids.enumerated() {
            let fields: Table = [
                "name": .string("Lead \(index + 1)"), "email": .string("lead\(index + 1)@example.com"),
            ]
            commands.append(
                Command(lead: lead, order: .assign(MapID("journey"), LeadChanges(fields: fields))))
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

    /// The map and its plugin, read as a workspace's are.
    static func generation(in folder: String) throws -> Generation {
        for (name, text) in ["maps/journey.yaml": map, "plugins/field.lua": plugin] {
            let file = URL(fileURLWithPath: "\(folder)/\(name)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: false, encoding: .utf8)
        }
        return try Generation(reading: DiskTree(root: folder))
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
