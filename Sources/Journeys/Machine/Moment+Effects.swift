import Values

extension Moment {
    mutating func apply(
        _ effect: Effect, of request: CallRequest, after cause: Cause, writes: inout FieldWrites?,
        incidents: inout [Incident]
    ) {
        switch effect {
        case .set(let changes):
            do throws(Refusal) {
                try lead.apply(changes, limits: rulebook.limits)
                writes?.note(changes.fields, by: request)
            } catch {
                incidents.append(Incident(refusal: error, source: request))
            }
        case .store(let change) where change.scope == .lead:
            do throws(Refusal) {
                try lead.apply(change, of: request.run.plugin, limits: rulebook.limits)
            } catch {
                incidents.append(Incident(refusal: error, source: request))
            }
        case .store(let change):
            output.note(.init(change: change, request: request))
        case .note(let text):
            output.notes.append(.init(text: text, by: request.author))
        case .todo(let todo):
            output.todos.append(.init(todo: todo, by: request.author))
        case .outgoing(let kind, let payload):
            send(payload, kind, of: request)
        case .status(let status): put(.order(.status(status)), of: request, after: cause)
        case .assign(let map): put(.order(.assign(map, LeadChanges())), of: request, after: cause)
        case .complete(let step): put(.order(.complete(step)), of: request, after: cause)
        case .advance: put(.order(.advance), of: request, after: cause)
        case .remove(let step): put(.order(.remove(step)), of: request, after: cause)
        case .emit(let name, let payload): put(.event(name, payload), of: request, after: cause)
        }
    }

    /// A delivery for each destination, all with the same payload (R53).
    private mutating func send(_ payload: Table, _ kind: Outgoing.Kind, of request: CallRequest) {
        let first = output.outgoing.count + 1
        let isQuiet = isOfUndelivered || request.event.name == .deliveryFailed
        for destination in kind.destinations(of: payload) {
            let id = DeliveryID(lead.id, moment: lead.lastMoment, number: output.outgoing.count + 1)
            output.outgoing.append(
                Outgoing(
                    id: id, kind: kind, to: destination, first: first, payload: payload, by: request.author,
                    isQuiet: isQuiet))
        }
    }

    /// A delivery to each endpoint that wants one of the events, in their order.
    mutating func notify(of events: [Event]) {
        if rulebook.endpoints.isEmpty { return }
        for event in events {
            let isQuiet = isOfUndelivered || event.name == .deliveryFailed
            for endpoint in rulebook.endpoints.wanting(event.name) {
                let number = output.outgoing.count + 1
                output.outgoing.append(
                    Outgoing(
                        id: DeliveryID(lead.id, moment: lead.lastMoment, number: number), kind: .webhook,
                        to: endpoint, first: number,
                        payload: ["endpoint": .string(endpoint), "payload": event.notice(of: lead.id)],
                        by: "engine", isQuiet: isQuiet))
            }
        }
    }

    mutating func setDownDeliveries(after count: Int) {
        for delivery in output.outgoing[count...] { journal.append(.delivery(delivery)) }
    }

    /// Whether the moment tells of a delivery that did not arrive: what it sends is quiet (R57).
    private var isOfUndelivered: Bool {
        if case .undelivered = command.order { true } else { false }
    }

    mutating func put(_ what: AgendaItem.What, of request: CallRequest, after cause: Cause) {
        agenda.append(
            AgendaItem(what: what, cause: Cause(request: request, effect: what.summary, after: cause)))
    }
}
