/// What a metric says, for the code that reads it.
package struct MetricDescription: Sendable {
    package enum Kind: String, Sendable {
        /// Rises while the process runs.
        case counter
        case gauge
        case histogram
    }

    package let name: String
    package let kind: Kind
    /// One line.
    package let help: String

    package init(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        self.kind = kind
        self.help = help
    }
}
