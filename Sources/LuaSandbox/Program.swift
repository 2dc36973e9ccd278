public import Values

/// One Lua file: its text and the name by which messages and tracebacks call it.
public struct Source: Sendable, Hashable {
    /// Shown as it is, `greeting.lua` or `greeting/text.lua`.
    public var name: String
    public var text: [UInt8]

    public init(name: String, text: [UInt8]) {
        self.name = name
        self.text = text
    }

    public init(name: String, _ text: String) {
        self.init(name: name, text: Array(text.utf8))
    }
}

/// What an image is built from: the plugin's file, the files it may `require`, and the host's own chunks.
///
/// Nothing is read from a disk here: the code that makes the program has read the files and checked where they lie.
public struct Program: Sendable {
    /// Run last, once; what it returns is ``Sandbox/exports``.
    public var main: Source
    /// What `require "x.y"` finds, by the name between the quotes. Run at most once in an image, at the
    /// first `require`.
    public var modules: [ExactText: Source]
    /// Trusted chunks, run first and in order. Each gets the table of primitives as `...` and installs
    /// globals of its own, such as `host`.
    public var library: [Source]
    /// What the library finds as `primitives.constants`: settings, names, grants.
    public var constants: Value
    /// Texts that arguments of calls are known to use: keys above all. Handing them over costs less than
    /// other texts. At most 128 of at most 16 bytes each; what is beyond that is as any other text.
    public var names: [String]
    /// Where the lines that run are counted; nil in what runs leads.
    public var coverage: LineCoverage?

    public init(
        main: Source, modules: [ExactText: Source] = [:], library: [Source] = [], constants: Value = .null,
        names: [String] = []
    ) {
        self.main = main
        self.modules = modules
        self.library = library
        self.constants = constants
        self.names = names
    }
}
