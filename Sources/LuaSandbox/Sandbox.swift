import CSandbox
import Values

/// One program in its own memory: an arena, and the image that every call starts from (R38).
///
/// Used by one thread at a time. A call never traps and never throws, whatever the program does. It runs
/// on the calling thread.
public final class Sandbox {
    /// What the program returned.
    public let exports: Export
    /// What was logged while the program was loaded.
    public let loadLog: [LogRecord]
    public let loadUsage: Usage
    public let limits: Limits

    /// Freed in `deinit`; nothing else holds it.
    private let core: OpaquePointer
    private let functionCount: UInt32
    /// Held, because the core writes to it.
    private let coverage: LineCoverage?
    /// What the last call left; overwritten by each.
    private let output: UnsafeMutablePointer<sbx_output>
    private let lookups = Lookups()

    /// Runs the library and the program once, collects, and keeps what is left as the image.
    public convenience init(_ program: Program, limits: Limits = Limits()) throws(LoadFailure) {
        try self.init(program, limits: limits, failingAllocation: 0)
    }

    /// - Parameter failingAllocation: for tests, the number of the first allocation that is refused while
    ///   loading, from 1; all after it are refused too. 0 for none.
    init(_ program: Program, limits: Limits, failingAllocation: UInt64) throws(LoadFailure) {
        for source in [program.main] + program.library + program.modules.values
        where source.text.count > limits.sourceBytes {
            throw LoadFailure(
                reason: .size,
                message: "\(source.name) has \(source.text.count) bytes; \(limits.sourceBytes) are allowed")
        }
        precondition(!sbx_is_busy(), "a sandbox is made inside of a lookup")
        var native = sbx_limits(limits)
        guard let core = sbx_create(&native) else { throw LoadFailure.noMemory }
        guard Sandbox.add(program, to: core) else {
            sbx_destroy(core)
            throw LoadFailure.noMemory
        }
        sbx_fail_allocation(core, failingAllocation, true)
        var output = sbx_output()
        EncodedValue(program.constants).bytes.withUnsafeBufferPointer { constants in
            sbx_load(core, sbx_bytes(constants), &output)
        }
        sbx_fail_allocation(core, 0, false)
        guard output.reason == SBX_OK else {
            let failure = LoadFailure(output)
            sbx_destroy(core)
            throw failure
        }
        var decoder = Decoder(output.result.buffer)
        self.core = core
        self.output = .allocate(capacity: 1)
        self.limits = limits
        functionCount = sbx_function_count(core)
        coverage = program.coverage
        exports = decoder.export()
        loadLog = LogRecord.read(output.log)
        loadUsage = Usage(output, countsInstructions: limits.instructions != nil)
    }

    deinit {
        sbx_destroy(core)
        output.deallocate()
    }

    /// How many bytes each call copies back.
    public var imageBytes: Int { sbx_image_bytes(core) }

    /// How many bytes the image has, with what is copied back only where a call changed it.
    public var keptBytes: Int { sbx_kept_bytes(core) }

    /// Whether the last call changed nothing of what ``keptBytes`` has beyond ``imageBytes``: one that does is slower, and so
    /// is the next.
    package var isSealed: Bool { sbx_is_sealed(core) }

    /// Whether a function says that it does not look at its first argument: it has no parameters, or the first is named `_`. It
    /// may look all the same.
    public func ignoresFirst(_ function: FunctionID) -> Bool { sbx_ignores_first(core, function.index) }

    /// Puts the image back and calls `function`, which must be one of ``exports``.
    public func call(_ function: FunctionID, _ input: borrowing CallInput) -> CallReport {
        call(function, input, failingAllocation: 0)
    }

    /// As ``call(_:_:)``, but nothing is decoded until it is read: `read` looks at it where
    /// the call left it. It must not call any sandbox on this thread.
    @inlinable
    public func call<Output>(
        _ function: FunctionID, _ input: borrowing CallInput, reading read: (CallView) throws -> Output
    ) rethrows -> Output { try read(view(function, input)) }

    /// - Parameter failingAllocation: for tests, as in the initializer.
    func call(
        _ function: FunctionID, _ input: borrowing CallInput, failingAllocation: UInt64
    ) -> CallReport {
        if failingAllocation > 0 { sbx_fail_allocation(core, failingAllocation, true) }
        defer { if failingAllocation > 0 { sbx_fail_allocation(core, 0, false) } }
        return call(function, input) { CallReport($0) }
    }

    /// The bytes of the view are the thread's own and hold until its next call.
    @usableFromInline
    func view(_ function: FunctionID, _ input: borrowing CallInput) -> CallView {
        run(function, input)
        return CallView(output, countsInstructions: limits.instructions != nil)
    }

    private func run(_ function: FunctionID, _ input: borrowing CallInput) {
        precondition(!sbx_is_busy(), "a sandbox is called inside of a lookup")
        precondition(function.index < functionCount, "the function is another program's")
        precondition(
            input.arguments.count <= SBX_MAX_ARGUMENTS, "a call has at most 8 arguments")
        var native = sbx_input()
        native.function = function.index
        native.now_ms = input.now
        native.seed = input.seed
        native.may_record = input.mayRecord
        native.wants_result = input.wantsResult
        if let keyed = input.keyed {
            native.keyed = UnsafePointer(keyed.native.baseAddress)
            native.keyed_count = UInt32(keyed.native.count)
        }
        if let declared = input.declared {
            native.declared = UnsafePointer(declared.native.baseAddress)
            native.declared_count = UInt32(declared.native.count)
        }
        let owner = Unmanaged.passUnretained(lookups).toOpaque()
        if let lookup = input.lookup {
            lookups.answer = lookup
            native.lookup = answerLookup
            native.lookup_owner = owner
        }
        if let asked = input.asked {
            lookups.ask = asked
            native.ask = answerAsking
            native.ask_owner = owner
        }
        call(input, &native)
        lookups.end()
    }

    private func call(_ input: borrowing CallInput, _ native: inout sbx_input) {
        input.context.bytes.withUnsafeBufferPointer { context in
            native.context = sbx_bytes(context)
            call(with: input.arguments, from: 0, &native)
        }
    }

    /// Opens the bytes of one argument after the other, and calls when all are open.
    private func call(with arguments: [EncodedValue], from index: Int, _ input: inout sbx_input) {
        guard index < arguments.count else {
            sbx_call(core, &input, output)
            return
        }
        arguments[index].bytes.withUnsafeBufferPointer { bytes in
            withUnsafeMutableBytes(of: &input.arguments) { slots in
                slots.assumingMemoryBound(to: sbx_bytes.self)[index] = sbx_bytes(bytes)
            }
            input.argument_count = UInt32(index + 1)
            call(with: arguments, from: index + 1, &input)
        }
    }

    private static func add(_ program: Program, to core: OpaquePointer) -> Bool {
        var isDone = program.main.withBytes { name, text in sbx_set_main(core, name, text) }
        for (key, source) in program.modules.sorted(by: { $0.key < $1.key }) {
            isDone =
                isDone
                && key.text.withBytes { key in
                    source.withBytes { name, text in sbx_add_module(core, sbx_bytes(key), name, text) }
                }
        }
        for name in program.names {
            isDone = isDone && name.withBytes { sbx_add_name(core, sbx_bytes($0)) }
        }
        if let coverage = program.coverage { isDone = isDone && coverage.mark(in: core) }
        for source in program.library {
            isDone = isDone && source.withBytes { name, text in sbx_add_library(core, name, text) }
        }
        return isDone
    }
}

/// What lookups of the call that is under way go to, and the answer that Lua is still reading.
private final class Lookups {
    /// Nil while no call is under way that has one.
    @exclusivity(unchecked) var answer: ((Value) -> Value)?
    /// Nil while no call is under way that may ask.
    @exclusivity(unchecked) var ask: (() -> AskedTable)?
    /// Replaced by each lookup.
    @exclusivity(unchecked) private var bytes: UnsafeMutableBufferPointer<UInt8>?
    /// What the argument is that the program looked at, with its bytes.
    @exclusivity(unchecked) private var asked:
        (keyed: KeyedTables?, bytes: UnsafeMutableBufferPointer<UInt8>)?

    func end() {
        answer = nil
        ask = nil
        bytes?.deallocate()
        bytes = nil
        asked?.bytes.deallocate()
        asked = nil
    }

    func keep(_ value: EncodedValue) -> UnsafeBufferPointer<UInt8> {
        bytes?.deallocate()
        let copy = value.copied()
        bytes = copy
        return UnsafeBufferPointer(copy)
    }

    func keep(_ table: AskedTable) -> sbx_asked {
        asked?.bytes.deallocate()
        let copy = table.value.copied()
        asked = (table.keyed, copy)
        return sbx_asked(
            value: sbx_bytes(UnsafeBufferPointer(copy)),
            keyed: table.keyed.flatMap { UnsafePointer($0.native.baseAddress) },
            keyed_count: UInt32(table.keyed?.native.count ?? 0))
    }
}

extension EncodedValue {
    fileprivate func copied() -> UnsafeMutableBufferPointer<UInt8> {
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        _ = copy.initialize(from: bytes)
        return copy
    }
}

private func answerLookup(
    _ owner: UnsafeMutableRawPointer?, _ question: sbx_bytes, _ answer: UnsafeMutablePointer<sbx_bytes>?
) {
    guard let owner, let answer else { return }
    let lookups = Unmanaged<Lookups>.fromOpaque(owner).takeUnretainedValue()
    guard let look = lookups.answer else { return }
    var decoder = Decoder(question.buffer)
    answer.pointee = sbx_bytes(lookups.keep(EncodedValue(look(decoder.value()))))
}

private func answerAsking(_ owner: UnsafeMutableRawPointer?, _ asked: UnsafeMutablePointer<sbx_asked>?) {
    guard let owner, let asked else { return }
    let lookups = Unmanaged<Lookups>.fromOpaque(owner).takeUnretainedValue()
    guard let ask = lookups.ask else { return }
    asked.pointee = lookups.keep(ask())
}
