public import Values

/// Everything one call gets.
public struct CallInput {
    /// Passed to the function in order; a null is passed as nil, one inside a table as the sentinel.
    public var arguments: [EncodedValue]
    /// The tables that the arguments name by number.
    public var keyed: KeyedTables?
    /// The keys of the tables that the arguments, or the library, declare by number; nil where none is held to anything.
    public var declared: DeclaredTables?
    /// What the library sees through `primitives.context()`.
    public var context: EncodedValue
    /// Milliseconds since 1970: the answer of `os.time` and `os.date`.
    public var now: Int64
    /// Seeds `math.random`.
    public var seed: UInt64
    /// Whether `primitives.record` is allowed; if not, the call fails with `refused`.
    public var mayRecord: Bool
    /// Whether what the function returns is read; if not it may return anything.
    public var wantsResult: Bool
    /// Answers `primitives.lookup`. Runs on the calling thread while Lua waits; must not make or call any
    /// sandbox there.
    public var lookup: ((Value) -> Value)?
    /// What the argument is that is ``EncodedValue/asked``. As ``lookup``, and once a call at most.
    public var asked: (() -> AskedTable)?

    @inlinable
    public init(
        arguments: [EncodedValue] = [], keyed: KeyedTables? = nil, declared: DeclaredTables? = nil,
        context: EncodedValue = .null,
        now: Int64 = 0, seed: UInt64 = 0, mayRecord: Bool = true, wantsResult: Bool = false,
        lookup: ((Value) -> Value)? = nil, asked: (() -> AskedTable)? = nil
    ) {
        self.arguments = arguments
        self.keyed = keyed
        self.declared = declared
        self.context = context
        self.now = now
        self.seed = seed
        self.mayRecord = mayRecord
        self.wantsResult = wantsResult
        self.lookup = lookup
        self.asked = asked
    }
}

/// What an argument is that the program looked at.
public struct AskedTable {
    /// A table, declared or not.
    public let value: EncodedValue
    /// The tables that it names by number, in place of ``CallInput/keyed``.
    public let keyed: KeyedTables?

    public init(_ value: EncodedValue, keyed: KeyedTables? = nil) {
        self.value = value
        self.keyed = keyed
    }
}

/// The result of a call.
public struct CallReport: Sendable {
    /// The result (null unless it was wanted), or why there is none.
    public var outcome: Result<Value, CallFailure>
    /// What `primitives.record` was given, in order; empty if the call failed.
    public var records: [Value]
    /// What was logged, whether the call failed or not.
    public var log: [LogRecord]
    public var usage: Usage
}

/// One line of a call's log.
public struct LogRecord: Sendable, Hashable {
    /// The word that the library gave; `print` gives `info`.
    public var level: String
    public var message: String
    /// A table, or null.
    public var fields: Value

    public init(level: String, message: String, fields: Value = .null) {
        self.level = level
        self.message = message
        self.fields = fields
    }
}

/// What a call used up.
public struct Usage: Sendable, Hashable {
    /// From the first crossing to the last, by the wall clock.
    public var time: Duration
    /// The most that was live at once, the image included.
    public var peakMemoryBytes: Int
    /// Instructions of the virtual machine, counted in steps of 1,000, or nil if no budget was set.
    public var instructions: Int?
    /// How often the library called `record`, `log` and `lookup`.
    public var hostCalls: Int

    public init(
        time: Duration = .zero, peakMemoryBytes: Int = 0, instructions: Int? = nil, hostCalls: Int = 0
    ) {
        self.time = time
        self.peakMemoryBytes = peakMemoryBytes
        self.instructions = instructions
        self.hostCalls = hostCalls
    }
}
