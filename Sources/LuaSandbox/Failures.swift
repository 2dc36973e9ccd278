/// Why a program could not be loaded. Nothing of it is left.
public struct LoadFailure: Error, Sendable, Hashable {
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        /// A source does not parse.
        case syntax
        /// A Lua error was raised while the program ran.
        case error
        case budget, memory, deadline, crash
        /// What the program returned, or a constant, cannot cross the border.
        case value
        /// A library chunk refused to go on, or something was asked for that loading may not do.
        case refused
        /// A source is larger than the limit.
        case size
        /// The system gave no memory for an arena.
        case system
    }

    public var reason: Reason
    /// One text without control characters, at most 4 KiB.
    public var message: String
    /// One line a level, innermost first; empty where there is none.
    public var traceback: [String]

    public init(reason: Reason, message: String, traceback: [String] = []) {
        self.reason = reason
        self.message = message
        self.traceback = traceback
    }
}

/// Why a call failed. It has no effects; its log is kept.
public struct CallFailure: Error, Sendable, Hashable {
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        /// An uncaught Lua error.
        case error
        /// Cut off: the instructions, the memory or the time ran out, or the interpreter faulted.
        case budget, memory, deadline, crash
        /// More recorded than the limits allow.
        case effects
        /// A value cannot cross the border; the message names its path.
        case value
        /// The host's library refused what the plugin asked for.
        case refused

        /// Whether the call was ended from outside, as opposed to failing by itself.
        public var isCutOff: Bool {
            switch self {
            case .budget, .memory, .deadline, .crash: true
            case .error, .effects, .value, .refused: false
            }
        }
    }

    public var reason: Reason
    /// For ``Reason-swift.enum/refused``, the short word that the library gave; else empty.
    public var detail: String
    /// One text without control characters, at most 4 KiB.
    public var message: String
    /// One line a level, innermost first; empty where there is none.
    public var traceback: [String]

    public init(reason: Reason, detail: String = "", message: String, traceback: [String] = []) {
        self.reason = reason
        self.detail = detail
        self.message = message
        self.traceback = traceback
    }
}
