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
    /// Those of the manifest's functions that were called.
    private var functions: [FunctionName: FunctionID] = [:]
    private var completed: [Trigger: Completed] = [:]
    /// Triggers that give a function the same have one result.
    private var results: [Content: Result<EncodedValue, Journeys.CallFailure>] = [:]
    private var keptBytes = 0
    /// How often parameters were completed so far.
    private(set) var completedCount = 0
    /// For how many triggers the completed parameters are kept now.
    var keptCount: Int { completed.count }

    /// A trigger by the parameters that it gives, and the function that it runs.
    private struct Trigger: Hashable {
        let parameters: ObjectIdentifier
        let function: FunctionID
    }

    private struct Content: Hashable {
        let parameters: [GivenParameters.Entry]
        let function: FunctionID
    }

    private struct Completed {
        /// Held, so that its identity stays its own.
        let given: GivenParameters
        let result: Result<EncodedValue, Journeys.CallFailure>
    }

    init(sandbox: Sandbox, manifest: PluginManifest, plugin: LoadedPlugin) {
        self.sandbox = sandbox
        self.manifest = manifest
        self.plugin = plugin
        declarations = CallDeclarations(manifest.settings)
    }

    /// The keys that the tables of a call of the function may have. A subscription declares no parameters: its table of
    /// them is any.
    func tables(for name: FunctionName, _ function: FunctionID) -> DeclaredTables {
        declared(name, function)?.tables ?? declarations.ofSubscription
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

    /// The function behind an action, a decider or a subscription; nil where the plugin has none of that name.
    func function(_ name: FunctionName) -> FunctionID? {
        if let known = functions[name] { return known }
        let found = manifest.function(name)
        if let found { functions[name] = found }
        return found
    }

    /// The parameters of a call, checked and completed by what this version declares (R37). That is done once for
    /// all triggers that give the same. Those that do not fit fail the call (`params`).
    func parameters(
        _ given: GivenParameters, for name: FunctionName, _ function: FunctionID
    ) throws(Journeys.CallFailure) -> EncodedValue {
        let trigger = Trigger(parameters: ObjectIdentifier(given), function: function)
        if let known = completed[trigger] { return try known.result.get() }
        if completed.count >= Self.parametersLimit || keptBytes >= Self.parametersLimitBytes { forget() }
        let content = Content(parameters: given.all, function: function)
        let result = results[content] ?? complete(given, for: name, function)
        if results.updateValue(result, forKey: content) == nil, case .success(let value) = result {
            keptBytes += value.byteCount
        }
        completed[trigger] = Completed(given: given, result: result)
        return try result.get()
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
        completed.removeAll(keepingCapacity: true)
        results.removeAll(keepingCapacity: true)
        keptBytes = 0
    }
}
