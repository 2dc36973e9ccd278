/// One program in its own memory: an arena, and the image that every call starts from (R38).
///
/// Used by one thread at a time. A call never traps and never throws, whatever the program does.
public final class Sandbox {
    /// What the program returned.
    public let exports: Export
    public let limits: Limits

    /// Runs the library and the program once, collects, and keeps what is left as the image.
    public init(_ program: Program, limits: Limits = Limits()) throws(LoadFailure) {
        self.limits = limits
        throw LoadFailure(reason: .system, message: "not built yet: \(program.main.name)")
    }

    /// Puts the image back and calls `function`.
    public func call(_ function: FunctionID, _ input: CallInput) -> CallReport {
        preconditionFailure("no sandbox was made, so function \(function.index) cannot be called")
    }
}
