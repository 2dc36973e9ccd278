import Journeys
import LuaSandbox
import Values

/// A version of a plugin in its arena, with what it makes of the parameters that triggers give.
///
/// Owner: the runner.
final class LoadedSandbox {
    /// For how many triggers the completed parameters are kept, before all of them are completed anew.
    static let parametersLimit = 10_000
    /// How many bytes of them are kept; those that are the same count once.
    static let parametersLimitBytes = 16 << 20

    let sandbox: Sandbox
    /// With the functions of this sandbox.
    let manifest: PluginManifest
    let plugin: LoadedPlugin
    private let declarations: CallDeclarations
    /// What is declared of each function's parameters, for those that were called.
    private var declared: [FunctionID: (tables: DeclaredTables, form: DeclaredForm)] = [:]
    // The runner's thread alone looks at it: no need to have that checked with each call.
    @exclusivity(unchecked) private var targets: [Trigger: Target] = [:]
    /// Triggers that give a function the same have one result.
    private var results: [Content: Result<EncodedValue, Journeys.CallFailure>] = [:]
    private var keptBytes = 0
    /// How often parameters were completed so far.
    private(set) var completedCount = 0
    /// For how many triggers the completed parameters are kept now.
    var keptCount: Int { targets.count }

    /// A trigger by the parameters that it gives, and the function that it runs.
    private struct Trigger: Hashable {
        let parameters: ObjectIdentifier
        let function: FunctionName.Name
    }

    /// What the calls of a trigger run, and with what. A class, for each call holds it.
    final class Target {
        /// The function behind an action, a decider or a subscription.
        let function: FunctionID
        /// Whether it says that it does not look at the event: it has no parameters, or the first is named `_`. Then the event is
        /// made only if it looks all the same.
        let ignoresEvent: Bool
        /// The keys that the tables of its calls may have.
        let tables: DeclaredTables
        /// Checked and completed by what this version declares (R37). Those that do not fit fail the call (`params`).
        let parameters: Result<EncodedValue, Journeys.CallFailure>
        /// Held, so that its identity stays its own.
        private let given: GivenParameters

        fileprivate init(
            _ function: FunctionID, ignoresEvent: Bool, tables: DeclaredTables,
            parameters: Result<EncodedValue, Journeys.CallFailure>, given: GivenParameters
        ) {
            self.function = function
            self.ignoresEvent = ignoresEvent
            self.tables = tables
            self.parameters = parameters
            self.given = given
        }
    }

    private struct Content: Hashable {
        let parameters: [GivenParameters.Entry]
        let function: FunctionID
    }

    init(sandbox: Sandbox, manifest: PluginManifest, plugin: LoadedPlugin) {
        self.sandbox = sandbox
        self.manifest = manifest
        self.plugin = plugin
        declarations = CallDeclarations(manifest.settings)
    }

    /// What a trigger that gives these parameters calls; nil where the plugin has no such function. It is looked for once,
    /// and parameters are completed once for all triggers that give the same.
    func target(_ name: FunctionName, given: GivenParameters) -> Target? {
        let trigger = Trigger(parameters: ObjectIdentifier(given), function: name.name)
        if let known = targets[trigger] { return known }
        guard let function = manifest.function(name) else { return nil }
        if targets.count >= Self.parametersLimit || keptBytes >= Self.parametersLimitBytes { forget() }
        let content = Content(parameters: given.all, function: function)
        let result = results[content] ?? complete(given, for: name, function)
        if results.updateValue(result, forKey: content) == nil, case .success(let value) = result {
            keptBytes += value.byteCount
        }
        // A subscription declares no parameters: its table of them is any.
        let tables = declared(name, function)?.tables ?? declarations.ofSubscription
        let target = Target(
            function, ignoresEvent: sandbox.ignoresFirst(function), tables: tables,
            parameters: result,
            given: given)
        targets[trigger] = target
        return target
    }

    private func declared(
        _ name: FunctionName, _ function: FunctionID
    ) -> (tables: DeclaredTables, form: DeclaredForm)? {
        guard case .named(let text) = name.name else { return nil }
        if let known = declared[function] { return known }
        let parameters = manifest.action(text)?.parameters ?? manifest.decider(text)?.parameters ?? .none
        let made = declarations.of(parameters, function: "\(name)")
        declared[function] = made
        return made
    }

    private func complete(
        _ given: GivenParameters, for name: FunctionName, _ function: FunctionID
    ) -> Result<EncodedValue, Journeys.CallFailure> {
        completedCount += 1
        do throws(InvalidParameters) {
            let completed = try manifest.complete(given, for: name)
            guard let form = declared(name, function)?.form else {
                return .success(EncodedValue(.table(completed)))
            }
            var encoder = ValueEncoder()
            form.write(.table(completed), to: &encoder)
            return .success(encoder.finish())
        } catch {
            return .failure(
                Journeys.CallFailure(
                    .params, "the parameters do not fit \(name) \(plugin.version): \(error)"))
        }
    }

    private func forget() {
        targets.removeAll(keepingCapacity: true)
        results.removeAll(keepingCapacity: true)
        keptBytes = 0
    }
}
