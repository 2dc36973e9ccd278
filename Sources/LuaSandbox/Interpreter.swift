import CSandbox

/// The interpreter that programs run on.
public enum Interpreter {
    /// Which release of liblua this process is linked with, in its own words: `$LuaVersion: Lua 5.4.4 …`.
    public static let release = String(cString: sbx_lua_release())
}
