import Testing
import Values

@Suite("Where a request belongs in a trace")
struct TraceParentTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"

    @Test("a header of version 0 is taken as it is")
    func taken() {
        let text = "00-\(Self.trace)-00f067aa0ba902b7-01"
        #expect(TraceParent(text)?.text == text)
    }

    @Test(
        "anything else is passed over",
        arguments: [
            "", "00", "00-\(trace)-00f067aa0ba902b7", "01-\(trace)-00f067aa0ba902b7-01",
            "00-\(trace)-00f067aa0ba902b7-01-x", "00-\(trace.uppercased())-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-\(trace)-0000000000000000-01",
            "00-\(trace)-00f067aa0ba902b7-0\u{e9}", "00-\(trace)-00f067aa0ba902b7-1\r\n",
        ])
    func passedOver(text: String) {
        #expect(TraceParent(text) == nil)
    }
}
