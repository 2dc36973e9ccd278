import CoreMetrics
import Synchronization

/// What is measured under one name with the same labels.
protocol Series: AnyObject, Sendable {
    /// Where no description says otherwise.
    var kind: MetricDescription.Kind { get }
    /// Adds its lines. `labels` is empty, or pairs with commas between them.
    func write(_ name: String, _ labels: String, to text: inout String)
}

final class CounterSeries: Series, CounterHandler {
    private let value = Atomic<Int64>(0)

    let kind = MetricDescription.Kind.counter

    func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }

    func reset() { value.store(0, ordering: .relaxed) }

    func write(_ name: String, _ labels: String, to text: inout String) {
        text.line(name, labels, value.load(ordering: .relaxed).description)
    }
}

/// The last value.
final class GaugeSeries: Series, MeterHandler, RecorderHandler {
    private let value = Mutex(0.0)

    let kind = MetricDescription.Kind.gauge

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }

    func write(_ name: String, _ labels: String, to text: inout String) {
        text.line(name, labels, value.withLock { $0 }.forPrometheus)
    }
}

/// How many values are not above each bound.
final class HistogramSeries: Series, RecorderHandler, TimerHandler {
    /// From 10 microseconds to 10 seconds.
    static let bounds = [
        0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05,
        0.1,
        0.25, 0.5, 1, 2.5, 5, 10,
    ]

    /// How many of the units that are recorded make one of those that are shown.
    private let unitsInOne: Double
    private let state = Mutex(State())

    private struct State {
        /// By the least bound that is not below; the last are above all.
        var counts = Array(repeating: 0, count: HistogramSeries.bounds.count + 1)
        /// In shown units.
        var sum = 0.0
    }

    init(unitsInOne: Double) { self.unitsInOne = unitsInOne }

    let kind = MetricDescription.Kind.histogram

    func record(_ value: Int64) { record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration)) }

    func record(_ value: Double) {
        let value = value / unitsInOne
        let place = Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count
        state.withLock { state in
            state.counts[place] += 1
            state.sum += value
        }
    }

    func write(_ name: String, _ labels: String, to text: inout String) {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var total = 0
        for (bound, count) in zip(Self.bounds + [.infinity], counts) {
            total += count
            let label = "le=\"\(bound.forPrometheus)\""
            text.line("\(name)_bucket", labels.isEmpty ? label : "\(labels),\(label)", "\(total)")
        }
        text.line("\(name)_sum", labels, sum.forPrometheus)
        text.line("\(name)_count", labels, "\(total)")
    }
}

extension String {
    fileprivate mutating func line(_ name: String, _ labels: String, _ value: String) {
        self += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }
}

extension Double {
    /// Whole numbers without a fraction.
    fileprivate var forPrometheus: String {
        if isNaN { return "NaN" }
        if isInfinite { return self < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: self) { return whole.description }
        return description
    }
}
