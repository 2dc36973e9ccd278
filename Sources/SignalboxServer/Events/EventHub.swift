import Journeys
import Logging
import Signalbox
import Store
import Values

/// Tells listeners of lines when they are committed. Each moment is read from the store once, whatever number of them
/// there is, and none while nobody listens.
actor EventHub {
    private let engine: Engine
    private let store: any Store
    private let logger: Logger
    private var listeners: [ObjectIdentifier: Listener] = [:]
    /// Those that want one lead, by it; the rest want any.
    private var ofLead: [LeadID: Set<ObjectIdentifier>] = [:]
    private var ofAny: Set<ObjectIdentifier> = []
    /// Everything up to this moment was told.
    private var told = 0
    private var telling: Task<Void, Never>?
    private var isOver = false

    private static let readTogether = 500

    init(_ engine: Engine, _ store: any Store, logger: Logger) {
        self.engine = engine
        self.store = store
        self.logger = logger
    }

    /// Lets it hear every line behind the moment that is answered.
    func add(_ listener: Listener) async throws -> Int {
        if telling == nil {
            // Before the store is asked how far it is, so that nothing falls in between.
            let news = engine.moments(bufferLimit: 1)
            let store = store
            let last = try await blocking { try store.lastPosition() }
            // Another one may have come meanwhile.
            if telling == nil {
                told = last
                telling = Task { await tell(of: news) }
            }
        }
        let id = ObjectIdentifier(listener)
        listeners[id] = listener
        if let lead = listener.filter.lead { ofLead[lead, default: []].insert(id) } else { ofAny.insert(id) }
        if isOver { listener.end() }
        return told
    }

    func remove(_ listener: Listener) {
        let id = ObjectIdentifier(listener)
        guard listeners.removeValue(forKey: id) != nil else { return }
        ofAny.remove(id)
        if let lead = listener.filter.lead {
            ofLead[lead]?.remove(id)
            if ofLead[lead]?.isEmpty == true { ofLead[lead] = nil }
        }
        guard listeners.isEmpty else { return }
        telling?.cancel()
        telling = nil
    }

    /// Tells what is committed by now, and ends all listeners, those too that come later.
    func end() async {
        isOver = true
        // Lines are told in one place at a time, so that none is told twice.
        telling?.cancel()
        await telling?.value
        await tellAll()
        for listener in listeners.values { listener.end() }
    }

    private func tell(of news: AsyncStream<Answer.Accepted>) async {
        for await _ in news {
            await tellAll()
            if Task.isCancelled { return }
        }
    }

    /// Tells what is committed and was not told.
    private func tellAll() async {
        do {
            while !Task.isCancelled, !listeners.isEmpty, try await tellNext() {}
        } catch {
            logger.warning("what was committed cannot be read, so listeners are not told of it now: \(error)")
        }
    }

    /// Answers whether there may be more.
    private func tellNext() async throws -> Bool {
        let store = store
        let after = told
        let moments = try await blocking {
            try store.committed(after: after, limit: Self.readTogether).map { ($0, ToldLine.lines(of: $0)) }
        }
        if Task.isCancelled { return false }
        for (moment, lines) in moments {
            told = moment.position
            let interested = ofAny.union(ofLead[moment.lead] ?? [])
            for id in interested {
                guard let listener = listeners[id] else { continue }
                for line in lines where listener.filter.wants(line) {
                    if listener.hear(line) { continue }
                    remove(listener)
                    break
                }
            }
        }
        return moments.count == Self.readTogether
    }
}
