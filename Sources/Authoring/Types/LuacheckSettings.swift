import Values

/// The settings of luacheck for a folder of plugins, with the names that the sandbox has.
package enum LuacheckSettings {
    package static let text = """
        -- What a plugin sees: Lua 5.4 without what the sandbox lacks, and the host. `luacheck plugins`

        stds.sandbox = {
          read_globals = {
        \(wrapped(APIDescription.globals, indent: 4))
        \(libraries)
            host = {
        \(fields(of: "host", indent: 6))
            },
          },
        }

        stds.spec = {
          read_globals = {
        \(wrapped(APIDescription.specGlobals, indent: 4))
            test = { fields = { \(quoted(APIDescription.testMembers)) } },
          },
        }

        std = "sandbox"
        max_line_length = 120
        exclude_files = { "\(TypeFiles.folder)" }
        files["**/*.spec.lua"] = { std = "sandbox+spec" }

        """

    private static let width = 110

    private static var libraries: String {
        APIDescription.libraries.map { library in
            let line = "    \(library.name) = { fields = { \(quoted(library.members)) } },"
            if line.count <= width { return line }
            return """
                    \(library.name) = {
                      fields = {
                \(wrapped(library.members, indent: 8))
                      },
                    },
                """
        }.joined(separator: "\n")
    }

    /// The members of a table of the host, as luacheck takes them.
    private static func fields(of table: String, indent: Int) -> String {
        let names = APIDescription.hostNames.filter { isMember($0, of: table) }
        let plain = names.filter { !isTable($0) }.map(own).sorted(by: precedes)
        let tables = names.filter(isTable).sorted(by: precedes)
        let space = String(repeating: " ", count: indent)
        var lines = ["\(space)fields = {"]
        if !plain.isEmpty { lines.append(wrapped(plain, indent: indent + 2)) }
        for table in tables {
            let members = APIDescription.hostNames.filter { isMember($0, of: table) }
            if table == "host.settings" {
                lines.append("\(space)  \(own(table)) = { other_fields = true },")
            } else if members.contains(where: isTable) {
                lines.append("\(space)  \(own(table)) = {")
                lines.append(fields(of: table, indent: indent + 4))
                lines.append("\(space)  },")
            } else {
                let names = quoted(members.map(own).sorted(by: precedes))
                lines.append("\(space)  \(own(table)) = { fields = { \(names) } },")
            }
        }
        lines.append("\(space)},")
        return lines.joined(separator: "\n")
    }

    private static func precedes(_ left: String, _ right: String) -> Bool { compareBytes(left, right) < 0 }

    private static func own(_ path: String) -> String {
        path.split(separator: ".").last.map(String.init) ?? path
    }

    private static func isMember(_ path: String, of table: String) -> Bool {
        path.hasPrefix(table + ".") && !path.dropFirst(table.count + 1).contains(".")
    }

    private static func isTable(_ path: String) -> Bool {
        path == "host.settings" || APIDescription.hostNames.contains { $0.hasPrefix(path + ".") }
    }

    private static func quoted(_ names: [String]) -> String {
        names.map { "\"\($0)\"" }.joined(separator: ", ")
    }

    /// Names in quotes, in lines of at most ``width`` characters.
    private static func wrapped(_ names: [String], indent: Int) -> String {
        let space = String(repeating: " ", count: indent)
        var lines: [String] = []
        for name in names {
            let next = "\"\(name)\","
            if let last = lines.last, last.count + 1 + next.count <= width {
                lines[lines.count - 1] += " " + next
            } else {
                lines.append(space + next)
            }
        }
        return lines.joined(separator: "\n")
    }
}
