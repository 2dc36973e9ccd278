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

    /// How many arguments each function of `host` takes at most.
    package static let mostArguments = [
        "host.list": 1, "host.random": 2, "host.secret": 1, "host.json.encode": 1, "host.json.decode": 1,
        "host.log.debug": 2, "host.log.info": 2, "host.log.warn": 2, "host.log.error": 2,
        "host.time.now": 0, "host.time.add": 2, "host.time.format": 2, "host.time.parse": 1,
        "host.text.fill": 3, "host.store.get": 1, "host.store.set": 2, "host.store.add": 2,
        "host.lead.store.get": 1, "host.lead.store.set": 2, "host.lead.store.add": 2, "host.lead.set": 1,
        "host.lead.agent": 1, "host.lead.status": 1, "host.lead.assign": 1, "host.lead.complete": 1,
        "host.lead.advance": 0, "host.lead.remove": 1, "host.bus.emit": 2, "host.note.add": 1,
        "host.todo.add": 1, "host.email.send": 1, "host.webhook.send": 2,
    ]

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
