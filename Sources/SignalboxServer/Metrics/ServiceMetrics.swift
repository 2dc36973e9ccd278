import CoreMetrics
import Foundation
package import PrometheusMetrics
import Signalbox
import Store
import Values
import Workspace

/// What `/metrics` answers: what the engine told the recorder, and figures that are looked up when they are wanted.
package struct ServiceMetrics: Sendable {
    let recorder: PrometheusRecorder

    package init(_ recorder: PrometheusRecorder) { self.recorder = recorder }

    package static let descriptions = [
        MetricDescription("signalbox_moments_total", .counter, "Moments that were committed."),
        MetricDescription(
            "signalbox_commit_duration_seconds", .histogram, "How long the store took for a commit."),
        MetricDescription("signalbox_commit_failures_total", .counter, "Commits that the store failed."),
        MetricDescription(
            "signalbox_plugin_calls_total", .counter,
            "Calls of the plugin's functions, whether they failed or not."),
        MetricDescription(
            "signalbox_plugin_failures_total", .counter,
            "Calls that failed, by reason; also those that were not made, and conditions that failed."),
        MetricDescription(
            "signalbox_plugin_cut_offs_total", .counter,
            "Calls that were cut off for their instructions, memory or time, or because they crashed."),
        MetricDescription(
            "signalbox_call_duration_seconds", .histogram, "How long a call took, with its condition."),
        MetricDescription(
            "signalbox_queue_commands", .gauge, "Commands that wait for the lane."),
        MetricDescription(
            "signalbox_queue_limit_commands", .gauge,
            "How many commands may wait for one lane; more are refused as busy."),
        MetricDescription(
            "signalbox_reloads_total", .counter,
            "How often the workspace was read and used anew; the result is mistakes where there were new ones."
        ),
        MetricDescription(
            "signalbox_workspace_mistakes", .gauge, "Mistakes in the workspace as it is used now."),
        MetricDescription("signalbox_outbox_deliveries", .gauge, "Deliveries in the store, by state."),
        MetricDescription(
            "signalbox_outbox_oldest_age_seconds", .gauge,
            "How long ago the moment of the first delivery was that waits; 0 where none does."),
        MetricDescription("process_cpu_seconds_total", .counter, "Processor time of the process."),
        MetricDescription("process_open_fds", .gauge, "Open file descriptors."),
        MetricDescription("process_max_fds", .gauge, "How many file descriptors may be open."),
        MetricDescription("process_resident_memory_bytes", .gauge, "Resident memory."),
        MetricDescription(
            "process_start_time_seconds", .gauge, "When the process started, in seconds since 1970."),
    ]

    /// Everything, as it is now. What the store cannot say is NaN.
    func text(of parts: APIParts, queueLimit: Int) async -> String {
        for (index, count) in parts.engine.waitingCounts.enumerated() {
            set("signalbox_queue_commands", [("lane", "\(index + 1)")], Double(count))
        }
        set("signalbox_queue_limit_commands", Double(queueLimit))
        set("signalbox_workspace_mistakes", Double(parts.engine.generation.mistakes.count))
        let store = parts.store
        let figures = try? await blocking { try store.outboxFigures() }
        for state in DeliveryState.allCases {
            set(
                "signalbox_outbox_deliveries", [("state", state.rawValue)],
                figures.map { Double($0.counts[state] ?? 0) } ?? .nan)
        }
        let age = figures.map { figures in
            figures.oldestWaiting.map { max(0, parts.clock().milliseconds - $0.milliseconds) } ?? 0
        }
        set("signalbox_outbox_oldest_age_seconds", age.map { Double($0) / 1000 } ?? .nan)
        let process = ProcessFigures.now
        set("process_cpu_seconds_total", process.processorSeconds)
        set("process_open_fds", process.openFiles)
        set("process_max_fds", process.openFilesLimit)
        set("process_resident_memory_bytes", process.residentBytes)
        set("process_start_time_seconds", process.startSeconds)
        return recorder.text
    }

    private func set(_ name: String, _ value: Double?) { set(name, [], value) }

    private func set(_ name: String, _ labels: [(String, String)], _ value: Double?) {
        guard let value else { return }
        Meter(label: name, dimensions: labels, factory: recorder).set(value)
    }
}
