import CSandbox

/// The result of a call, where the call left it: its bytes are the thread's own, and hold only inside of the
/// closure that the view was given to.
public struct CallView {
    private let place: UnsafePointer<sbx_output>
    private let countsInstructions: Bool
    @usableFromInline let hasFailed: Bool

    /// What the function returned: one value; null if the call failed or the result was not wanted.
    public let result: ValueReader

    init(_ place: UnsafePointer<sbx_output>, countsInstructions: Bool) {
        self.place = place
        self.countsInstructions = countsInstructions
        hasFailed = place.pointee.reason != SBX_OK
        result = ValueReader(place.pointee.result)
    }

    /// Why the call failed, if it did.
    @inlinable
    public var failure: CallFailure? { hasFailed ? readFailure() : nil }

    @usableFromInline
    func readFailure() -> CallFailure { CallFailure(place.pointee) }

    /// What `primitives.record` was given, one value after the other; nothing if the call failed.
    public var records: ValueReader { ValueReader(place.pointee.records) }

    /// How many values ``records`` has.
    public var recordCount: Int { place.pointee.record_count }

    /// What was logged, whether the call failed or not.
    public var log: [LogRecord] { LogRecord.read(place.pointee.log) }

    public var usage: Usage {
        Usage(place.pointee, countsInstructions: countsInstructions)
    }
}
