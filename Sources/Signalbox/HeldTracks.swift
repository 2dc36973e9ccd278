import Journeys
import Logging
import Plugins
import Store
import Workspace

/// Asks deciders again for the tracks that they hold, as `retry` does by hand (R34).
///
/// Only leads with a held track are read, which the store knows without a look at the others.
struct HeldTracks: Sendable {
    /// How many held leads are retried together.
    private static let pageLimit = 100
    private static let busyPause = Duration.milliseconds(50)

    let engine: Engine
    let logger: Logger
    let retried: HotReload.Retried
    /// Whether to end early.
    let isStopped: @Sendable () -> Bool

    /// Asks for those whose plugin is loaded in another version than the one that failed, or in any if it was not
    /// there.
    func askOtherVersions() async { await ask(where: isOfOtherVersion) }

    /// Asks for those that a decider of one of these plugins holds, which were loaded: not for what the version that
    /// is loaded holds already, unless it has other settings than before.
    func ask(_ loaded: Loaded) async {
        // A decider of the former version may still be failing in a moment that is under way.
        await engine.settle()
        await ask { lead in
            guard let plugin = lead.plugin, loaded.plugins.contains(plugin) else { return false }
            return loaded.withOtherSettings.contains(plugin) || isOfOtherVersion(lead)
        }
    }

    /// Plugins that were loaded while the engine ran.
    struct Loaded {
        var plugins: Set<String> = []
        /// Those of them whose version was loaded before.
        var withOtherSettings: Set<String> = []
    }

    private func isOfOtherVersion(_ lead: HeldLead) -> Bool {
        guard let live = lead.plugin.flatMap(engine.generation.loaded) else { return false }
        return live.source.hash != lead.pluginHash
    }

    private func ask(where isMeant: (HeldLead) -> Bool) async {
        var last: LeadID?
        var count = 0
        var plugins: Set<String> = []
        do throws(StoreError) {
            while !isStopped() {
                let page = try engine.context.store.heldLeads(after: last, limit: Self.pageLimit)
                let meant = page.filter(isMeant)
                plugins.formUnion(meant.compactMap(\.plugin))
                count += await retry(meant.map(\.id))
                guard page.count == Self.pageLimit, let end = page.last else { break }
                last = end.id
            }
        } catch {
            logger.error("held tracks were not retried", metadata: ["error": "\(error)"])
        }
        guard count > 0 else { return }
        logger.info(
            "retried held tracks",
            metadata: ["leads": "\(count)", "plugins": .array(plugins.sorted().map { "\($0)" })])
    }

    /// Answers for how many leads there was still something to retry.
    private func retry(_ leads: [LeadID]) async -> Int {
        await withTaskGroup(of: Bool.self) { group in
            for lead in leads { group.addTask { await self.retry(lead) } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    private func retry(_ lead: LeadID) async -> Bool {
        while true {
            do throws(StoreError) {
                switch try await answer(to: Command(lead: lead, order: .retry, by: "engine")) {
                case .accepted: return true
                case .repeated: return false
                case .refused(let refusal):
                    // Anything else was done by somebody meanwhile.
                    guard refusal.reason == .busy, !isStopped() else { return false }
                    try? await Task.sleep(for: Self.busyPause)
                }
            } catch {
                logger.error(
                    "a held track was not retried", metadata: ["lead": "\(lead)", "error": "\(error)"])
                return false
            }
        }
    }

    private func answer(to command: Command) async throws(StoreError) -> Answer {
        let result: Result<Answer, StoreError> = await withCheckedContinuation { continuation in
            engine.submit(command) { result in
                if case .success(.accepted(let accepted)) = result { retried(command, accepted) }
                continuation.resume(returning: result)
            }
        }
        return try result.get()
    }
}
