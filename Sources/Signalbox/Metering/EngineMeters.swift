import CoreMetrics
import Journeys
import Synchronization
import Workspace

/// What an engine tells a metrics system of itself. No lead is named, and of plugins those alone that are loaded.
final class EngineMeters: Sendable {
    /// Whether anybody measures.
    let isOn: Bool
    private let factory: any MetricsFactory
    private let moments: Counter
    private let failedCommits: Counter
    private let commitTimes: CoreMetrics.Timer
    private let callTimes: CoreMetrics.Timer
    private let reloads: Counter
    private let reloadsWithMistakes: Counter
    private let plugins = Mutex<[String: PluginMeters]>([:])

    /// The counters of one plugin.
    fileprivate struct PluginMeters {
        let calls: Counter
        let cutOffs: Counter
        /// Made when the first call fails for this reason.
        var failures: [CallFailure.Reason: Counter] = [:]
    }

    init(_ factory: any MetricsFactory, _ generation: Generation) {
        isOn = !(factory is NOOPMetricsHandler)
        self.factory = factory
        moments = Counter(label: "signalbox_moments_total", factory: factory)
        failedCommits = Counter(label: "signalbox_commit_failures_total", factory: factory)
        commitTimes = CoreMetrics.Timer(label: "signalbox_commit_duration_seconds", factory: factory)
        callTimes = CoreMetrics.Timer(label: "signalbox_call_duration_seconds", factory: factory)
        func reloads(_ result: String) -> Counter {
            Counter(label: "signalbox_reloads_total", dimensions: [("result", result)], factory: factory)
        }
        self.reloads = reloads("ok")
        reloadsWithMistakes = reloads("mistakes")
        use(generation)
    }

    /// From now on these plugins are the loaded ones.
    func use(_ generation: Generation) {
        guard isOn else { return }
        let loaded = Set(generation.plugins.keys.filter { generation.loaded($0) != nil })
        plugins.withLock { plugins in
            for (name, meters) in plugins where !loaded.contains(name) {
                meters.destroy()
                plugins[name] = nil
            }
            for name in loaded where plugins[name] == nil {
                let labels = [("plugin", name)]
                plugins[name] = PluginMeters(
                    calls: Counter(
                        label: "signalbox_plugin_calls_total", dimensions: labels, factory: factory),
                    cutOffs: Counter(
                        label: "signalbox_plugin_cut_offs_total", dimensions: labels, factory: factory))
            }
        }
    }

    func noteReload(hasMistakes: Bool) { (hasMistakes ? reloadsWithMistakes : reloads).increment() }

    func noteCommit(of count: Int, taking time: Duration) {
        guard isOn, count > 0 else { return }
        moments.increment(by: count)
        commitTimes.recordNanoseconds(time.nanoseconds)
    }

    func noteFailedCommit() { failedCommits.increment() }

    /// Adds what a lane counted.
    func add(_ counts: CallCounts) {
        for time in counts.times { callTimes.recordNanoseconds(time.nanoseconds) }
        plugins.withLock { plugins in
            for (name, count) in counts.plugins {
                // Removed in the meantime.
                guard var meters = plugins[name] else { continue }
                meters.calls.increment(by: count.calls)
                if count.cutOffs > 0 { meters.cutOffs.increment(by: count.cutOffs) }
                for (reason, failures) in count.failures {
                    let counter =
                        meters.failures[reason]
                        ?? Counter(
                            label: "signalbox_plugin_failures_total",
                            dimensions: [("plugin", name), ("reason", reason.rawValue)], factory: factory)
                    meters.failures[reason] = counter
                    counter.increment(by: failures)
                }
                plugins[name] = meters
            }
        }
    }
}

extension EngineMeters.PluginMeters {
    fileprivate func destroy() {
        calls.destroy()
        cutOffs.destroy()
        for counter in failures.values { counter.destroy() }
    }
}

/// What the calls of one lane came to since they were handed on, which is once a batch.
struct CallCounts {
    struct Plugin {
        /// In which the plugin's function was called.
        var calls = 0
        var cutOffs = 0
        /// Also of calls that were not made.
        var failures: [CallFailure.Reason: Int] = [:]
    }

    private(set) var plugins: [String: Plugin] = [:]
    private(set) var times: [Duration] = []
    /// How many times wait at most.
    static let timesLimit = 4096

    var isFull: Bool { times.count >= Self.timesLimit }
    var isEmpty: Bool { plugins.isEmpty && times.isEmpty }

    mutating func note(time: Duration) { times.append(time) }

    mutating func note(_ journal: [JournalEntry]) {
        for case .call(let call) in journal {
            switch call.outcome {
            case .skipped: continue
            case .effects, .decided: plugins[call.run.plugin, default: Plugin()].calls += 1
            case .failed(let failure, _):
                let isCalled = failure.wasCalled
                plugins[call.run.plugin, default: Plugin()].note(failure.reason, isCalled: isCalled)
            }
        }
    }

    mutating func removeAll() {
        plugins.removeAll(keepingCapacity: true)
        times.removeAll(keepingCapacity: true)
    }
}

extension CallCounts.Plugin {
    fileprivate mutating func note(_ reason: CallFailure.Reason, isCalled: Bool) {
        failures[reason, default: 0] += 1
        if isCalled { calls += 1 }
        if isCalled, reason.isCutOff { cutOffs += 1 }
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
