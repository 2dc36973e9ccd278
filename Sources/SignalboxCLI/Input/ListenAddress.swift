import ArgumentParser

/// Where a service takes requests: `HOST:PORT`, an IPv6 address in brackets.
struct ListenAddress: ExpressibleByArgument, Hashable, Sendable {
    /// Without brackets.
    var host: String
    /// 0 for any that is free.
    var port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"),
            let port = Int(argument[argument.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = argument[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self.init(host: String(host), port: port)
    }

    var text: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }
    var url: String { "http://\(text)" }
    var defaultValueDescription: String { text }

    /// Whether only programs of this machine reach it.
    var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
