import Journeys
import Testing
import Values

/// The rules of order played on values. `RuleTests` holds the same rules for the whole engine.
@Suite("The law on values")
struct LawTests {
    private static let twoTracks = [
        TrackSketch(id: "a", steps: ["x", "y"]), TrackSketch(id: "b", steps: ["z"]),
    ]

    @Test("R1, R3, R6: assign opens the map, its first track and all of that track's steps in one instant")
    func opening() {
        var lead = PlayedLead(map("m", triggers: [.open: ["greet"]], Self.twoTracks))
        #expect(
            lead.assign("m") == [
                "1 1 map.open m", "1 2 track.open a", "1 3 step.open a/x", "1 4 step.open a/y",
                "call m/open/1",
            ])
        #expect(lead.assign("m") == ["refused already_on_map"])
        #expect(lead.assign("n") == ["refused unknown_map"])
    }

    @Test("R2, R21: a status with an outcome closes the map, with the outcome and what was open")
    func status() {
        for status in [LeadStatus.closed, .won, .lost] {
            var lead = PlayedLead(map("m", Self.twoTracks))
            _ = lead.assign("m")
            #expect(lead.play(.status(.open)) == [])
            #expect(lead.play(.status(status)) == ["1 5 map.close m \(status) cancelled a/x, a/y"])
            #expect(lead.play(.status(status)) == [])
            #expect(lead.lead?.status == status)
        }
    }

    @Test(
        "R4, R5, R13: the last step closes its track in the same instant; the next track opens in the next one"
    )
    func completing() {
        var lead = PlayedLead(map("m", Self.twoTracks))
        _ = lead.assign("m")
        #expect(lead.play(.complete("a/y")) == ["1 5 step.close a/y"])
        #expect(lead.play(.complete("a/y")) == ["refused step_not_open"])
        #expect(lead.play(.complete("b/z")) == ["refused step_not_open"])
        #expect(lead.play(.complete("b/none")) == ["refused unknown_step"])
        #expect(
            lead.play(.complete("a/x")) == [
                "1 6 step.close a/x", "1 7 track.close a", "2 8 track.open b by engine",
                "2 9 step.open b/z by engine",
            ])
    }

    @Test("R7, R8, R9: videos open together with the next track, and are watched whenever that is")
    func videos() {
        var lead = PlayedLead(
            map(
                "m",
                [
                    TrackSketch(id: "v", kind: .video, steps: ["one"]),
                    TrackSketch(id: "w", kind: .video, steps: ["two"]),
                    TrackSketch(id: "a", steps: ["x"]), TrackSketch(id: "b", steps: ["y"]),
                ]))
        #expect(
            lead.assign("m") == [
                "1 1 map.open m", "1 2 track.open v", "1 3 step.open v/one", "1 4 track.open w",
                "1 5 step.open w/two", "1 6 track.open a", "1 7 step.open a/x",
            ])
        #expect(
            lead.play(.complete("a/x")) == [
                "1 8 step.close a/x", "1 9 track.close a", "2 10 track.open b by engine",
                "2 11 step.open b/y by engine",
            ])
        #expect(lead.play(.complete("v/one")) == ["1 12 step.close v/one", "1 13 track.close v"])
    }

    @Test("R10: a decider is asked before anything of its instant fires; what it removes never opens")
    func deciding() {
        var seen: [[Journey.TrackState]] = []
        var lead = PlayedLead(
            map("m", [TrackSketch(id: "a", kind: .decided(fallback: nil), steps: ["x", "y"])]),
            decide: { snapshot in
                seen.append(snapshot.journey?.tracks ?? [])
                return ["keep": ["y"]]
            })
        #expect(
            lead.assign("m") == [
                "1 1 map.open m", "1 2 track.open a", "1 3 step.remove a/x", "1 4 step.open a/y",
                "decided m/a/flex",
            ])
        #expect(seen == [[.waiting]])
    }

    @Test("R11, R12: advance skips optional steps, and is refused while a required one is open")
    func advancing() {
        var lead = PlayedLead(
            map(
                "m",
                [TrackSketch(id: "a", steps: ["x", StepSketch("y", optional: true)])]))
        #expect(lead.play(.advance) == ["refused unknown_lead"])
        _ = lead.assign("m")
        #expect(lead.play(.advance) == ["refused required_steps_open"])
        #expect(lead.play(.complete("a/x")) == ["1 5 step.close a/x"])
        #expect(lead.play(.advance) == ["1 6 step.skip a/y", "1 7 track.close a"])
        #expect(lead.play(.advance) == ["refused no_current_track"])
    }

    @Test("R14: a track all of whose steps were removed closes in an instant of its own")
    func emptyTrack() {
        var lead = PlayedLead(
            map(
                "m",
                [
                    TrackSketch(id: "a", kind: .decided(fallback: nil), steps: ["x"]),
                    TrackSketch(id: "b", steps: ["y"]),
                ]),
            decide: { _ in ["remove": ["x"]] })
        #expect(
            lead.assign("m") == [
                "1 1 map.open m", "1 2 track.open a", "1 3 step.remove a/x", "decided m/a/flex",
                "2 4 track.close a by engine", "3 5 track.open b by engine", "3 6 step.open b/y by engine",
            ])
    }

    @Test("R15: remove takes a step out of a flex track, and of no other")
    func removing() {
        var lead = PlayedLead(
            map(
                "m",
                [TrackSketch(id: "a", kind: .flex, steps: ["x", "y"]), TrackSketch(id: "b", steps: ["z"])]))
        _ = lead.assign("m")
        #expect(lead.play(.remove("a/x")) == ["1 5 step.remove a/x"])
        #expect(
            lead.play(.remove("a/y")) == [
                "1 6 step.remove a/y", "1 7 track.close a", "2 8 track.open b by engine",
                "2 9 step.open b/z by engine",
            ])
        #expect(lead.play(.remove("b/z")) == ["refused not_flex"])
    }

    @Test("R16: after map.close nothing of the journey moves")
    func closed() {
        var lead = PlayedLead(map("m", Self.twoTracks))
        _ = lead.assign("m")
        _ = lead.play(.status(.lost))
        for order in [Order.complete("a/x"), .advance, .remove("a/x"), .retry] {
            #expect(lead.play(order) == ["refused journey_closed"], "\(order)")
        }
    }

    @Test("R17: a map stays open behind its last track, unless it says how it finishes")
    func finishing() {
        let track = [TrackSketch(id: "a", steps: ["x"])]
        var open = PlayedLead(map("m", track))
        _ = open.assign("m")
        #expect(open.play(.complete("a/x")) == ["1 4 step.close a/x", "1 5 track.close a"])
        #expect(open.lead?.status == .open)
        var finished = PlayedLead(map("m", finish: .won, track))
        _ = finished.assign("m")
        #expect(
            finished.play(.complete("a/x")) == [
                "1 4 step.close a/x", "1 5 track.close a",
                "2 6 map.close m won cancelled nothing by engine",
            ])
        #expect(finished.lead?.status == .won)
    }

    @Test("R18, R21: another map first leaves the one that is active, in an instant of its own")
    func leaving() {
        var lead = PlayedLead(
            map("m", triggers: [.leave: ["forget"]], Self.twoTracks),
            map("n", [TrackSketch(id: "c", steps: ["w"])]))
        _ = lead.assign("m")
        #expect(
            lead.assign("n") == [
                "1 5 map.leave m left cancelled a/x, a/y", "call m/leave/1", "2 6 map.open n",
                "2 7 track.open c", "2 8 step.open c/w",
            ])
    }

    @Test("R19: a journey keeps the version of the map that it began with")
    func versions() {
        var lead = PlayedLead(map("m", Self.twoTracks))
        _ = lead.assign("m")
        lead.rules = PlayedLead.rules([map("m", [TrackSketch(id: "new", steps: ["w"])])])
        #expect(lead.play(.complete("a/x")) == ["1 5 step.close a/x"])
        _ = lead.play(.status(.closed))
        #expect(lead.assign("m") == ["1 7 map.open m", "1 8 track.open new", "1 9 step.open new/w"])
    }

    @Test("R20: a mirror step is completed when its field has a value")
    func mirroring() {
        let mirrored = map("m", [TrackSketch(id: "a", steps: [StepSketch("x", mirror: "email"), "y"])])
        var lead = PlayedLead(mirrored)
        _ = lead.assign("m")
        #expect(lead.play(.set(LeadChanges(fields: ["email": ""]))) == [])
        #expect(
            lead.play(.set(LeadChanges(fields: ["email": "a@b"]))) == ["1 5 step.close a/x by mirror"])
        var known = PlayedLead(mirrored)
        #expect(known.assign("m", fields: ["email": "a@b"]).last == "2 5 step.close a/x by mirror")
    }

    @Test("R22: events and moments are numbered without gaps; what is refused leaves nothing")
    func numbering() {
        var lead = PlayedLead(map("m", Self.twoTracks))
        _ = lead.assign("m")
        let before = lead.lead
        #expect(lead.play(.complete("b/z")) == ["refused step_not_open"])
        #expect(lead.lead?.lastSeq == before?.lastSeq && lead.lead?.lastMoment == 1)
        #expect(lead.play(.complete("a/x")) == ["1 5 step.close a/x"])
        #expect(lead.lead?.lastSeq == 5 && lead.lead?.lastMoment == 2)
    }

    @Test("R23, R26: inside an instant all follows the map's order, and all calls see the lead as it was")
    func simultaneous() {
        let open: [Verb: [String]] = [.open: ["mark"]]
        var lead = PlayedLead(
            map(
                "m", triggers: open,
                [TrackSketch(id: "a", steps: [StepSketch("x", triggers: open)], triggers: open)]),
            effects: ["mark": [.set(LeadChanges(fields: ["score": 1]))]])
        #expect(
            lead.assign("m") == [
                "1 1 map.open m", "1 2 track.open a", "1 3 step.open a/x", "call m/open/1",
                "call m/a/open/1", "call m/a/x/open/1",
            ])
        #expect(lead.lead?.fields == ["score": 1])
    }

    @Test("R29: the agenda is first in, first out, and is emptied before the engine's own moves")
    func agenda() {
        var lead = PlayedLead(
            map(
                "m", finish: .won,
                [
                    TrackSketch(
                        id: "a", kind: .flex,
                        steps: [
                            StepSketch("x", triggers: [.close: ["first", "second"]]), "y",
                            StepSketch("z", mirror: "done"),
                        ]),
                    TrackSketch(id: "b", steps: ["w"]),
                ]),
            effects: [
                "first": [
                    .set(LeadChanges(fields: ["done": true])), .emit("probe.one", nil), .complete("a/y"),
                ],
                "second": [.complete("a/y"), .emit("probe.two", nil)],
            ])
        _ = lead.assign("m")
        #expect(
            lead.play(.complete("a/x")) == [
                "1 6 step.close a/x", "call m/a/x/close/1", "call m/a/x/close/2",
                "2 7 probe.one by plugin:probe", "3 8 step.close a/y by plugin:probe",
                "incident step_not_open", "4 9 probe.two by plugin:probe", "5 10 step.close a/z by mirror",
                "5 11 track.close a by mirror", "6 12 track.open b by engine", "6 13 step.open b/w by engine",
            ])
    }

    @Test("R32: a chain of effects ends at its depth limit with an incident")
    func depth() {
        let track = [TrackSketch(id: "t", steps: ["s"])]
        let effects = (0...110).map { ("to\($0 + 1)", [Effect.assign(MapID("m\($0 + 1)"))]) }
        var lead = PlayedLead(effects: Dictionary(uniqueKeysWithValues: effects))
        lead.rules = PlayedLead.rules(
            (0...110).map { map("m\($0)", triggers: [.open: ["to\($0 + 1)"]], track) })
        let lines = lead.assign("m0")
        #expect(lines.count { $0.contains("map.open") } == 101)
        #expect(lines.filter { $0.hasPrefix("incident") } == ["incident loop_limit"])
        #expect(lines.last == "incident loop_limit")
    }

    @Test("R32: in one moment a lead is assigned to the same map at most once")
    func once() {
        let track = [TrackSketch(id: "t", steps: ["s"])]
        var lead = PlayedLead(
            map("m", triggers: [.open: ["leave"]], track), map("n", triggers: [.open: ["return"]], track),
            effects: ["leave": [.assign(MapID("n"))], "return": [.assign(MapID("m"))]])
        #expect(
            lead.assign("m") == [
                "1 1 map.open m", "1 2 track.open t", "1 3 step.open t/s", "call m/open/1",
                "2 4 map.leave m left cancelled t/s by plugin:probe", "3 5 map.open n by plugin:probe",
                "3 6 track.open t by plugin:probe", "3 7 step.open t/s by plugin:probe", "call n/open/1",
                "incident loop_limit",
            ])
        #expect(lead.lead?.journey?.definition.id == MapID("n"))
        // The next moment may.
        #expect(lead.assign("m").contains("incident loop_limit"))
        #expect(lead.lead?.journey?.definition.id == MapID("n"))
    }

    @Test("R32: a map that closed in the moment that opened it is not assigned again in it")
    func onceAfterClosing() {
        let track = [TrackSketch(id: "t", steps: ["s"])]
        var lead = PlayedLead(
            map("m", triggers: [.open: ["win"], .close: ["again"]], track),
            effects: ["win": [.status(.won)], "again": [.assign(MapID("m"))]])
        let lines = lead.assign("m")
        #expect(lines.count { $0.contains("map.open") } == 1)
        #expect(lines.last == "incident loop_limit")
        #expect(lead.lead?.journey?.isActive == false)
    }

    @Test("a journey keeps when each track opened, of one that was held when its decider had answered")
    func opened() throws {
        let rules = rulebook(
            map(
                "m",
                [
                    TrackSketch(id: "v", kind: .video, steps: ["tour"]), TrackSketch(id: "a", steps: ["x"]),
                    TrackSketch(id: "b", kind: .decided(fallback: nil), steps: ["y", "z"]),
                    TrackSketch(id: "c", steps: ["w"]),
                ]))
        func time(_ minutes: Int64) -> Timestamp {
            Timestamp(milliseconds: noon.milliseconds + minutes * 60_000)
        }
        var lead = try run(.assign(MapID("m"), LeadChanges()), of: nil, at: time(0), under: rules).lead
        #expect(lead.journey?.opened == [0: time(0), 1: time(0)])
        lead = try run(.complete("a/x"), of: lead, at: time(1), under: rules) { _, _ in
            CallResult(.failed(CallFailure(.error, "no")))
        }.lead
        #expect(lead.journey?.heldTrack == 2)
        #expect(lead.journey?.opened == [0: time(0), 1: time(0)])
        lead = try run(.retry, of: lead, at: time(2), under: rules) { _, _ in
            CallResult(.answer(["keep": ["y"]]))
        }.lead
        #expect(lead.journey?.opened == [0: time(0), 1: time(0), 2: time(2)])
        // It stays so when the track has closed.
        lead = try run(.complete("b/y"), of: lead, at: time(3), under: rules).lead
        #expect(lead.journey?.opened == [0: time(0), 1: time(0), 2: time(2), 3: time(3)])
    }

    @Test("the numbers of states are their places among all of them")
    func numbers() {
        for (place, state) in Journey.TrackState.allCases.enumerated() { #expect(Int(state.number) == place) }
        for (place, state) in Journey.StepState.allCases.enumerated() { #expect(Int(state.number) == place) }
    }
}
