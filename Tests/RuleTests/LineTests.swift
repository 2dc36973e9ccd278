import Testing
import Values

/// What the other tests write in short, once in full: what others may rely on.
@Suite("Lines")
struct LineTests {
    @Test("each kind of line has exactly the keys that are promised")
    func keys() throws {
        let scenario = try Scenario(
            map: """
                triggers:
                  open:
                    - { run: probe.act, with: { set: { f: 1 } } }
                    - { run: probe.act, with: { set: { f: 2 }, emit: [ rang ], complete: [ a/gone ] } }
                    - { run: probe.act, with: { note: no }, when: "false" }
                    - { run: probe.act, with: { saw: [ lead.id ], fail: no } }
                tracks:
                  - track: v
                    kind: video
                    steps: [ { step: one } ]
                  - track: a
                    kind: flex
                    flex: { decide: probe.pick, with: { keep: { k: [ here ] } }, fallback: [ gone ] }
                    steps: [ { step: here }, { step: gone } ]
                """)
        try scenario.run(
            """
            {"do":"assign","lead":"L","map":"m","fields":{"kind":"k"},"by":"form","id":"1","at":"2026-03-02T09:00:00Z"}
            {"do":"advance","lead":"L","by":"form"}
            {"do":"assign","lead":"L","map":"m","fields":{"kind":"k"},"by":"form","id":"1"}
            {"do":"status","lead":"L","to":"lost","by":"form"}
            {"do":"assign","lead":"K","map":"m","fields":{"kind":"boom"}}
            """)
        let head = #""lead":"L","moment":1,"instant":1"#
        let event = #""map":"m","by":"form","at":"2026-03-02T09:00:00Z""#
        try expect(
            scenario,
            begin: [
                #"{"type":"event",\#(head),"seq":1,"event":"map.open",\#(event)}"#,
                #"{"type":"event",\#(head),"seq":2,"event":"track.open","track":"v",\#(event)}"#,
                #"{"type":"event",\#(head),"seq":3,"event":"step.open","track":"v","step":"one",\#(event)}"#,
                #"{"type":"event",\#(head),"seq":4,"event":"track.open","track":"a",\#(event)}"#,
                #"{"type":"event",\#(head),"seq":5,"event":"step.open","track":"a","step":"here",\#(event)}"#,
                #"{"type":"event",\#(head),"seq":6,"event":"step.remove","track":"a","step":"gone",\#(event)}"#,
                #"{"type":"call",\#(head),"seq":4,"run":"probe.pick","trigger":"m/a/flex","outcome":"ok","keep":["here"]}"#,
                #"{"type":"call",\#(head),"seq":1,"run":"probe.act","trigger":"m/open/1","outcome":"ok","effects":[{"do":"set","fields":{"f":1}}]}"#,
                #"{"type":"call",\#(head),"seq":1,"run":"probe.act","trigger":"m/open/2","outcome":"ok","effects":[{"do":"set","fields":{"f":2}},{"do":"emit","event":"probe.rang"},{"do":"complete","step":"a/gone"}]}"#,
                #"{"type":"call",\#(head),"seq":1,"run":"probe.act","trigger":"m/open/3","outcome":"skipped","reason":"when"}"#,
                #"{"type":"call",\#(head),"seq":1,"run":"probe.act","trigger":"m/open/4","outcome":"failed","reason":"error","message":"no","log":[{"level":"info","message":"lead.id: L"}]}"#,
                #"{"type":"conflict",\#(head),"field":"f","won":"probe.act","lost":["probe.act"]}"#,
                #"{"type":"incident","lead":"L","moment":1,"incident":1,"reason":"error","message":"no","seq":1,"run":"probe.act","trigger":"m/open/4"}"#,
                #"{"type":"event","lead":"L","moment":1,"instant":2,"seq":7,"event":"probe.rang","map":"m","by":"plugin:probe","at":"2026-03-02T09:00:00Z"}"#,
                #"{"type":"incident","lead":"L","moment":1,"incident":2,"reason":"step_not_open","message":"a/gone is not open: it was removed by probe.pick","seq":1,"run":"probe.act","trigger":"m/open/2"}"#,
                #"{"type":"refused","lead":"L","line":2,"command":{"do":"advance","lead":"L","by":"form"},"reason":"required_steps_open","message":"still to be completed: a/here"}"#,
                #"{"type":"repeated","lead":"L","line":3,"id":"1","moment":1}"#,
                #"{"type":"event","lead":"L","moment":2,"instant":1,"seq":8,"event":"map.close","outcome":"lost","cancelled":["v/one","a/here"],\#(event)}"#,
            ])
        #expect(
            scenario.lines.contains(
                try JSONReader.read(
                    #"{"type":"call","lead":"K","moment":1,"instant":1,"seq":4,"run":"probe.pick","trigger":"m/a/flex","outcome":"failed","reason":"error","message":"boom","fallback":["gone"]}"#
                ).table ?? Table()))
    }

    private func expect(_ scenario: Scenario, begin lines: [String]) throws {
        #expect(scenario.lines.count > lines.count)
        for (found, expected) in zip(scenario.lines, lines) {
            #expect(Value.table(found) == (try JSONReader.read(expected)))
        }
    }
}
