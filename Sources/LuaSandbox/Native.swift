import CSandbox
import Values

// How the C face's structures become the Swift ones.

extension sbx_bytes {
    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.init(start: bytes.baseAddress, count: bytes.count) }

    var buffer: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

    var text: String { String(decoding: buffer, as: UTF8.self) }

    var lines: [String] { text.split(separator: "\n").map(String.init) }
}

extension sbx_limits {
    init(_ limits: Limits) {
        self.init()
        memory_bytes = max(limits.memoryBytes, 0)
        instructions = UInt64(max(limits.instructions ?? 0, 0))
        deadline_ns = limits.deadline.nanoseconds
        effect_count = max(limits.effectCount, 0)
        effect_bytes = max(limits.effectBytes, 0)
        log_bytes = max(limits.logBytes, 0)
        value_depth = UInt32(clamping: max(limits.valueDepth, 0))
    }
}

extension Duration {
    fileprivate var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        return seconds < 0 || seconds > 1_000_000_000
            ? 0 : UInt64(seconds) * 1_000_000_000 + UInt64(max(attoseconds, 0) / 1_000_000_000)
    }
}

extension Source {
    func withBytes<Result>(_ body: (_ name: sbx_bytes, _ text: sbx_bytes) -> Result) -> Result {
        name.withBytes { name in
            text.withUnsafeBufferPointer { text in body(sbx_bytes(name), sbx_bytes(text)) }
        }
    }
}

extension Usage {
    init(_ output: sbx_output, countsInstructions: Bool) {
        self.init(
            time: .nanoseconds(Int64(output.time_ns)), peakMemoryBytes: output.peak_bytes,
            instructions: countsInstructions ? Int(output.instructions) : nil,
            hostCalls: Int(output.host_calls))
    }
}

extension LogRecord {
    static func read(_ bytes: sbx_bytes) -> [LogRecord] {
        guard bytes.count > 0 else { return [] }
        var decoder = Decoder(bytes.buffer)
        var records: [LogRecord] = []
        while !decoder.isAtEnd {
            guard case .string(let level) = decoder.value(), case .string(let message) = decoder.value()
            else { preconditionFailure("a log record begins with no text") }
            records.append(LogRecord(level: level, message: message, fields: decoder.value()))
        }
        return records
    }
}

extension LoadFailure {
    static let noMemory = LoadFailure(reason: .system, message: "the system has no memory left")

    init(_ output: sbx_output) {
        let reason: Reason =
            switch output.reason {
            case SBX_SYNTAX: .syntax
            case SBX_BUDGET: .budget
            case SBX_MEMORY: .memory
            case SBX_DEADLINE: .deadline
            case SBX_CRASH: .crash
            case SBX_VALUE, SBX_EFFECTS: .value
            case SBX_REFUSED: .refused
            case SBX_SIZE: .size
            case SBX_SYSTEM: .system
            default: .error
            }
        self.init(reason: reason, message: output.message.text, traceback: output.traceback.lines)
    }
}

extension CallFailure {
    init(_ output: sbx_output) {
        let reason: Reason =
            switch output.reason {
            case SBX_BUDGET: .budget
            case SBX_MEMORY, SBX_SYSTEM: .memory
            case SBX_DEADLINE: .deadline
            case SBX_CRASH: .crash
            case SBX_EFFECTS: .effects
            case SBX_VALUE: .value
            case SBX_REFUSED: .refused
            default: .error
            }
        self.init(
            reason: reason, detail: output.detail.text, message: output.message.text,
            traceback: output.traceback.lines)
    }
}

extension CallReport {
    init(_ view: CallView) {
        log = view.log
        usage = view.usage
        if let failure = view.failure {
            outcome = .failure(failure)
            records = []
            return
        }
        var recorded = view.records
        records = []
        records.reserveCapacity(view.recordCount)
        for _ in 0..<view.recordCount { records.append(recorded.value()) }
        var result = view.result
        outcome = .success(result.value())
    }
}
