import CSandbox

/// What one call may use up. Loading a program may use ``loadingFactor`` times the deadline and the instructions.
public struct Limits: Sendable, Hashable {
    public static let loadingFactor = SBX_LOADING_FACTOR
    /// How many bytes a secret and the texts joined to it may have together, a secret by its name. One more is an error.
    public static let secretBytes = SBX_SECRET_BYTES

    /// All memory of the Lua state, live blocks only. Beyond it the call is cut off: `memory`.
    /// Does not cover the effects, the log and the encoded input, which have limits of their own.
    public var memoryBytes: Int
    /// Virtual machine instructions, or nil for as many as the deadline allows. Beyond it the call is
    /// cut off: `budget`. Does not cover the work inside one library function.
    public var instructions: Int?
    /// CPU time of the calling thread, looked at every 5 ms; zero for no limit. Beyond it the call is cut
    /// off: `deadline`.
    public var deadline: Duration
    /// How many values a call may record. One more fails the call: `effects`.
    public var effectCount: Int
    /// The encoded size of all recorded values and of the result. Beyond it the call fails: `effects`.
    public var effectBytes: Int
    /// The encoded size of all log records of a call. What is beyond is cut, and the log says so.
    public var logBytes: Int
    /// How many tables a value that crosses to the host may have inside each other. One more fails the
    /// call, `value`; a cycle ends here.
    public var valueDepth: Int
    /// The size of one source file. Beyond it the program is refused: `size`.
    public var sourceBytes: Int

    public init(
        memoryBytes: Int = 8 << 20, instructions: Int? = nil, deadline: Duration = .milliseconds(50),
        effectCount: Int = 1_000, effectBytes: Int = 1 << 20, logBytes: Int = 64 << 10,
        valueDepth: Int = 32, sourceBytes: Int = 256 << 10
    ) {
        self.memoryBytes = memoryBytes
        self.instructions = instructions
        self.deadline = deadline
        self.effectCount = effectCount
        self.effectBytes = effectBytes
        self.logBytes = logBytes
        self.valueDepth = valueDepth
        self.sourceBytes = sourceBytes
    }
}
