import Values

/// What the call at work reads of its plugin's values for all leads, and how much it may still read (R32). One for all calls
/// of a runner, one after the other.
///
/// Owner: the runner.
final class ValueReads {
    private var plugin = ""
    private var read: PluginRunner.Reader?
    /// By key; null for what was not there.
    private(set) var values = Table()
    private var bytesLeft = 0

    /// Whether the call read more than it may.
    var isOver: Bool { bytesLeft < 0 }

    /// Answers the calls that `body` makes, of this plugin.
    func answering<Result>(
        _ plugin: String, atMostBytes limit: Int, from read: PluginRunner.Reader, _ body: () -> Result
    ) -> Result {
        values = Table()
        bytesLeft = limit
        self.plugin = plugin
        return withoutActuallyEscaping(read) { read in
            self.read = read
            // What it answers with must not outlive this.
            defer { self.read = nil }
            return body()
        }
    }

    /// Null where nothing is stored, and once the call read more than it may.
    func answer(_ key: Value) -> Value {
        guard let key = key.string, let read, !isOver else { return .null }
        if let known = values[key] { return known }
        let value = read(plugin, key) ?? .null
        bytesLeft -= key.utf8.count + value.approximateBytes
        values[key] = value
        return value
    }
}
