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
                    "there is no variable \(name.quotedForMessage)\(hint(for: name))"))
        }
        return found
    }

    private static func hint(for name: String) -> String {
        switch name {
        case "null", "NULL", "None", "undefined":
            return "; write nil, or host.null for a value that clears a field"
        case "io", "dofile", "loadfile", "debug", "package", "collectgarbage":
            return "; the sandbox does not have it: a plugin reaches no files and no processes"
        case "event", "params", "lead":
            return "; the function gets it as a parameter: function(event, params)"
        case _: return suggestion(for: name, among: HostNames.all.globals.sorted())
        }
    }
}
