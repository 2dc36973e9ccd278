import LuaSandbox
import Values

/// The names that a plugin can reach, as the sandbox has them.
package struct HostNames: Sendable {
    /// The globals.
    package let globals: Set<String>
    /// The members of each table of the library, by its path: `host.lead`, `string`.
    package let members: [String: [String]]

    /// What every plugin reaches, whatever it was granted.
    package static let all = HostNames()

    private init() {
        let main = """
            local members = {}
            local function walk(path, owner)
              local names = {}
              members[path] = names
              for name, value in pairs(owner) do
                names[#names + 1] = name
                local inner = path == "" and name or path .. "." .. name
                if type(value) == "table" and value ~= _G and inner ~= "host.settings" and not members[inner] then
                  walk(inner, value)
                end
              end
            end
            walk("", _G)
            return members
            """
        let source = PluginSource(
            name: "names", file: "names.lua", main: Source(name: "names.lua", main), modules: [:], hash: "")
        let program = HostLibrary.program(
            source, settings: Table(), granted: [.email, .webhook], secrets: [])
        let exports: Export
        do throws(LoadFailure) {
            exports = try Sandbox(program, limits: Limits()).exports
        } catch {
            preconditionFailure("the names of the library do not load: \(error.message)")
        }
        guard case .table(let entries) = exports else {
            preconditionFailure("the names of the library are not a table")
        }
        var members: [String: [String]] = [:]
        for entry in entries {
            if case .list(let names) = entry.value {
                members[entry.key] = names.compactMap { if case .string(let name) = $0 { name } else { nil } }
            }
        }
        globals = Set(members.removeValue(forKey: "") ?? [])
        self.members = members
    }
}
