import Authoring

/// Two small workspaces for each kind of surprise: one that has it, and one near it that does not.
struct SurpriseExample: Sendable, CustomStringConvertible {
    let kind: SurpriseKind
    /// `file:line:column` of each surprise of the kind.
    let places: [String]
    /// What one of the messages says.
    let says: String
    let files: [String: String]
    let near: [String: String]

    var description: String { kind.rawValue }

    /// A map with these lines behind its first.
    static func map(_ lines: String, id: String = "m") -> [String: String] {
        ["maps/\(id).yaml": "map: \(id)\n\(lines)\n"]
    }

    /// A plugin `p` with one action `act` of this body, in line 2.
    private static let declaredTables = """
        { any = { type = 'table' }, target = { type = 'table', keys = { field = { type = 'string' } } },\
         to = { type = 'list', items = { type = 'table', keys = { name = { type = 'string' }, field = { type = 'string' } } } } }
        """

    static func plugin(
        _ body: String, params: String = "{}", more: String = ""
    ) -> [String: String] {
        [
            "plugins/p.lua": """
            return { name = "p", api = 1, \(more)actions = { act = { params = \(params), run = function(event, params)
            \(body)
            end } } }
            """
        ]
    }

    /// Actions that do what their parameters say.
    static let acts = [
        "plugins/a.lua": """
        return { name = "a", api = 1, actions = {
          set = { params = { fields = { type = "table" } }, run = function(_, p) host.lead.set(p.fields) end },
          copy = { params = { from = { type = "string" }, to = { type = "string" } }, run = function(event, p)
            host.lead.set { [p.to] = event.lead.fields[p.from] or host.null } end },
          say = { params = { text = { type = "string" } }, run = function(event, p)
            host.note.add(host.text.fill(p.text, event.lead.fields, event.lead)) end },
          move = { params = { map = { type = "string" } }, run = function(_, p) host.lead.assign(p.map) end },
          complete = { params = { step = { type = "string" } }, run = function(_, p) host.lead.complete(p.step) end },
          lose = { run = function() host.lead.status("lost") end },
          nothing = { run = function() end },
        }, deciders = { keep = { decide = function(event) return { keep = event.steps } end } } }
        """
    ]

    static let tracks = "tracks: [ { track: t, steps: [ { step: s }, { step: u } ] } ]"
}

extension [String: String] {
    static func + (left: [String: String], right: [String: String]) -> [String: String] {
        left.merging(right) { _, new in new }
    }
}

// MARK: Maps

extension SurpriseExample {
    static let ofMaps: [SurpriseExample] = [
        SurpriseExample(
            kind: .optionalStepClose, places: ["maps/m.yaml:2:71"], says: "t/s is optional",
            files: acts
                + map(
                    "tracks: [ { track: t, steps: [ { step: s, optional: true, triggers: { close: [ { run: a.nothing } ] } } ] } ]"
                ),
            near: acts
                + map(
                    "tracks: [ { track: t, steps: [ { step: s, optional: true, triggers: { close: [ { run: a.nothing } ], skip: [ { run: a.nothing } ] } } ] } ]"
                )),
        SurpriseExample(
            kind: .removableStep, places: ["maps/m.yaml:2:93"], says: "a.keep may remove t/s",
            files: acts
                + map(
                    "tracks: [ { track: t, kind: flex, flex: { decide: a.keep }, steps: [ { step: s, triggers: { close: [ { run: a.nothing } ] } } ] } ]"
                ),
            near: acts
                + map(
                    "tracks: [ { track: t, kind: flex, steps: [ { step: s, triggers: { close: [ { run: a.nothing } ] } } ] } ]"
                )),
        SurpriseExample(
            kind: .videoOpen, places: ["maps/m.yaml:2:48"], says: "before anybody watched it",
            files: acts
                + map(
                    "tracks: [ { track: v, kind: video, triggers: { open: [ { run: a.nothing } ] }, steps: [ { step: s } ] } ]"
                ),
            near: acts
                + map(
                    "tracks: [ { track: v, kind: video, triggers: { open: [ { run: a.nothing } ], close: [ { run: a.nothing } ] }, steps: [ { step: s } ] } ]"
                )),
        SurpriseExample(
            kind: .fieldSetTwice, places: ["maps/m.yaml:4:79"],
            says: "m/t/open/1 and m/open/1 set \"stage\" in one instant: the value of m/t/open/1 wins",
            files: acts
                + map(
                    """
                    triggers: { open: [ { run: a.set, with: { fields: { stage: new } } } ] }
                    tracks:
                      - { track: t, triggers: { open: [ { run: a.set, with: { fields: { score: 1, stage: called } } } ] }, steps: [ { step: s } ] }
                    """),
            near: acts
                + map(
                    """
                    triggers: { open: [ { run: a.set, with: { fields: { stage: new } } } ] }
                    tracks:
                      - { track: t, triggers: { close: [ { run: a.set, with: { fields: { stage: called } } } ] }, steps: [ { step: s } ] }
                    """)),
        SurpriseExample(
            kind: .staleRead, places: ["maps/m.yaml:3:96"],
            says: "reads \"stage\" as it was before this instant, in which m/open/1 sets it",
            files: acts
                + map(
                    """
                    triggers: { open: [ { run: a.set, with: { fields: { stage: new } } } ] }
                    tracks: [ { track: t, triggers: { open: [ { run: a.nothing, when: "lead.channel or lead.fields.stage" } ] }, steps: [ { step: s } ] } ]
                    """),
            near: acts
                + map(
                    """
                    triggers: { open: [ { run: a.set, with: { fields: { stage: new } } } ] }
                    tracks: [ { track: t, triggers: { close: [ { run: a.nothing, when: lead.fields.stage } ] }, steps: [ { step: s } ] } ]
                    """)),
        SurpriseExample(
            kind: .undone, places: ["maps/m.yaml:2:21", "maps/m.yaml:3:63"],
            says: "completes t/s as soon as it opens",
            files: acts
                + map(
                    """
                    triggers: { open: [ { run: a.lose } ] }
                    tracks: [ { track: t, steps: [ { step: s, triggers: { open: [ { run: a.complete, with: { step: t/s } } ] } }, { step: u } ] } ]
                    """),
            near: acts
                + map(
                    """
                    triggers: { open: [ { run: a.lose, when: lead.channel == "test" } ] }
                    tracks: [ { track: t, steps: [ { step: s, triggers: { open: [ { run: a.complete, with: { step: t/u } } ] } }, { step: u } ] } ]
                    """)),
        SurpriseExample(
            kind: .mapCircle, places: ["maps/a.yaml:2:50"],
            says: "a circle of maps that assign each other: a, b, a",
            files: acts
                + map("triggers: { close: [ { run: a.move, with: { map: b } } ] }\n" + tracks, id: "a")
                + map("triggers: { close: [ { run: a.move, with: { map: a } } ] }\n" + tracks, id: "b"),
            near: acts
                + map("triggers: { close: [ { run: a.move, with: { map: b } } ] }\n" + tracks, id: "a")
                + map(tracks, id: "b")),
    ]
}

// MARK: Names

extension SurpriseExample {
    static let ofNames: [SurpriseExample] = [
        SurpriseExample(
            kind: .unsetField, places: ["maps/m.yaml:3:99"], says: "did you mean \"score\"?",
            files: acts
                + map(
                    """
                    triggers: { open: [ { run: a.set, with: { fields: { score: 1 } } } ] }
                    tracks: [ { track: t, triggers: { close: [ { run: a.nothing, when: "not lead.agent or lead.fields.scoer > 5" } ] }, steps: [ { step: s } ] } ]
                    """),
            near: acts
                + map(
                    """
                    triggers: { open: [ { run: a.set, with: { fields: { phone1: 1 } } } ] }
                    tracks: [ { track: t, triggers: { close: [ { run: a.nothing, when: lead.fields.phone2 or lead.fields.name } ] }, steps: [ { step: s } ] } ]
                    """)),
        SurpriseExample(
            kind: .nowhere,
            places: ["maps/m.yaml:2:50", "plugins/q.lua:2:31", "plugins/q.lua:3:32"],
            says: "did you mean \"other\"?",
            files: acts + map("triggers: { close: [ { run: a.move, with: { map: othr } } ] }\n" + tracks)
                + map(tracks, id: "other")
                + [
                    "plugins/q.lua": """
                    return { name = "q", api = 1, on = {
                      { event = "map.open", map = "nowhere", run = function() end },
                      { event = "step.close", at = "t/x", run = function() end } } }
                    """
                ],
            near: acts + map("triggers: { close: [ { run: a.move, with: { map: other } } ] }\n" + tracks)
                + map(tracks, id: "other")
                + [
                    "plugins/q.lua": """
                    return { name = "q", api = 1, on = {
                      { event = "map.open", map = "other", run = function() end },
                      { event = "step.close", at = "t/*", run = function() end } } }
                    """
                ]),
        SurpriseExample(
            kind: .silentEvent, places: ["plugins/q.lua:2:13", "plugins/q.lua:3:13"],
            says: "did you mean \"p.done\"?",
            files: plugin("host.bus.emit('p.done')", more: "emits = { 'p.done' }, ") + map(tracks)
                + [
                    "plugins/q.lua": """
                    return { name = "q", api = 1, on = {
                      { event = "p.doen", run = function() end },
                      { event = "gone.done", run = function() end } } }
                    """
                ],
            near: plugin("host.bus.emit('p.' .. params.x)", params: "{ x = { type = 'string' } }")
                + map(tracks)
                + [
                    "plugins/q.lua":
                        "return { name = 'q', api = 1, on = { { event = 'p.any', run = function() end } } }"
                ]),
        SurpriseExample(
            kind: .undeclaredEvent, places: ["plugins/p.lua:2:15"], says: "\"p.doen\" is not in `emits`",
            files: plugin("host.bus.emit('p.doen')", more: "emits = { 'p.done' }, "),
            near: plugin("host.bus.emit('p.done')", more: "emits = { 'p.done' }, ")),
        SurpriseExample(
            kind: .absentKey, places: ["maps/m.yaml:2:47", "plugins/p.lua:2:21"],
            says: "map.open does not have it",
            files: plugin("host.note.add(event.outcome)")
                + map("triggers: { open: [ { run: p.act, when: event.step == 'x' } ] }\n" + tracks),
            near: plugin("host.note.add(event.outcome)")
                + map("triggers: { close: [ { run: p.act, when: event.outcome == 'won' } ] }\n" + tracks)),
    ]
}

// MARK: Plugins

extension SurpriseExample {
    static let ofPlugins: [SurpriseExample] = [
        SurpriseExample(
            kind: .undeclaredCapability, places: ["plugins/p.lua:2:1"], says: "the capability \"email\"",
            files: plugin("host.email.send { to = 'a@example.com', subject = 'x' }"),
            near: plugin(
                "host.email.send { to = 'a@example.com', subject = 'x' }", more: "needs = { 'email' }, ")),
        SurpriseExample(
            kind: .unusedCapability, places: ["plugins/p.lua:1:41"], says: "does not use host.email",
            files: plugin("host.note.add('x')", more: "needs = { 'email' }, "),
            near: plugin(
                "local h = host; h.email.send { to = 'a@b', subject = 'x' }", more: "needs = { 'email' }, ")),
        SurpriseExample(
            kind: .unknownGlobal, places: ["plugins/p.lua:2:24", "plugins/p.lua:2:54"], says: "host.null",
            files: plugin("host.lead.set { name = null }; local x = host.random(tostrng(1)); return x"),
            near: plugin("host.lead.set { name = host.null }; local null = tostring(1); return null")),
        SurpriseExample(
            kind: .globalWrite, places: ["plugins/p.lua:2:1"], says: "lasts one call",
            files: plugin("count = (count or 0) + 1"), near: plugin("local count = 1; count = count + 1")),
        SurpriseExample(
            kind: .unknownMember, places: ["plugins/p.lua:2:6", "plugins/p.lua:2:38", "plugins/p.lua:2:53"],
            says: "did you mean \"email\"?",
            files: plugin("host.emial.send { to = 'a' }; string.trimm('x'); os.execute('ls')"),
            near: plugin("host.note.add(string.upper('x')); ('x'):trimm()")),
        SurpriseExample(
            kind: .methodCall, places: ["plugins/p.lua:2:11"], says: "write host.lead.set",
            files: plugin("host.lead:set { x = 1 }"), near: plugin("host.lead.set { x = ('x'):rep(2) }")),
        SurpriseExample(
            kind: .extraArgument, places: ["plugins/p.lua:2:20"],
            says: "host.note.add takes 1 argument, and gets 2",
            files: plugin("host.note.add('a', 'b')"), near: plugin("host.log.info('a', { b = 1 })")),
        SurpriseExample(
            kind: .unknownKey, places: ["plugins/p.lua:2:21", "plugins/p.lua:3:45"],
            says: "did you mean \"payload\"?",
            files: plugin("host.note.add(event.paylod)\nlocal lead = event.lead; host.note.add(lead.score)"),
            near: plugin(
                "local lead = event.lead; host.note.add(lead.fields.score); event = {}; return event.any")),
        SurpriseExample(
            kind: .unknownParameter, places: ["plugins/p.lua:2:22"], says: "did you mean \"text\"?",
            files: plugin("host.note.add(params.txt)", params: "{ text = { type = 'string' } }"),
            near: plugin("host.note.add(params.text)", params: "{ text = { type = 'string' } }")),
        SurpriseExample(
            kind: .unknownParameter, places: ["plugins/p.lua:2:29", "plugins/p.lua:3:63"],
            says: "params.to[…] does not have a key \"filed\"; did you mean \"field\"?",
            files: plugin(
                "host.note.add(params.target.filed)\nfor _, to in ipairs(params.to) do host.note.add(to.name .. to.filed) end",
                params: declaredTables),
            near: plugin(
                "host.note.add(params.target.field .. params.any.filed)\nfor _, to in ipairs(params.to) do host.note.add(to.field) end for _, to in pairs(params.any) do host.note.add(to.filed) end",
                params: declaredTables)),
        SurpriseExample(
            kind: .unknownSetting, places: ["plugins/p.lua:2:29"], says: "did you mean \"sender\"?",
            files: plugin(
                "host.note.add(host.settings.sendr)", more: "settings = { sender = { type = 'string' } }, "),
            near: plugin(
                "host.note.add(host.settings.sender)", more: "settings = { sender = { type = 'string' } }, ")),
        SurpriseExample(
            kind: .lostWrite, places: ["plugins/p.lua:2:1", "plugins/p.lua:2:30"],
            says: "this call's own copy",
            files: plugin("event.lead.fields.score = 1; host.store.seen = true"),
            near: plugin("local lead = {}; lead.score = 1; host.store.set('seen', true)")),
        SurpriseExample(
            kind: .silenceWithoutReason, places: ["plugins/p.lua:2:11"], says: "without a reason",
            files: plugin("count = 1 -- signalbox: allow global-write"),
            near: plugin("count = 1 -- signalbox: allow global-write, because it is for this call alone")),
        SurpriseExample(
            kind: .unknownSilence, places: ["plugins/p.lua:2:11"], says: "did you mean \"global-write\"?",
            files: plugin("count = 1 -- signalbox: allow global-writes, because it is for this call alone"),
            near: plugin("local text = '-- signalbox: allow nothing, because it is a text'; return text")),
        SurpriseExample(
            kind: .unusedSilence, places: ["maps/m.yaml:2:1"], says: "line 3 has no optional-step-close",
            files: map("# signalbox: allow optional-step-close, because all take part\n" + tracks),
            near: acts
                + map(
                    """
                    tracks:
                      - track: t
                        steps:
                          - step: s
                            optional: true
                            triggers:
                              # signalbox: allow optional-step-close, because all take part

                              # Only who takes part is noted.
                              close: [ { run: a.nothing } ]
                    """)),
    ]

    static let all = ofMaps + ofNames + ofPlugins
}
