public import Journeys
public import LuaSandbox
public import Values

/// What a plugin's table says, checked: its actions, deciders and subscriptions with their functions.
public struct PluginManifest: Sendable {
    /// The version of the interface between plugins and host that is spoken here.
    public static let api: Int64 = 1

    public let name: String
    public let version: String?
    public let summary: String?
    /// In the order in which they are declared.
    public let needs: [Capability]
    /// The custom events that the plugin says it fires, in the order in which they are declared.
    public let emits: [String]
    public let settings: ParameterDeclarations
    /// In the order of their names' bytes.
    public let actions: [Action]
    /// In the order of their names' bytes.
    public let deciders: [Decider]
    /// In the order in which they are declared.
    public let subscriptions: [SubscribedFunction]

    public struct Action: Sendable {
        public let name: String
        public let summary: String?
        public let parameters: ParameterDeclarations
        public let run: FunctionID
        /// Whether a run that waits goes on when its journey has ended.
        public let outlivesJourney: Bool
    }

    public struct Decider: Sendable {
        public let name: String
        public let summary: String?
        public let parameters: ParameterDeclarations
        public let decide: FunctionID
    }

    public struct SubscribedFunction: Sendable {
        public let subscription: Subscription
        public let run: FunctionID
    }

    public func action(_ name: String) -> Action? { actions.element(named: name, by: \.name) }
    public func decider(_ name: String) -> Decider? { deciders.element(named: name, by: \.name) }

    /// The parameters of a call of one of this plugin's functions: those that are given, checked and
    /// completed by what the function declares (R37).
    public func complete(
        _ given: GivenParameters, for function: FunctionName
    ) throws(InvalidParameters) -> Table {
        switch function.name {
        case .named(let text):
            let declared = action(text)?.parameters ?? decider(text)?.parameters ?? .none
            return try declared.complete(given)
        case .subscription:
            return try ParameterDeclarations.none.complete(given)
        }
    }

    /// The function behind an action, a decider or a subscription of this plugin.
    public func function(_ name: FunctionName) -> FunctionID? {
        guard name.plugin == self.name else { return nil }
        switch name.name {
        case .named(let text): return action(text)?.run ?? decider(text)?.decide
        case .subscription(let number):
            return subscriptions.indices.contains(number - 1) ? subscriptions[number - 1].run : nil
        }
    }
}

/// Something beyond the lead itself that a plugin may touch if the operator grants it.
public enum Capability: Sendable, Hashable {
    case email, webhook
    /// Requests to one host, written `http:HOST` or `http:HOST:PORT`, in small letters.
    case http(String)

    /// Nil when the text is not a capability.
    public init?(_ text: String) {
        switch text {
        case "email": self = .email
        case "webhook": self = .webhook
        default:
            guard text.hasPrefix("http:") else { return nil }
            let host = String(text.dropFirst(5))
            guard Self.isHost(host) else { return nil }
            self = .http(host)
        }
    }

    package static let rule = "known are email, webhook and http:HOST"

    private static func isHost(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), text.utf8.count <= 253 else { return false }
        if parts.count == 2 {
            guard let port = UInt16(parts[1]), port > 0, parts[1].utf8.first != UInt8(ascii: "+") else {
                return false
            }
        }
        return parts[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy {
                    (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
                }
        }
    }
}

extension Capability: CustomStringConvertible {
    public var description: String {
        switch self {
        case .email: "email"
        case .webhook: "webhook"
        case .http(let host): "http:\(host)"
        }
    }
}

/// A plugin that is in the folder, as the maps that use it need to know it.
public enum PluginState: Sendable {
    case loaded(PluginManifest)
    /// It is there, but there is no version of it that works; the text says why.
    case failed(String, declaring: PartialManifest? = nil)
}
