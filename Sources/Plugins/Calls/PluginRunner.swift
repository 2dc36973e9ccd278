public import Journeys
public import LuaSandbox
public import Values

/// Runs calls in the sandbox: one arena for each plugin and for each map's conditions, built when it is
/// first needed.
///
/// Owner: one thread at a time.
public final class PluginRunner {
    private var catalogue: PluginCatalogue
    private var rulebook: Rulebook
    /// The versions of maps that new journeys begin on.
    private var currentMaps: Set<MapVersion>
    // Nothing of one thread's own is looked at while it changes: no need to have that checked with each call.
    /// Of the versions that calls run on now, by the plugins' names.
    @exclusivity(unchecked) private var plugins: [String: Arena] = [:]
    private var conditions: [MapVersion: Result<Sandbox, Journeys.CallFailure>] = [:]
    /// How many versions of maps keep an arena for their conditions, before those that no map is in go.
    static let conditionsLimit = 500
    /// How many arenas were built so far.
    private(set) var builtCount = 0
    /// How often the arenas that there are completed a trigger's parameters.
    var completedCount: Int {
        plugins.values.reduce(0) { count, arena in
            if case .success(let loaded) = arena.made { count + loaded.completedCount } else { count }
        }
    }
    /// Whether the last calls left the sealed parts of all arenas as they are.
    var areSealed: Bool {
        plugins.values.allSatisfy { arena in
            if case .success(let loaded) = arena.made { loaded.sandbox.isSealed } else { true }
        }
    }
    /// What new arenas hold of the texts of events.
    private var names: [String]
    private let isQuarantined: (LoadedPlugin) -> Bool
    private let encodings: SnapshotEncodings
    private let reads: ValueReads
    // What the sandbox asks; made once.
    private let lookup: (Value) -> Value
    private let askedEvent: () -> AskedTable

    /// Answers what a plugin keeps for all leads, by the plugin and the key.
    public typealias Reader = (_ plugin: String, _ key: String) -> Value?

    /// What one call came to, and what it used; nothing was used when nothing ran.
    public struct Run {
        public let result: CallResult
        public var usage: Usage?
        /// The version that was called; nil where none was.
        public var plugin: LoadedPlugin?
    }

    private struct Arena {
        /// Held, so that its identity stays its own.
        let plugin: LoadedPlugin
        let made: Result<LoadedSandbox, Journeys.CallFailure>
    }

    /// What one call may have beside its plugin's limits.
    public struct Allowance {
        /// How many bytes it may read of its plugin's values for all leads; reading more fails it (R32).
        public var readBytes = Int.max

        public init(readBytes: Int = .max) { self.readBytes = readBytes }
    }

    /// - Parameters:
    ///   - rulebook: its maps' ids are among the texts that arenas know, and its limits hold for effects.
    ///   - isQuarantined: is asked before each call; a plugin that is fails without one (R35).
    public init(
        _ catalogue: PluginCatalogue, for rulebook: Rulebook,
        isQuarantined: @escaping (LoadedPlugin) -> Bool = { _ in false }
    ) {
        self.catalogue = catalogue
        self.rulebook = rulebook
        currentMaps = rulebook.versions
        names = CallNames.of(rulebook)
        self.isQuarantined = isQuarantined
        let (reads, encodings) = (ValueReads(), SnapshotEncodings())
        self.reads = reads
        self.encodings = encodings
        lookup = { reads.answer($0) }
        askedEvent = { encodings.asked() }
    }

    /// Goes over to another generation. Plugins that are the same in both keep their arenas.
    public func adopt(_ catalogue: PluginCatalogue, for rulebook: Rulebook) {
        self.catalogue = catalogue
        self.rulebook = rulebook
        currentMaps = rulebook.versions
        names = CallNames.of(rulebook)
        plugins = plugins.filter { name, arena in
            guard case .success = arena.made else { return false }
            return arena.plugin === catalogue.loaded(name)
        }
        // The conditions of a version are always the same; those of versions that no journey begins on go.
        conditions = conditions.filter { currentMaps.contains($0.key) }
        encodings.forgetKeys()
    }

    /// Runs a call from the state that loading its plugin left (R38). The calls of one instant are given the same
    /// snapshot (R26).
    public func run(
        _ request: CallRequest, seeing snapshot: Snapshot, allowing allowance: Allowance = Allowance(),
        reading read: Reader
    ) -> Run {
        let time = request.event.at
        let seed = randomSeed(
            lead: snapshot.lead.id, seq: request.event.seq ?? snapshot.lead.lastSeq,
            trigger: request.trigger)
        var log: [Journeys.LogRecord] = []
        var usage: Usage?
        if let condition = request.condition {
            let encoding = encodings.encoding(of: snapshot)
            let input = CallInput(
                arguments: [encoding.event(of: request), encoding.encodedLead], keyed: encoding.keyed,
                context: InstantEncoding.context(at: time), now: time.milliseconds, seed: seed,
                mayRecord: false, wantsResult: true)
            switch evaluate(condition, of: request.definition, input, log: &log, usage: &usage) {
            case .success(true): break
            case .success(false): return Run(result: CallResult(.skipped, log: log), usage: usage)
            case .failure(let failure):
                return Run(result: CallResult(.failed(failure), log: log), usage: usage)
            }
        }
        var run = encodings.answering(request, seeing: snapshot) {
            call(
                request.run, as: request.role, given: request.parameters,
                CallInput(
                    arguments: [.asked, .null],
                    context: InstantEncoding.context(
                        at: time, stored: snapshot.lead.store[request.run.plugin]),
                    now: time.milliseconds, seed: seed, asked: askedEvent),
                log: log, readBytes: allowance.readBytes, reading: read)
        }
        run.usage = run.usage?.adding(usage) ?? usage
        return run
    }

    /// Calls a function once, with an event of the caller's making. The parameters are checked and completed as those of a map
    /// are.
    ///
    /// - Parameters:
    ///   - stored: what the plugin keeps for all leads.
    ///   - ofLead: what it keeps for the event's lead.
    ///   - judged: whether a decider's answer may name only the event's `steps`. If not, only its form is checked.
    public func call(
        _ function: FunctionName, event: Value, parameters: GivenParameters, at time: Timestamp, seed: UInt64,
        stored: Table = Table(), ofLead: Table = Table(), judged: Bool = true
    ) -> Run {
        let role: CallRequest.Role
        do throws(Journeys.CallFailure) {
            let manifest = try sandbox(of: function.plugin).manifest
            switch function.name {
            case .named(let name) where manifest.decider(name) != nil:
                let steps = event.table?["steps"]?.list?.compactMap(\.string).map(StepID.init) ?? []
                role = .decider(steps)
            case .named, .subscription: role = .action
            }
        } catch {
            return Run(result: CallResult(.failed(error)), usage: nil)
        }
        var context: Table = ["now": .integer(time.milliseconds)]
        if !ofLead.isEmpty { context["store"] = .table(ofLead) }
        let run = call(
            function, as: role, given: parameters,
            CallInput(
                arguments: [InstantEncoding.encode(event), .null], context: EncodedValue(.table(context)),
                now: time.milliseconds, seed: seed),
            log: [], readBytes: .max
        ) { _, key in stored[key] }
        guard case .decider(let steps) = role else { return run }
        return Run(
            result: run.result.judged(for: judged ? steps : run.result.namedSteps), usage: run.usage,
            plugin: run.plugin)
    }

    /// `input` has the event, or asks for it, and null in the place of the parameters.
    private func call(
        _ function: FunctionName, as role: CallRequest.Role, given: GivenParameters,
        _ input: consuming CallInput,
        log: [Journeys.LogRecord], readBytes: Int, reading read: Reader
    ) -> Run {
        let loaded: LoadedSandbox
        do throws(Journeys.CallFailure) {
            loaded = try sandbox(of: function.plugin)
        } catch {
            return Run(result: CallResult(.failed(error), log: log), usage: nil)
        }
        if isQuarantined(loaded.plugin) {
            let failure = Journeys.CallFailure(
                .quarantined,
                "plugin \(function.plugin) \(loaded.plugin.version) was cut off too often and is not called until it is changed or released"
            )
            return Run(result: CallResult(.failed(failure), log: log), usage: nil)
        }
        guard let target = loaded.target(function, given: given) else {
            let failure = Journeys.CallFailure(
                .unavailable, "plugin \(function.plugin) \(loaded.plugin.version) has no \(function)")
            return Run(result: CallResult(.failed(failure), log: log), usage: nil)
        }
        let parameters: EncodedValue
        do throws(Journeys.CallFailure) {
            parameters = try target.parameters.get()
        } catch {
            return Run(result: CallResult(.failed(error), log: log), usage: nil)
        }
        if let asked = input.asked, !target.ignoresEvent {
            let event = asked()
            input.arguments[0] = event.value
            input.keyed = event.keyed
        }
        input.arguments[1] = parameters
        input.declared = target.tables
        input.lookup = lookup
        if case .decider = role {
            input.mayRecord = false
            input.wantsResult = true
        }
        let report = reads.answering(function.plugin, atMostBytes: readBytes, from: read) {
            loaded.sandbox.call(target.function, input)
        }
        let records = log + report.log.map(Journeys.LogRecord.init)
        let outcome = outcome(of: report, role, of: loaded.plugin)
        guard !reads.isOver else {
            return Run(
                result: CallResult(outcome.failing(readBytes), log: records), usage: report.usage,
                plugin: loaded.plugin)
        }
        return Run(
            result: CallResult(outcome, log: records, reads: reads.values), usage: report.usage,
            plugin: loaded.plugin)
    }

    private func outcome(
        of report: CallReport, _ role: CallRequest.Role, of plugin: LoadedPlugin
    ) -> CallResult.Outcome {
        switch report.outcome {
        case .failure(let failure):
            return .failed(Journeys.CallFailure(failure))
        case .success(let value):
            if case .decider = role { return .answer(value) }
            let decoder = EffectDecoder(
                plugin: plugin.source.name, granted: plugin.grantedNames, limits: rulebook.limits,
                templates: catalogue.templates)
            do throws(Journeys.CallFailure) {
                return .effects(try decoder.effects(report.records))
            } catch {
                return .failed(error)
            }
        }
    }

    private func evaluate(
        _ condition: Condition, of definition: MapDefinition, _ input: CallInput,
        log: inout [Journeys.LogRecord], usage: inout Usage?
    ) -> Result<Bool, Journeys.CallFailure> {
        do throws(Journeys.CallFailure) {
            let sandbox = try sandbox(ofConditionsOf: definition)
            guard case .list(let exports) = sandbox.exports, exports.indices.contains(condition.index),
                let function = exports[condition.index].functionID
            else { throw Journeys.CallFailure(.unavailable, "`when` does not parse: \(condition.text)") }
            let report = sandbox.call(function, input)
            log += report.log.map(Journeys.LogRecord.init)
            usage = report.usage
            switch report.outcome {
            case .success(let value): return .success(value == true)
            case .failure(let failure): throw Journeys.CallFailure(failure, ofCondition: true)
            }
        } catch {
            return .failure(error)
        }
    }

    // MARK: Arenas

    private func sandbox(of plugin: String) throws(Journeys.CallFailure) -> LoadedSandbox {
        if let known = plugins[plugin] { return try known.made.get() }
        switch catalogue.current[plugin] {
        case .loaded(let loaded, _):
            builtCount += 1
            let made = make(loaded)
            plugins[plugin] = Arena(plugin: loaded, made: made)
            return try made.get()
        case .failed(let mistakes, _):
            let why = mistakes.map(\.description).joined(separator: "; ")
            throw Journeys.CallFailure(.unavailable, "plugin \(plugin) did not load: \(why)")
        case nil:
            throw Journeys.CallFailure(.unavailable, "there is no plugin \(plugin)")
        }
    }

    private func make(_ loaded: LoadedPlugin) -> Result<LoadedSandbox, Journeys.CallFailure> {
        do {
            var program = loaded.program
            program.names = names
            let sandbox = try Sandbox(program, limits: loaded.limits)
            guard loaded.proves(sandbox.exports) else {
                return .failure(
                    Journeys.CallFailure(
                        .unavailable,
                        "plugin \(loaded.source.name) declares something else than what was kept of it when it was loaded before, and is not called; it is loaded anew by the next command or reload"
                    ))
            }
            let manifest = try PluginManifest(
                reading: sandbox.exports, name: loaded.source.name, file: loaded.source.file)
            return .success(LoadedSandbox(sandbox: sandbox, manifest: manifest, plugin: loaded))
        } catch {
            return .failure(
                Journeys.CallFailure(
                    .unavailable, "plugin \(loaded.source.name) loaded before and does not load now: \(error)"
                ))
        }
    }

    private func sandbox(ofConditionsOf definition: MapDefinition) throws(Journeys.CallFailure) -> Sandbox {
        if let known = conditions[definition.version] { return try known.get() }
        if conditions.count >= Self.conditionsLimit {
            conditions = conditions.filter { currentMaps.contains($0.key) }
        }
        builtCount += 1
        var program = HostLibrary.program(conditions: definition.conditionTexts)
        program.names = names
        let made: Result<Sandbox, Journeys.CallFailure>
        do throws(LoadFailure) {
            made = .success(try Sandbox(program, limits: Limits()))
        } catch {
            made = .failure(
                Journeys.CallFailure(
                    .unavailable, "the conditions of map \(definition.id) do not load: \(error.message)"))
        }
        conditions[definition.version] = made
        return try made.get()
    }
}

extension Journeys.CallFailure {
    init(_ failure: LuaSandbox.CallFailure, ofCondition: Bool = false) {
        let reason: Reason =
            switch failure.reason {
            case .error: .error
            case .budget: .budget
            case .memory: .memory
            case .deadline: .deadline
            case .crash: .crash
            case .effects: .effects
            case .value: .value
            case .refused: .refused
            }
        self.init(
            reason,
            (ofCondition ? "`when`: " : "") + failure.message
                + (reason == .error ? FailureHint.text(for: failure.message) : ""),
            traceback: failure.traceback.isEmpty ? nil : failure.traceback.joined(separator: "\n"),
            isOfCondition: ofCondition)
    }
}

extension CallResult.Outcome {
    /// What a call came to that read too much; what failed already keeps its reason.
    fileprivate func failing(_ readBytes: Int) -> CallResult.Outcome {
        if case .failed = self { return self }
        return .failed(
            Journeys.CallFailure(
                .momentLimit,
                "the calls of a moment may read and ask for only so much together; this one read more than the \(readBytes) bytes that were left"
            ))
    }
}

extension Usage {
    /// This and what came before it.
    fileprivate func adding(_ other: Usage?) -> Usage {
        guard let other else { return self }
        var sum = self
        sum.time += other.time
        return sum
    }
}

extension Journeys.LogRecord {
    init(_ record: LuaSandbox.LogRecord) {
        self.init(
            level: Level(rawValue: record.level) ?? .info, message: record.message, fields: record.fields)
    }
}

extension Rulebook {
    /// The versions of its maps that can be used.
    fileprivate var versions: Set<MapVersion> {
        Set(
            maps.values.compactMap { availability in
                if case .available(let definition) = availability { definition.version } else { nil }
            })
    }
}
