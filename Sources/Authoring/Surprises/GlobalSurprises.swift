import Journeys
import Plugins
import Values
import Workspace

/// Global variables of plugins: those that are not there, and those that are written (R38).
enum GlobalSurprises {
    static func all(in survey: Survey) -> [Surprise] { survey.readings.flatMap(surprises) }

    private static func surprises(of plugin: PluginReading) -> [Surprise] {
        var written: Set<String> = []
        var found: [Surprise] = []
        for use in plugin.uses where use.isWrite {
            guard case .global(let name) = use.path.root, use.path.keys.isEmpty else { continue }
            written.insert(name)
            found.append(
                Surprise(
                    .globalWrite, use.place,
                    use.isInFunction
                        ? "the global \(name.quotedForMessage) lasts one call: no other call sees it"
                        : "\(name.quotedForMessage) becomes a global variable, which all files of the plugin share"
                ))
        }
        var told: Set<ExactText> = []
        for use in plugin.uses {
            guard case .global(let name) = use.path.root, name != "_G", name != "_ENV",
                !HostNames.all.globals.contains(name), !written.contains(name),
                told.insert(ExactText("\(use.file.path) \(name)")).inserted
            else { continue }
            found.append(
                Surprise(
                    .unknownGlobal, use.place,
                    "there is no variable \(name.quotedForMessage)\(HostNames.hint(forGlobal: name))"))
        }
        return found
    }
}
