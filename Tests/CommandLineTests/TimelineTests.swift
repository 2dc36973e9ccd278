import Testing
import Values

@testable import SignalboxCLI

@Suite("Timelines")
struct TimelineTests {
    private func lines(_ journal: [String]) -> [String] {
        Timeline(style: Style(isColored: false), namesLeads: false).moment(
            1, of: "L", at: Timestamp(milliseconds: 0), command: ["do": "assign", "map": "m"],
            journal: journal)
    }

    private static let call =
        #"{"type":"call","seq":2,"instant":1,"run":"p.pick","trigger":"m/t/flex","outcome":"failed","reason":"error","message":"boom","fallback":["a"]}"#

    @Test(
        "the incident of a decider with a fallback is told with its call, with the number of its event or without",
        arguments: [#","seq":2"#, ""])
    func fallback(seq: String) {
        let incident =
            #"{"type":"incident","incident":7,"reason":"error","trigger":"m/t/flex","message":"boom; the fallback decided"\#(seq)}"#
        let lines = lines([Self.call, incident])
        #expect(lines.count == 2, "\(lines)")
        #expect(
            lines.last?.contains("incident 7") == true && lines.last?.contains("the fallback decided") == true
        )
    }

    @Test("another incident of the same trigger stays its own line")
    func other() {
        let incident =
            #"{"type":"incident","incident":7,"reason":"error","trigger":"m/t/flex","message":"boom","seq":2}"#
        let other =
            #"{"type":"incident","incident":8,"reason":"step_not_open","trigger":"m/t/flex","message":"no"}"#
        #expect(lines([Self.call, incident, other]).count == 3)
    }
}
