import Journeys
import Logging
import Signalbox
import Store
import TestKit
import Testing
import Values
import Workspace

/// What the host's functions make of the large tables of an event, which are made late.
@Suite("Late tables of events")
struct LateArgumentTests {
    /// Nine fields, more than are handed over at once, that are a mail's too.
    private static let fields: Table = [
        "to": "kim@example.com", "cc": "lee@example.com", "bcc": ["a@example.com"],
        "reply_to": "b@example.com",
        "subject": "Hello", "text": "Dear Kim", "html": "<p>Dear Kim</p>", "values": ["a": "b"],
        "headers": ["X-Name": "Kim"],
    ]

    private static let map = """
        map: m
        tracks:
          - track: a
            steps:
              - { step: s1, triggers: { close: [ { run: p.act } ] } }
              - { step: s2 }
        """

    /// The lines of the moment in which the body ran, with `fields` and `steps` as they are or as a copy of them.
    private func journal(of body: String, copied: Bool) throws -> [String] {
        let tree = MemoryTree([
            "maps/m.yaml": Self.map,
            "signalbox.yaml": """
            deliver: { webhooks: { crm: { url: "https://crm.example.com/hook", secret: { env: CRM } } } }
            """,
            "plugins/p.lua": """
            local function copy(t)
              local twin = {}
              for key, value in pairs(t) do twin[key] = value end
              return twin
            end
            local function as_is(t) return t end
            return { name = "p", api = 1, needs = { "email", "webhook" }, actions = { act = { run = function(event)
              local given = \(copied ? "copy" : "as_is")
              local fields, steps = given(event.lead.fields), given(event.journey.steps)
              \(body)
            end } } }
            """,
        ])
        let generation = try Generation(reading: tree)
        #expect(generation.pluginMistakes.isEmpty && generation.fileMistakes.isEmpty)
        let engine = try SerialEngine(
            store: MemoryStore(), generation: generation,
            logger: Logger(label: "none") { _ in SwiftLogNoOpLogHandler() },
            clock: { Timestamp("2026-12-01T09:00:00Z")! })
        let lead = LeadID("L")!
        var journal: [String] = []
        for order in [
            Order.assign(MapID("m"), LeadChanges(fields: Self.fields)), .complete("a/s1"),
        ] {
            guard case .accepted(let moment) = try engine.handle([Command(lead: lead, order: order)])[0]
            else { throw BrokenExpectation("\(order) was not accepted") }
            journal = moment.journal
        }
        return journal
    }

    private static let takenBodies = [
        "host.lead.set(fields)", "host.lead.set(steps)", "host.lead.set { copy = fields, steps = { steps } }",
        "host.email.send(fields)", "host.email.send { to = 'a@example.com', subject = '', values = fields }",
        "host.email.send { to = 'a@example.com', subject = '', values = steps }",
        "host.webhook.send('crm', fields)", "host.webhook.send('crm', { steps, fields })",
        "host.bus.emit('p.done', steps)", "host.bus.emit('p.done', { a = fields })",
        "host.store.set('k', steps); host.lead.set { k = host.store.get('k') }",
        "host.lead.store.set('k', fields); host.lead.set { k = host.lead.store.get('k')['subject'] }",
        "host.store.set('k', steps); steps['a/s1'] = 'x'; host.lead.set { k = host.store.get('k') }",
        "host.log.info('x', fields)", "host.log.warn('x', steps)",
        "host.note.add(host.text.fill('{{subject}} {{a/s1}}', fields, steps))",
        "host.note.add(host.text.fill('{{ a/s2 }} {{text}}', steps, fields))",
        "host.note.add(host.json.encode(fields))", "host.note.add(host.json.encode { steps, fields })",
        "host.email.send { to = 'a@example.com', subject = '', headers = steps }",
        "host.note.add(tostring(host.list(fields) == fields))",
    ]

    private static let refusedBodies = [
        "host.email.send(steps)", "host.email.send { to = fields, subject = '' }",
        "host.email.send { to = 'a@example.com', subject = '', headers = fields }",
        "host.lead.set { list = host.list(steps) }",
        "host.email.send { to = 'a@example.com', subject = steps }", "host.todo.add(fields)",
        "host.todo.add(steps)", "host.todo.add { title = fields }",
        "host.todo.add { title = 'x', due = steps }",
        "host.note.add(fields)", "host.lead.agent(steps)", "host.lead.status(fields)",
        "host.lead.assign(steps)",
        "host.lead.complete(fields)", "host.lead.remove(steps)", "host.lead.set('a', fields)",
        "host.store.set(fields, 1)", "host.store.get(steps)", "host.store.add('n', fields)",
        "host.lead.store.add(steps, 1)", "host.bus.emit(fields)", "host.webhook.send(fields)",
        "host.log.info('x', fields, error(steps))", "host.text.fill(fields, steps)",
        "host.text.fill('{{values}}', fields)", "host.text.fill('{{none}}', fields, steps)",
        "host.time.format(fields)", "host.time.add(1, steps)", "host.time.parse(fields)",
        "host.json.decode(steps)", "host.random(fields)", "host.secret(steps)",
    ]

    @Test("are what a copy of them is to every function that takes a table", arguments: takenBodies)
    func taken(body: String) throws {
        let journal = try journal(of: body, copied: false)
        #expect(try journal == self.journal(of: body, copied: true))
        #expect(!journal.contains { $0.contains(#""type":"incident""#) }, "\(journal)")
    }

    @Test("are refused as a copy of them is, with the same words", arguments: refusedBodies)
    func refused(body: String) throws {
        let journal = try journal(of: body, copied: false)
        #expect(try journal == self.journal(of: body, copied: true))
        #expect(journal.contains { $0.contains(#""type":"incident""#) }, "\(journal)")
    }
}
