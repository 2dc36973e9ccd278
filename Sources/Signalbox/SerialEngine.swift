public import Journeys
public import Logging
package import Plugins
public import Store
public import Values
public import Workspace

/// The engine on the caller's thread, one command after the other: for simulations, whose
/// clock stands still between commands, and for single commands.
///
/// Owner: one thread at a time.
public final class SerialEngine {
    private let context: EngineContext
    private let lane: Lane
    private var incidents: IncidentBlock

    /// `clock` gives each moment's time. Of `leadsKeptLimit` leads, and one batch more, the states are kept
    /// in memory.
    public convenience init(
        store: any MomentStore, generation: Generation, logger: Logger,
        leadsKeptLimit: Int = Engine.leadsKeptLimit, clock: @escaping @Sendable () -> Timestamp
    ) throws(StoreError) {
        try self.init(
            store: store, generation: generation, logger: logger, leadsKeptLimit: leadsKeptLimit,
            makeRunner: nil, clock: clock)
    }

    /// - Parameter makeRunner: gives what calls run on, which asks the function that it is given before each call; nil for a
    ///   runner of the engine's own. For one engine after the other, whose plugins are to be loaded once.
    package init(
        store: any MomentStore, generation: Generation, logger: Logger,
        leadsKeptLimit: Int = Engine.leadsKeptLimit,
        makeRunner: ((_ isQuarantined: @escaping (LoadedPlugin) -> Bool) -> PluginRunner)?,
        clock: @escaping @Sendable () -> Timestamp
    ) throws(StoreError) {
        context = try EngineContext(
            store: store, generation: generation, lanes: 1, logger: logger, clock: clock)
        incidents = context.strategy.incidentBlock()
        lane = Lane(context, leadsKeptLimit: leadsKeptLimit, makeRunner: makeRunner)
    }

    /// Runs the commands in their order and commits their results together. When this returns, every
    /// accepted one is durable; when it throws, none of them left anything.
    public func handle(_ commands: [Command]) throws(StoreError) -> [Answer] {
        try commit { batch throws(StoreError) in
            batch.answers.reserveCapacity(commands.count)
            for command in commands {
                batch.add(try lane.compute(command))
            }
        }
    }

    /// Tells a lead of its delivery that did not arrive for certain, and settles that with the lead's moment (R57). Unless
    /// the answer is ``Answer/accepted(_:)``, nothing is settled.
    ///
    /// - Parameter settlement: the end of the attempt that is under way.
    public func handle(
        _ undelivered: Undelivered, settling settlement: DeliverySettlement
    ) throws(StoreError) -> Answer {
        let answers = try commit { batch throws(StoreError) in
            batch.add(try lane.compute(undelivered.command, settling: settlement))
        }
        return answers[0]
    }

    /// What was computed and is to be committed together.
    private struct Batch {
        var records: [MomentRecord] = []
        var calls: [PluginCall] = []
        var answers: [Answer] = []

        mutating func add(_ computed: Lane.Computed) {
            if let record = computed.record { records.append(record) }
            calls += computed.calls
            answers.append(computed.answer)
        }
    }

    private func commit(
        _ compute: (inout Batch) throws(StoreError) -> Void
    ) throws(StoreError) -> [Answer] {
        var batch = Batch()
        do throws(StoreError) {
            try compute(&batch)
            let amended = try context.strategy.values.commit(
                batch.records, with: context.quarantine.judge(batch.calls), numbering: &incidents)
            context.ids.settle(batch.records)
            if lane.isFull { lane.forget() }
            return amended.isEmpty ? batch.answers : batch.answers.map { $0.amended(by: amended) }
        } catch {
            // What was computed depends on moments that are not there.
            lane.forget()
            context.quarantine.forget()
            context.ids.settle(batch.records)
            context.strategy.values.drop(batch.records)
            throw error
        }
    }

    /// Lets moments that begin from now on use these maps and plugins (R41).
    public func install(_ generation: Generation) { context.generation.install(generation) }

    /// Releases a plugin if it is quarantined; answers why it is not released.
    public func release(ifQuarantined plugin: String) throws(StoreError) -> Refusal? {
        let refusal = try Quarantine.refusal(
            toRelease: plugin, of: context.generation.current, in: context.store)
        if refusal == nil { try release(plugin: plugin) }
        return refusal
    }

    /// Lets a plugin that was cut off too often be called again (R35). Tracks that its deciders hold wait for
    /// `retry` (R34).
    public func release(plugin: String) throws(StoreError) { try context.quarantine.release(plugin) }
}
