public import LuaSandbox
public import Values

/// The files of one plugin as they lie in the folder, read whole.
public struct PluginSource: Sendable, Hashable {
    public let name: String
    /// The file that is run first, from the workspace's folder: `plugins/greeting.lua`.
    public let file: String
    public let main: Source
    /// By the name that `require` is given: `text` for `greeting/text.lua`, `mail.html` for
    /// `greeting/mail/html.lua`.
    public let modules: [ExactText: Source]
    /// SHA-256 over the names and bytes of all its files.
    public let hash: String

    package init(name: String, file: String, main: Source, modules: [ExactText: Source], hash: String) {
        self.name = name
        self.file = file
        self.main = main
        self.modules = modules
        self.hash = hash
    }
}
