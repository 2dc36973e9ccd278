import LuaSandbox
import Plugins
import Values

/// One test of a file of specs, an `it`.
package struct SpecTest: Sendable, Hashable {
    package let name: String
    /// The names of the `describe` around it, the outermost first.
    package let groups: [String]
    /// Where its `it` is, from 1; 0 where that is not known.
    package let line: Int

    /// The names of its groups and its own.
    package var title: String { (groups + [name]).joined(separator: " ") }
}

/// A file of specs in its sandbox, with the tests that it has. Each test starts from what loading the file left.
///
/// Owner: one thread at a time.
final class LoadedSpec {
    let tests: [SpecTest]
    private let sandbox: Sandbox
    private let run: FunctionID

    /// A test's own work has these limits; what it asks for has those of plugins.
    static let limits = Limits(
        memoryBytes: 64 << 20, deadline: .milliseconds(500), effectBytes: 4 << 20, logBytes: 256 << 10,
        valueDepth: 64)

    /// What `require` calls the file itself; no plugin's file has the name.
    private static let name = "the spec"

    /// Runs the file, outside of any test. Throws where it does not run to its end.
    init(_ source: SpecSource) throws(LoadFailure) {
        var modules = source.modules
        modules[ExactText(Self.name)] = Source(name: source.path, text: source.text)
        let main = Source(
            name: "specs",
            """
            local finish = finish_spec
            finish_spec = nil
            require "\(Self.name)"
            return finish()
            """)
        let library = [
            Source(name: "expect.lua", text: PackageResources.expect_lua),
            Source(name: "spec.lua", text: PackageResources.spec_lua),
        ]
        sandbox = try Sandbox(
            HostLibrary.program(main, modules: modules, library: library), limits: Self.limits)
        guard let run = sandbox.exports["run"]?.functionID,
            let listed = sandbox.exports["tests"]?.value?.list
        else { preconditionFailure("the library of specs exports its tests and the function that runs one") }
        self.run = run
        tests = listed.map { test in
            let table = test.table
            return SpecTest(
                name: table?["name"]?.string ?? "",
                groups: table?["groups"]?.list?.compactMap(\.string) ?? [],
                line: table?["line"]?.integer.map { Int($0) } ?? 0)
        }
    }

    /// Runs a test.
    ///
    /// - Parameter answer: is given what the test asks for. It must not call a sandbox on this thread.
    func run(_ index: Int, now: Timestamp, answer: @escaping (Value) -> Value) -> CallReport {
        let input = CallInput(
            arguments: [EncodedValue(.integer(Int64(index + 1)))], context: EncodedValue([:]),
            now: now.milliseconds, mayRecord: false, lookup: answer)
        return sandbox.call(run, input)
    }
}
