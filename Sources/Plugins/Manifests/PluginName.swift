/// The names of plugins, their actions and their deciders: `[a-z][a-z0-9_]{0,63}`.
public enum PluginName {
    public static let limitBytes = 64
    /// The first halves of the engine's own events, and the words that mean a part of the engine. A plugin that
    /// the store keeps may have one of them (R19).
    public static let taken = [
        "map", "track", "step", "host", "engine", "delivery", "journey", "run", "timer", "schedule", "time",
        "incident", "agent", "signal",
    ]

    /// Whether the text is a name; a plugin's must not be ``taken`` either.
    public static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= limitBytes, isLetter(first) else {
            return false
        }
        return text.utf8.allSatisfy {
            isLetter($0) || $0 == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    package static let rule = "small letters, digits and _, a letter first, at most \(limitBytes) bytes"
}
