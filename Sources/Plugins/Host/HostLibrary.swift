package import LuaSandbox
package import Values

/// The programs that images are built from: a plugin's files behind the host's library, and the
/// conditions of a map.
package enum HostLibrary {
    private static let nearest = Source(name: "nearest.lua", text: PackageResources.nearest_lua)
    private static let host = Source(name: "host.lua", text: PackageResources.host_lua)
    private static let secrets = Source(name: "secrets.lua", text: PackageResources.secrets_lua)
    private static let members = Source(name: "members.lua", text: PackageResources.members_lua)
    private static let conditions = Source(name: "conditions.lua", text: PackageResources.conditions_lua)

    /// A plugin with its settings, the capabilities that it was granted, and the names of the secrets that it may use.
    ///
    /// - Parameter declared: which of the tables in its settings may have only the keys that the plugin declares.
    static func program(
        _ source: PluginSource, settings: Table, declared: DeclaredForm = .ofUnknownSettings,
        granted: [Capability], secrets: [String]
    ) -> Program {
        var capabilities = Table()
        for capability in granted { capabilities[capability.description] = true }
        return Program(
            main: source.main, modules: source.modules, library: [nearest, host, self.secrets, members],
            constants: [
                "plugin": .string(source.name), "settings": .table(settings), "granted": .table(capabilities),
                "secrets": .list(secrets.map(Value.string)), "declared": declared.value,
            ])
    }

    /// A file of specs, behind the pure helpers of `host` and a library of its own.
    package static func program(_ main: Source, modules: [ExactText: Source], library: [Source]) -> Program {
        Program(
            main: main, modules: modules, library: [host] + library,
            constants: ["settings": [:], "granted": [:]])
    }

    /// The conditions of a map, exported as a list: a function for each, or the message of one that does
    /// not parse. They see the host's pure helpers and its log.
    static func program(conditions texts: [String]) -> Program {
        program(conditions: texts, checks: false, main: "return conditions")
    }

    /// The same for a file that is checked, more strictly: exported as `conditions`, beside the names of the
    /// library as `names`.
    static func program(checking texts: [String]) -> Program {
        program(
            conditions: texts, checks: true, main: "return { conditions = conditions, names = names }")
    }

    private static func program(conditions texts: [String], checks: Bool, main: String) -> Program {
        Program(
            main: Source(name: "when", main), library: [host, conditions],
            constants: [
                "settings": [:], "granted": [:], "checks": .bool(checks),
                "conditions": .list(texts.map(Value.string)),
            ])
    }
}
