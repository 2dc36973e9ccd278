import Journeys
import Testing
import Values

@testable import SignalboxCLI

@Suite("Timelines")
struct TimelineTests {
    private func lines(_ journal: [String]) -> [String] {
        Timeline(style: Style(isColored: false), namesLeads: false).moment(
            1, of: LeadID("L")!, at: Timestamp(milliseconds: 0),
            command: Command(lead: LeadID("L")!, order: .advance),
            journal: journal.map { JournalLine(reading: $0) })
    }

    private static let call =
        #"{"type":"call","lead":"L","moment":1,"seq":2,"instant":1,"run":"p.pick","trigger":"m/t/flex","outcome":"failed","reason":"error","message":"boom","fallback":["a"]}"#

    private func incident(_ number: Int, _ reason: String, _ message: String, seq: String = "") -> String {
        #"{"type":"incident","lead":"L","moment":1,"incident":\#(number),"reason":"\#(reason)","trigger":"m/t/flex","message":"\#(message)"\#(seq)}"#
    }

    @Test(
        "the incident of a decider with a fallback is told with its call, with the number of its event or without",
        arguments: [#","seq":2"#, ""])
    func fallback(seq: String) {
        let lines = lines([Self.call, incident(7, "error", "boom; the fallback decided", seq: seq)])
        #expect(lines.count == 2, "\(lines)")
        #expect(
            lines.last?.contains("p.pick failed (error: boom); the fallback keeps a  incident 7") == true)
    }

    @Test("a subscription is named once")
    func subscription() {
        let call =
            #"{"type":"call","lead":"L","moment":1,"instant":1,"seq":1,"run":"p/on/1","trigger":"p/on/1","outcome":"ok","effects":[]}"#
        #expect(lines([call]).last?.hasSuffix("p/on/1: nothing to do") == true)
    }

    @Test("another incident of the same trigger stays its own line")
    func other() {
        let own = incident(7, "error", "boom", seq: #","seq":2"#)
        #expect(lines([Self.call, own, incident(8, "step_not_open", "no")]).count == 3)
    }

    @Test("a line that cannot be read is shown as it is, in its place")
    func unreadable() {
        let lines = lines([Self.call, #"{"type":"dream","lead":"L"}"#, "{"])
        #expect(lines.count == 4)
        #expect(lines[2].hasSuffix(#"{"type":"dream","lead":"L"}"#))
        #expect(lines[3].hasSuffix("{"))
    }

    @Test("text and number look different, and all who get a mail are named")
    func values() {
        let call =
            #"{"type":"call","lead":"L","moment":1,"instant":1,"seq":1,"run":"p.a","trigger":"t","outcome":"ok","effects":["#
        func shown(_ effect: String) -> String? { lines([call + effect + "]}"]).last }
        let fields = #"{"do":"set","fields":{"a":"10037","b":10037,"c":"","d":"a b","e":null},"agent":"007"}"#
        #expect(
            shown(fields)?.contains(#"set a="10037" b=10037 c="" d="a b" e cleared agent "007""#) == true)
        #expect(shown(#"{"do":"store.set","key":"k","value":"5"}"#)?.contains(#"store k="5""#) == true)
        #expect(shown(#"{"do":"store.set","key":"k","value":null}"#)?.contains("store k cleared") == true)
        #expect(
            shown(#"{"do":"email","subject":"Hi","to":["a@x","b@x"],"bcc":"c@x"}"#)?
                .contains(#"email "Hi" to a@x, b@x, c@x"#) == true)
    }

    @Test("deliveries are told behind their instant, and what was heard of one is told as its moment")
    func deliveries() {
        let delivery =
            #"{"type":"delivery","lead":"L","moment":1,"id":"L/1/2","kind":"webhook","to":"crm"}"#
        let undelivered = Undelivered(
            delivery: DeliveryID(LeadID("L")!, moment: 1, number: 2), kind: .webhook, to: "crm",
            state: .dead, reason: "410 Gone", isQuiet: false)
        let incident =
            #"{"type":"incident","lead":"L","moment":2,"incident":3,"reason":"delivery_dead","message":"no"}"#
        let event =
            #"{"type":"event","lead":"L","moment":2,"instant":1,"seq":9,"event":"delivery.failed","map":"m","payload":{"to":"crm"},"by":"engine","at":"2026-11-22T09:00:00Z"}"#
        #expect(lines([Self.call, delivery]).last == "    delivery L/1/2  webhook to crm")
        let told = Timeline(style: Style(isColored: false), namesLeads: false).moment(
            2, of: LeadID("L")!, at: Timestamp(milliseconds: 0), command: undelivered.command,
            journal: [incident, event].map { JournalLine(reading: $0) })
        #expect(told.count == 3)
        #expect(told[0].hasPrefix("moment 2  undelivered webhook to crm"))
        #expect(told[0].hasSuffix("by engine"))
        #expect(told[1] == "    incident 3  delivery_dead: no")
        #expect(told[2] == #"  ╶ 9   delivery.failed m  {"to":"crm"}"#)
    }

    @Test("nothing in a line moves the cursor, wherever it comes from")
    func controlCharacters() {
        let bad = #"\u001b[2J\u009b\n"#
        let entries = [
            #"{"type":"event","lead":"L","moment":1,"instant":1,"seq":1,"event":"p.\#(bad)","map":"\#(bad)","payload":{"\#(bad)":"\#(bad)"},"by":"\#(bad)","at":"2026-11-22T09:00:00Z"}"#,
            #"{"type":"call","lead":"L","moment":1,"instant":1,"seq":1,"run":"p.\#(bad)","trigger":"\#(bad)","outcome":"ok","effects":[{"do":"note","text":"\#(bad)"},{"do":"\#(bad)"},{"do":"email","to":"\#(bad)","subject":"\#(bad)"},{"do":"set","fields":{"\#(bad)":"\#(bad)"},"agent":"\#(bad)"}],"log":[{"level":"info","message":"\#(bad)","fields":{"a":"\#(bad)"}}]}"#,
            #"{"type":"call","lead":"L","moment":1,"instant":1,"seq":1,"run":"p.a","trigger":"t","outcome":"failed","reason":"\#(bad)","message":"\#(bad)","fallback":["\#(bad)"]}"#,
            #"{"type":"conflict","lead":"L","moment":1,"instant":1,"field":"\#(bad)","won":"p.\#(bad)","lost":["p.\#(bad)"]}"#,
            #"{"type":"delivery","lead":"L","moment":1,"id":"L/1/1","kind":"email","to":"\#(bad)"}"#,
            incident(7, bad, bad), #"{"type":"\#(bad)"}"#, "\u{1B}[2J",
        ]
        let lines = lines(entries)
        #expect(lines.count > entries.count)
        for line in lines {
            #expect(
                !line.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) },
                "\(line.debugDescription)")
        }
    }
}
