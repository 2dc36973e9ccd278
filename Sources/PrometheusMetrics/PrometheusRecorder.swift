package import CoreMetrics
import Synchronization
import Values

/// Keeps what is measured, and writes it as Prometheus reads it (text form 0.0.4).
///
/// Who measures with the same label and dimensions measures the same. Times are histograms in seconds; a recorder that
/// aggregates is a histogram of its own unit, any other shows its last value.
package final class PrometheusRecorder: MetricsFactory {
    private let descriptions: [MetricDescription]
    /// By name, and then by labels as they are written.
    private let all = Mutex<[String: [String: any Series]]>([:])

    /// - Parameter descriptions: of the metrics that have a text for people, or are not what the library takes them for.
    package init(_ descriptions: [MetricDescription]) { self.descriptions = descriptions }

    // MARK: Making

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions) { CounterSeries() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions) { GaugeSeries() }
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        if aggregate {
            series(label, dimensions) { HistogramSeries(unitsInOne: 1) }
        } else {
            series(label, dimensions) { GaugeSeries() }
        }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions) { HistogramSeries(unitsInOne: 1e9) }
    }

    private func series<New: Series>(
        _ label: String, _ dimensions: [(String, String)], _ make: () -> New
    ) -> New {
        let name = Self.name(label)
        let labels = dimensions.map { "\(Self.name($0.0))=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        return all.withLock { all in
            if let known = all[name]?[labels] {
                guard let known = known as? New else {
                    preconditionFailure("\(name) is measured in two ways")
                }
                return known
            }
            let new = make()
            all[name, default: [:]][labels] = new
            return new
        }
    }

    // MARK: Removing

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    private func remove(_ handler: AnyObject) {
        all.withLock { all in
            for (name, series) in all {
                let left = series.filter { $0.value !== handler }
                if left.count < series.count { all[name] = left.isEmpty ? nil : left }
            }
        }
    }

    // MARK: Writing

    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Everything, in the order of names and labels.
    package var text: String {
        let all = all.withLock { $0 }
        var text = ""
        for (name, series) in all.sorted(by: { compareBytes($0.key, $1.key) < 0 }) {
            let sorted = series.sorted { compareBytes($0.key, $1.key) < 0 }
            let description = descriptions.first { sameBytes($0.name, name) }
            if let description { text += "# HELP \(name) \(Self.escapedHelp(description.help))\n" }
            if let kind = description?.kind ?? sorted.first?.value.kind {
                text += "# TYPE \(name) \(kind.rawValue)\n"
            }
            for (labels, one) in sorted { one.write(name, labels, to: &text) }
        }
        return text
    }

    /// A name of the library as one of Prometheus'.
    private static func name(_ label: String) -> String {
        var name = ""
        for byte in label.utf8 {
            let isLetter =
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            let isAllowed = isLetter || (isDigit && !name.isEmpty)
            name.unicodeScalars.append(isAllowed ? Unicode.Scalar(byte) : "_")
        }
        return name
    }

    private static func escapedHelp(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    private static func escaped(_ text: String) -> String {
        escapedHelp(text).replacing("\"", with: "\\\"")
    }
}
