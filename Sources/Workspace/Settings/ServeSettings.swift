/// How the service is reached and how it behaves: `serve` in `signalbox.yaml`.
public struct ServeSettings: Sendable, Hashable {
    /// A name, an IPv4 address or an IPv6 address without brackets.
    public var host = "127.0.0.1"
    public var port = 8_484
    /// The names by which it is reached, beside those of the loopback address.
    public var hosts: [String] = []
    public var tls: TLS?
    /// Whether it may listen without ``tls`` on an address that other machines reach.
    public var isPlain = false
    /// How long it takes at most to end what is under way.
    public var stopWithin = Duration.seconds(10)
    /// How many requests a token may make in a second.
    public var rate = 1_000
    /// The fields of leads whose values it does not show a viewer.
    public var maskedFields: [String] = []

    public init() {}

    /// Files in PEM form, from the workspace's folder.
    public struct TLS: Sendable, Hashable {
        public var certificate: String
        public var key: String

        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// `127.0.0.1:8484`, `[::1]:8484`.
    public var listen: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Takes ``host`` and ``port`` from ``listen``'s form; port 0 is any that is free. False when the text does not have it.
    public mutating func listen(at text: String) -> Bool {
        guard let address = Host.address(text, ports: Settings.listenPortRange) else { return false }
        (host, port) = address
        return true
    }

    /// What ``listen(at:)`` takes, for people.
    public static let listenRule = "HOST:PORT, such as `127.0.0.1:8484` or `[::1]:8484`"

    /// Whether it is reached from this machine alone.
    public var isLoopback: Bool { Host.isLoopback(host) }
}

/// A secret that plugins may put into requests: `secrets` in `signalbox.yaml`.
public struct GrantedSecret: Sendable, Hashable {
    public var secret: Secret
    /// The hosts that it may be sent to.
    public var hosts: [String]
    /// The plugins that may use it.
    public var plugins: [String]

    public init(secret: Secret, hosts: [String], plugins: [String]) {
        self.secret = secret
        self.hosts = hosts
        self.plugins = plugins
    }
}
