import Values

/// What an author can do about an error of Lua that says only what happened.
enum FailureHint {
    /// Behind the message, with its `; `; empty where nothing more is known.
    static func text(for message: String) -> String {
        if let name = name(in: message, behind: "a nil value (global '") {
            return HostNames.hint(forGlobal: name)
        }
        if let name = name(in: message, behind: "attempt to call a nil value (method '") {
            return suggestion(for: name, among: HostNames.all.members["string"] ?? [])
        }
        if let name = name(in: message, behind: "a nil value (field '") {
            if HostNames.isOfProcesses(name) { return "; a plugin reaches no files and no processes" }
            return
                "; \(name) is nil here: nothing set it, or its name is written otherwise (Name and name are two)"
        }
        if message.contains("attempt to compare the ") && message.contains("number") {
            return "; tonumber makes a number of a text"
        }
        if message.contains("attempt to add a 'string'")
            || message.contains("perform arithmetic on a string value")
        {
            return "; texts are joined with `..`"
        }
        return ""
    }

    private static func name(in message: String, behind start: String) -> String? {
        guard let range = message.firstRange(of: start) else { return nil }
        let name = message[range.upperBound...].prefix { $0 != "'" }
        return name.isEmpty ? nil : String(name)
    }
}

extension HostNames {
    /// What to say of a global variable that is not there; begins with `; `, or is empty.
    package static func hint(forGlobal name: String) -> String {
        switch name {
        case "null", "NULL", "None", "undefined": "; write nil, or host.null for a value that clears a field"
        case "io", "dofile", "loadfile", "debug", "package", "collectgarbage":
            "; the sandbox does not have it: a plugin reaches no files and no processes"
        case "event", "params", "lead": "; the function gets it as a parameter: function(event, params)"
        case _: suggestion(for: name, among: all.globals.union(LuaToken.reserved).sorted())
        }
    }

    /// Whether Lua's own `os` has a function of this name, which the sandbox does not have.
    package static func isOfProcesses(_ name: String) -> Bool {
        ["execute", "getenv", "remove", "rename", "exit", "tmpname", "popen"].contains(name)
    }
}
