public import Values

/// A lead's id: 1 to 128 bytes of UTF-8 without control characters. Two ids are the same when their bytes are.
public struct LeadID: ExactlyCompared {
    public static let limitBytes = 128

    /// What an id must be, for people.
    public static let rule = "1 to \(limitBytes) bytes without control characters"

    public let text: String

    /// Nil when the text is not an id.
    public init?(_ text: String) {
        guard (1...Self.limitBytes).contains(text.utf8.count), !text.hasControlCharacters else { return nil }
        self.text = text
    }
}

/// What makes a command of a lead happen once (R40). Ids are a lead's own: the same id for another lead is
/// another command.
public struct CommandID: ExactlyCompared, ExpressibleByStringLiteral {
    public let text: String
    public init(_ text: String) { self.text = text }
    public init(stringLiteral text: String) { self.text = text }
}

/// The id of a map, a track or a step: `[a-z0-9][a-z0-9_-]*`, at most 64 bytes.
public enum DefinitionID {
    public static let limitBytes = 64

    public static func isValid(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= limitBytes else { return false }
        return isLetterOrDigit(first)
            && text.utf8.allSatisfy {
                isLetterOrDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
            }
    }

    /// What ``isValid(_:)`` demands, for people.
    public static let rule =
        "small letters, digits, _ and -, a letter or digit first, at most \(limitBytes) bytes"

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

public struct MapID: ExactlyCompared {
    public let text: String
    public init(_ text: String) { self.text = text }
}

public struct TrackID: ExactlyCompared {
    public let text: String
    public init(_ text: String) { self.text = text }
}

public struct StepID: ExactlyCompared {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// A step's place in its map, written `track/step`.
public struct StepPath: Sendable, Hashable, CustomStringConvertible {
    public let track: TrackID
    public let step: StepID

    public init(_ track: TrackID, _ step: StepID) {
        self.track = track
        self.step = step
    }

    /// Nil unless the text is two ids with a slash between them.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ DefinitionID.isValid(String($0)) }) else { return nil }
        self.init(TrackID(String(parts[0])), StepID(String(parts[1])))
    }

    /// Reads what ``description`` wrote, whatever ids may look like today (R19).
    package init?(described text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.init(TrackID(String(parts[0])), StepID(String(parts[1])))
    }

    public var description: String { "\(track)/\(step)" }
}

/// An action or a decider by its plugin and its name there, written `plugin.name`; for a plugin's own
/// subscription, `plugin/on/N`.
public struct FunctionName: Sendable, Hashable, CustomStringConvertible {
    public let plugin: String
    public let name: Name

    public enum Name: Sendable, Hashable {
        case named(String)
        /// The n-th of the plugin's subscriptions, from 1.
        case subscription(Int)
    }

    public init(plugin: String, name: String) {
        self.plugin = plugin
        self.name = .named(name)
    }

    public init(plugin: String, subscription number: Int) {
        self.plugin = plugin
        self.name = .subscription(number)
    }

    /// Nil unless the text is two non-empty names with one dot between them.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.init(plugin: String(parts[0]), name: String(parts[1]))
    }

    /// Reads what ``description`` wrote, subscriptions included.
    package init?(described text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 3, parts[1] == "on", let number = Int(parts[2]) {
            self.init(plugin: String(parts[0]), subscription: number)
        } else {
            self.init(text)
        }
    }

    public var description: String {
        switch name {
        case .named(let name): "\(plugin).\(name)"
        case .subscription(let number): "\(plugin)/on/\(number)"
        }
    }
}

/// The version of a map: the hash of its file, in hexadecimal digits.
public struct MapVersion: ExactlyCompared {
    public let text: String
    public init(_ text: String) { self.text = text }
}
