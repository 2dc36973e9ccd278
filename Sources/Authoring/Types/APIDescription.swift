import Values

/// What a plugin can reach, by its names: the one description of the host in `signalbox.lua`, which editors read, and Lua's own
/// library as the sandbox offers it.
package enum APIDescription {
    /// The definitions of the host, in the form that Lua's language server takes.
    package static let definitions = String(decoding: PackageResources.signalbox_lua, as: UTF8.self)

    /// The same of what specs see beside that.
    package static let specDefinitions = String(decoding: PackageResources.specs_lua, as: UTF8.self)

    /// Everything of `host`, by its path with dots, in the order of the description: its functions, values and tables.
    package static let hostNames: [String] = definitions.split(separator: "\n").compactMap { line in
        let path: Substring
        if line.hasPrefix("function host.") {
            path = line.dropFirst("function ".count).prefix { $0 != "(" }
        } else if line.hasPrefix("host.") {
            path = line.prefix { $0 != " " }
        } else {
            return nil
        }
        return String(path)
    }

    /// How many arguments each function of `host` takes at most, by its path.
    static let mostArguments: [String: Int] = Dictionary(
        definitions.matches(of: #/(?m)^function (host\.[a-z_.]+)\((.*?)\) end$/#).map {
            (String($0.1), $0.2.split(separator: ",").count)
        }, uniquingKeysWith: max)

    /// Lua's functions and values that are there, without those in ``libraries``.
    package static let globals = [
        "_G", "_VERSION", "assert", "error", "getmetatable", "ipairs", "load", "next", "pairs", "pcall",
        "print",
        "rawequal", "rawget", "rawlen", "rawset", "require", "select", "setmetatable", "tonumber", "tostring",
        "type", "warn", "xpcall",
    ]

    /// The tables of Lua's library with what they have.
    package static let libraries: [(name: String, members: [String])] = [
        ("coroutine", ["close", "create", "isyieldable", "resume", "running", "status", "wrap", "yield"]),
        (
            "math",
            [
                "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log",
                "max",
                "maxinteger", "min", "mininteger", "modf", "pi", "rad", "random", "randomseed", "sin", "sqrt",
                "tan", "tointeger", "type", "ult",
            ]
        ),
        ("os", ["date", "time"]),
        (
            "string",
            [
                "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "pack",
                "packsize",
                "rep", "reverse", "sub", "unpack", "upper",
            ]
        ),
        ("table", ["concat", "insert", "move", "pack", "remove", "sort", "unpack"]),
        ("utf8", ["char", "charpattern", "codepoint", "codes", "len", "offset"]),
    ]

    /// What Lua has elsewhere and the sandbox does not.
    package static let missing = ["collectgarbage", "debug", "dofile", "io", "loadfile", "package"]

    /// What a spec sees beside that, but for `test`.
    package static let specGlobals = specFunctions.filter { !$0.contains(".") && !$0.contains(":") }.sorted()
    /// What a spec's `test` has.
    package static let testMembers = specFunctions.filter { $0.hasPrefix("test.") }.map {
        String($0.dropFirst(5))
    }
    .sorted()

    private static let specFunctions: [String] = specDefinitions.split(separator: "\n").compactMap { line in
        guard line.hasPrefix("function ") else { return nil }
        return String(line.dropFirst("function ".count).prefix { $0 != "(" })
    }
}
