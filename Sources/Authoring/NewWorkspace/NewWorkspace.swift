import Values

/// The files of a workspace that runs at once: the standard plugins, a map, a plugin of one's own with its spec, and what editors and
/// linters need. Those that are made of the workspace itself are ``TypeFiles``.
package enum NewWorkspace {
    /// The text of each, by its path from the workspace's folder, in the order in which people are shown them.
    package static let files: [(path: String, text: String)] =
        [
            ("signalbox.yaml", text(PackageResources.signalbox_yaml)),
            ("maps/new-buyer.yaml", text(PackageResources.new_buyer_yaml)),
            ("plugins/greeting.lua", text(PackageResources.greeting_lua)),
            ("plugins/greeting.spec.lua", text(PackageResources.greeting_spec_lua)),
            ("commands.jsonl", text(PackageResources.commands_jsonl)),
        ] + standardPlugins + [
            (".luarc.json", text(PackageResources.luarc_json)), (".luacheckrc", LuacheckSettings.text),
            (".gitignore", text(PackageResources.gitignore)),
        ]

    private static let standardPlugins = [
        ("plugins/choose.lua", text(PackageResources.choose_lua)),
        ("plugins/choose.spec.lua", text(PackageResources.choose_spec_lua)),
        ("plugins/email.lua", text(PackageResources.email_lua)),
        ("plugins/email.spec.lua", text(PackageResources.email_spec_lua)),
        ("plugins/field.lua", text(PackageResources.field_lua)),
        ("plugins/field.spec.lua", text(PackageResources.field_spec_lua)),
        ("plugins/lead.lua", text(PackageResources.lead_lua)),
        ("plugins/lead.spec.lua", text(PackageResources.lead_spec_lua)),
        ("plugins/note.lua", text(PackageResources.note_lua)),
        ("plugins/note.spec.lua", text(PackageResources.note_spec_lua)),
        ("plugins/pick.lua", text(PackageResources.pick_lua)),
        ("plugins/pick.spec.lua", text(PackageResources.pick_spec_lua)),
        ("plugins/todo.lua", text(PackageResources.todo_lua)),
        ("plugins/todo.spec.lua", text(PackageResources.todo_spec_lua)),
    ]

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
