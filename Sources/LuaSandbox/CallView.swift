import CSandbox

/// What became of a call, where the call left it: its bytes are the thread's own, and hold only inside of the
/// closure that the view was given to.
public struct CallView {
    private let output: sbx_output
    private let countsInstructions: Bool
    private let measuresCPU: Bool

    init(_ output: sbx_output, countsInstructions: Bool, measuresCPU: Bool) {
        self.output = output
        self.countsInstructions = countsInstructions
        self.measuresCPU = measuresCPU
    }

    /// Why the call failed, if it did.
    public var failure: CallFailure? { output.reason == SBX_OK ? nil : CallFailure(output) }

    /// What the function returned: one value; null if the call failed or the result was not wanted.
    public var result: ValueReader { ValueReader(output.result) }

    /// What `primitives.record` was given, one value after the other; nothing if the call failed.
    public var records: ValueReader { ValueReader(output.records) }

    /// How many values ``records`` has.
    public var recordCount: Int { output.record_count }

    /// What was logged, whether the call failed or not.
    public var log: [LogRecord] { LogRecord.read(output.log) }

    public var usage: Usage {
        Usage(output, countsInstructions: countsInstructions, measuresCPU: measuresCPU)
    }
}
