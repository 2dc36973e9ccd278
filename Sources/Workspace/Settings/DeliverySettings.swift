import Journeys
import Plugins

/// How deliveries leave (R53 to R57): `deliver` in `signalbox.yaml`.
public struct DeliverySettings: Sendable, Hashable {
    public var email = Email()
    /// Endpoints by name.
    public var webhooks: [String: Webhook] = [:]
    /// Hosts that may be reached although their addresses are private, by name.
    public var privateHosts: [String] = []
    public var retry = Retry()

    public init() {}

    public struct Email: Sendable, Hashable {
        public var by = Way.file
        /// The address that letters come from; one is required to send by ``Way/smtp``.
        public var from: String?
        public var smtp: SMTP?
        /// Whether a letter is sent again when nobody knows if it arrived (R55).
        public var repeatsUnknown = false
        /// The address or URL at which readers can unsubscribe.
        public var unsubscribe: String?

        public init() {}
    }

    public enum Way: String, Sendable, Hashable, CaseIterable {
        /// Files that end in `.eml`, in ``DeliverySettings/mailFolder``.
        case file
        case smtp
        /// Mail waits.
        case off
    }

    /// Where letters are written to, from the workspace's folder.
    public static let mailFolder = "data/mail"

    public struct SMTP: Sendable, Hashable {
        public var host: String
        public var port = 587
        public var tls = TLS.starttls
        public var user: String?
        public var password: Secret?

        public init(host: String) { self.host = host }
    }

    public enum TLS: String, Sendable, Hashable, CaseIterable {
        /// A plain connection that must become a secure one before anything is said.
        case starttls
        /// Secure from the first byte.
        case tls
        case off
    }

    public struct Webhook: Sendable, Hashable {
        public var url: String
        /// One, or two while one takes the other's place: each signs.
        public var secrets: [Secret]
        /// The events that are sent to it without a plugin, as subscriptions name them.
        public var events: [String] = []

        public init(url: String, secrets: [Secret]) {
            self.url = url
            self.secrets = secrets
        }
    }

    /// When a delivery that failed is tried again (R55).
    public struct Retry: Sendable, Hashable {
        public var first = Duration.seconds(30)
        /// The longest pause between two attempts.
        public var longest = Duration.seconds(6 * 3_600)
        /// How long after its first attempt a delivery is given up.
        public var deadline = Duration.seconds(3 * 86_400)

        public init() {}
    }
}

/// Where a secret is kept. It is read when it is used, and shown nowhere.
public enum Secret: Sendable, Hashable {
    /// The environment variable with this name.
    case environment(String)
    /// The file at this path, from the workspace's folder; a newline at its end is not part of the secret.
    case file(String)
}

extension DeliverySettings {
    /// Which endpoint wants which events.
    var eventEndpoints: EventEndpoints {
        EventEndpoints(webhooks.mapValues { $0.events.compactMap { Subscription.Pattern($0) } })
    }
}
