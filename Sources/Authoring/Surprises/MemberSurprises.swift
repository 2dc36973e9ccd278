import Journeys
import Plugins
import Values
import Workspace

/// What a plugin does with `host` and Lua's library that has no effect, or fails.
enum MemberSurprises {
    static func all(in survey: Survey) -> [Surprise] {
        survey.readings.flatMap { plugin in
            plugin.uses.compactMap(surprise)
                + plugin.functions.values.flatMap { $0.uses.compactMap(lostWrite) }
        }
    }

    private static func surprise(of use: LuaUse) -> Surprise? {
        switch use.path.root {
        case .host:
            if use.isWrite { return lostWrite(use) }
            if let unknown = unknownMember(use, of: "host") { return unknown }
            if case .method = use.kind {
                let path = (["host"] + use.path.constants.dropLast()).joined(separator: ".")
                return Surprise(
                    .methodCall, use.place(ofKey: use.path.keys.count - 1),
                    "\(path) is handed over as the first argument; write \(path).\(use.path.constants.last ?? "")"
                )
            }
            return extraArgument(use)
        case .global(let name): return use.isWrite ? nil : unknownMember(use, of: name)
        case .event, .parameters: return nil
        }
    }

    private static func unknownMember(_ use: LuaUse, of root: String) -> Surprise? {
        let keys = use.path.constants
        if root == "host", keys.first == "settings" { return nil }
        var owner = root
        for (index, key) in keys.enumerated() {
            guard let members = HostNames.all.members[owner] else { return nil }
            guard members.contains(where: { sameBytes($0, key) }) else {
                return Surprise(
                    .unknownMember, use.place(ofKey: index),
                    "\(owner) does not have \(key.quotedForMessage)\(hint(for: key, of: owner, members))")
            }
            owner += ".\(key)"
        }
        return nil
    }

    private static func hint(for key: String, of owner: String, _ members: [String]) -> String {
        if owner == "os", HostNames.isOfProcesses(key) {
            return ": a plugin reaches no files and no processes"
        }
        return suggestion(for: key, among: members.sorted())
    }

    private static func extraArgument(_ use: LuaUse) -> Surprise? {
        guard let arguments = use.arguments else { return nil }
        let name = "host." + use.path.constants.joined(separator: ".")
        guard let most = APIDescription.mostArguments[name], arguments.count > most else { return nil }
        return Surprise(
            .extraArgument, use.file.place(of: arguments[most].range),
            "\(name) takes \(most == 0 ? "no argument" : counted(most, "argument")), and gets \(arguments.count)"
        )
    }

    /// A write to what a call is given, or to `host`.
    private static func lostWrite(_ use: LuaUse) -> Surprise? {
        guard use.isWrite, !use.path.keys.isEmpty else { return nil }
        switch use.path.root {
        case .event:
            return Surprise(
                .lostWrite, use.place, "the event is this call's own copy: what is written to it is lost")
        case .parameters:
            return Surprise(
                .lostWrite, use.place,
                "the parameters are this call's own copy: what is written to them is lost")
        case .host:
            return Surprise(
                .lostWrite, use.place,
                "what is written to \((["host"] + use.path.constants.dropLast()).joined(separator: ".")) does not last"
            )
        case .global: return nil
        }
    }
}
