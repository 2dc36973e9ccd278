import LuaSandbox
import Testing
import Values

/// A host library as small as can be: the primitives by their names.
let testLibrary = Source(
    name: "test host",
    """
    local primitives = ...
    host = primitives
    """)

extension Sandbox {
    /// Loads one file whose table of functions is called by name.
    convenience init(
        _ text: String, modules: [String: String] = [:], constants: Value = .null, limits: Limits = Limits()
    ) throws(LoadFailure) {
        var sources: [ExactText: Source] = [:]
        for (key, text) in modules { sources[key] = Source(name: "test/\(key).lua", text) }
        try self.init(
            Program(
                main: Source(name: "test.lua", text), modules: sources, library: [testLibrary],
                constants: constants),
            limits: limits)
    }

    func run(_ name: String = "run", _ arguments: Value..., input: CallInput? = nil) throws -> CallReport {
        var input = input ?? CallInput(wantsResult: true)
        input.arguments = arguments.map(EncodedValue.init)
        return call(try #require(exports[name]?.functionID), input)
    }
}

/// What a function body returns.
func result(of body: String, _ arguments: Value..., limits: Limits = Limits()) throws -> Value {
    let sandbox = try Sandbox("return { run = function(...) \(body) end }", limits: limits)
    var input = CallInput(wantsResult: true)
    input.arguments = arguments.map(EncodedValue.init)
    return try sandbox.call(try #require(sandbox.exports["run"]?.functionID), input).outcome.get()
}

/// How a function body fails.
func failure(of body: String, limits: Limits = Limits(), input: CallInput? = nil) throws -> CallFailure? {
    let sandbox = try Sandbox("return { run = function(...) \(body) end }", limits: limits)
    let report = try sandbox.run(input: input)
    guard case .failure(let failure) = report.outcome else { return nil }
    #expect(report.records.isEmpty)
    return failure
}

extension Array where Element == String {
    var joinedLines: String { joined(separator: "\n") }
}
