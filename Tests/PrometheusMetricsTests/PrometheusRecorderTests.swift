import CoreMetrics
import PrometheusMetrics
import Testing

@Suite("Metrics as Prometheus reads them")
struct PrometheusRecorderTests {
    @Test("counters and gauges have one line for each of their labels, in order")
    func lines() {
        let recorder = PrometheusRecorder([
            MetricDescription("calls_total", .counter, "How many calls\nthere were: \\."),
            MetricDescription("seconds_total", .counter, "Set as a whole."),
        ])
        Counter(label: "calls_total", dimensions: [("plugin", "b")], factory: recorder).increment(by: 2)
        Counter(label: "calls_total", dimensions: [("plugin", "a\"\\\n")], factory: recorder).increment()
        // The same one.
        Counter(label: "calls_total", dimensions: [("plugin", "b")], factory: recorder).increment()
        Meter(label: "seconds_total", factory: recorder).set(0.25)
        let gauge = Meter(label: "2.queue-depth", factory: recorder)
        gauge.set(7)
        gauge.decrement(by: 4)
        #expect(
            recorder.text == #"""
                # TYPE __queue_depth gauge
                __queue_depth 3
                # HELP calls_total How many calls\nthere were: \\.
                # TYPE calls_total counter
                calls_total{plugin="a\"\\\n"} 1
                calls_total{plugin="b"} 3
                # HELP seconds_total Set as a whole.
                # TYPE seconds_total counter
                seconds_total 0.25

                """#)
    }

    @Test("a time is in every bucket whose bound it does not pass")
    func times() {
        let recorder = PrometheusRecorder([])
        let timer = CoreMetrics.Timer(label: "call", dimensions: [("a", "b")], factory: recorder)
        for nanoseconds in [10_000, 10_001, 4_000_000, 20_000_000_000] as [Int64] {
            timer.recordNanoseconds(nanoseconds)
        }
        let lines = recorder.text.split(separator: "\n").map(String.init)
        #expect(lines.first == "# TYPE call histogram")
        let counts = lines.compactMap { $0.wholeMatch(of: /call_bucket\{a="b",le="(.+)"\} (\d+)/) }
        func count(_ bound: Double) -> Int? {
            counts.first { Double($0.1) == bound }.flatMap { Int($0.2) }
        }
        #expect(count(0.000_01) == 1 && count(0.000_025) == 2)
        #expect(count(0.002_5) == 2 && count(0.005) == 3 && count(10) == 3)
        #expect(counts.last?.1 == "+Inf" && counts.last?.2 == "4")
        #expect(lines.suffix(2) == ["call_sum{a=\"b\"} 20.004020001", "call_count{a=\"b\"} 4"])
    }

    @Test("what is destroyed is not shown, and begins anew when it is made again")
    func destroyed() {
        let recorder = PrometheusRecorder([])
        let counter = Counter(label: "c", dimensions: [("p", "1")], factory: recorder)
        counter.increment()
        let other = Counter(label: "c", dimensions: [("p", "2")], factory: recorder)
        counter.destroy()
        counter.increment()
        #expect(recorder.text == "# TYPE c counter\nc{p=\"2\"} 0\n")
        other.destroy()
        #expect(recorder.text == "")
        Counter(label: "c", dimensions: [("p", "1")], factory: recorder).increment(by: 5)
        #expect(recorder.text == "# TYPE c counter\nc{p=\"1\"} 5\n")
    }

    @Test("a recorder is a histogram of its own unit, and one that does not aggregate its last value")
    func recorders() {
        let recorder = PrometheusRecorder([])
        Recorder(label: "sizes", factory: recorder).record(3)
        let last = Gauge(label: "last", factory: recorder)
        last.record(3)
        last.record(Double.nan)
        let lines = recorder.text.split(separator: "\n")
        #expect(lines.contains("last NaN"))
        #expect(lines.contains("sizes_bucket{le=\"2.5\"} 0") && lines.contains("sizes_bucket{le=\"5\"} 1"))
    }
}
