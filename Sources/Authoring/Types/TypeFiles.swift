import Values
package import Workspace

/// The files that editors and linters read of a workspace, in its folder `.signalbox`. They are made of the workspace and of
/// this program alone, so nobody changes them by hand.
package enum TypeFiles {
    package static let folder = ".signalbox"

    /// The text of each, by its path from the workspace's folder.
    ///
    /// - Parameter fields: names of fields that leads have.
    package static func all(of generation: Generation, fields: Set<String> = []) -> [(
        path: String, text: String
    )] {
        [
            ("\(folder)/signalbox.lua", APIDescription.definitions),
            ("\(folder)/specs.lua", APIDescription.specDefinitions),
            ("\(folder)/workspace.lua", WorkspaceTypes(of: generation, fields: fields).text),
            ("\(folder)/map.schema.json", MapSchema.schema(of: generation).indentedJSON + "\n"),
            ("\(folder)/settings.schema.json", SettingsSchema.schema(of: generation).indentedJSON + "\n"),
        ]
    }
}
