import LuaSandbox

/// The Lua that every image begins with: what plugins see as `host`.
enum HostLibrary {
    static let source = Source(name: "host.lua", text: PackageResources.host_lua)
}
