import Journeys
import Plugins
import Values
import Workspace

/// Capabilities that a plugin uses and does not declare, or declares and does not use.
enum CapabilitySurprises {
    /// The members of `host` that need one.
    private static let members = ["email", "webhook", "http"]

    static func all(in survey: Survey) -> [Surprise] {
        survey.readings.flatMap { undeclared(by: $0) + unused(by: $0) }
    }

    private static func member(of capability: Capability) -> String {
        switch capability {
        case .email: "email"
        case .webhook: "webhook"
        case .http: "http"
        }
    }

    private static func undeclared(by plugin: PluginReading) -> [Surprise] {
        let declared = plugin.plugin.manifest.needs.map(member)
        return members.compactMap { member in
            guard !declared.contains(member), HostNames.all.members["host"]?.contains(member) == true,
                let use = plugin.uses.first(where: {
                    $0.path.root == .host && $0.path.constants.first == member
                })
            else { return nil }
            return Surprise(
                .undeclaredCapability, use.place,
                "host.\(member) needs the capability \(member.quotedForMessage), which is not in `needs`: the call will fail"
            )
        }
    }

    private static func unused(by plugin: PluginReading) -> [Surprise] {
        // Who hands over `host` itself, or computes its member's name, may use anything.
        let isClear = !plugin.uses.contains { $0.path.root == .host && $0.path.constants.isEmpty }
        guard isClear else { return [] }
        return plugin.plugin.manifest.needs.compactMap { capability in
            let member = member(of: capability)
            guard
                !plugin.uses.contains(where: { $0.path.root == .host && $0.path.constants.first == member })
            else { return nil }
            return Surprise(
                .unusedCapability, plugin.place(of: capability.description, in: "needs"),
                "the plugin does not use host.\(member), for which it needs \(capability.description.quotedForMessage)"
            )
        }
    }
}
