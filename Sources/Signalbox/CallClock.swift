import Journeys
import LuaSandbox
import Plugins

/// The processor time of a moment's calls (R32).
///
/// To ask for it costs as much as a small call, so it is measured only once the calls have taken longer by the
/// wall clock, which is never less. What was not measured is at most one deadline, and a call that was cut off
/// at its own.
struct CallClock {
    private let threshold: Duration
    private var wall = Duration.zero

    init(limit: Duration) { threshold = limit / MomentLimits.deadlines }

    var measuresCPUTime: Bool { wall > threshold }

    /// What counts of the call's time.
    mutating func time(of run: PluginRunner.Run) -> Duration {
        guard let usage = run.usage else { return .zero }
        wall += usage.time
        return usage.cpuTime ?? .zero
    }
}
