package import Journeys
package import LuaSandbox
package import Values

/// What the operator decides about plugins.
package protocol PluginSettings {
    /// The limits of a plugin's calls.
    func limits(of plugin: String) -> Limits

    /// The settings of a plugin as they are given, before its declarations are known.
    func given(to plugin: String) -> Table

    /// The plugin's settings, checked and completed by what it declares. Throws everything that does not fit.
    func values(for manifest: PluginManifest) throws(Mistakes) -> Table

    /// What the plugin declares and the operator grants.
    func granted(to manifest: PluginManifest) -> [Capability]

    /// The names of the secrets that the plugin may use, in the order of their bytes.
    func secrets(of plugin: String) -> [String]
}
