import Journeys
import LuaSandbox

/// Encodes what calls see, and keeps what the next ones may see too. One for all calls of a runner, one after the other.
///
/// Owner: the runner.
final class SnapshotEncodings {
    // Nothing of one thread's own is looked at while it changes: no need to have that checked with each call.
    /// What the calls of the last instant saw, encoded once for all of them.
    @exclusivity(unchecked) private var instant: InstantEncoding?
    @exclusivity(unchecked) private var fields = FieldEncodings()
    /// By the definitions of the maps that journeys are on.
    @exclusivity(unchecked) private var journeyKeys: [ObjectIdentifier: JourneyKeys] = [:]
    private static let journeyKeysLimit = 1_000
    /// The call at work, if it is one that says that it does not look at its event.
    @exclusivity(unchecked) private var ignoring: (CallRequest, Snapshot)?

    func encoding(of snapshot: Snapshot) -> InstantEncoding {
        if let instant, instant.snapshot === snapshot { return instant }
        let encoding = InstantEncoding(snapshot, fields: fields.fields(of: snapshot.lead), keys: keys)
        instant = encoding
        return encoding
    }

    /// A function's first argument.
    func event(of request: CallRequest, seeing snapshot: Snapshot) -> AskedTable {
        let encoding = encoding(of: snapshot)
        return AskedTable(encoding.event(of: request), keyed: encoding.keyed)
    }

    /// Answers the call that `body` makes, should it look at its event all the same (``asked()``).
    func answering<Result>(_ request: CallRequest, seeing snapshot: Snapshot, _ body: () -> Result) -> Result
    {
        ignoring = (request, snapshot)
        // Nothing of the instant is held when its effects change the lead.
        defer { ignoring = nil }
        return body()
    }

    func asked() -> AskedTable {
        guard let (request, snapshot) = ignoring else {
            preconditionFailure("only a call asks for its event")
        }
        return event(of: request, seeing: snapshot)
    }

    /// Goes over to another generation, which has definitions of its own.
    func forgetKeys() { journeyKeys.removeAll() }

    private func keys(of definition: MapDefinition) -> JourneyKeys {
        let id = ObjectIdentifier(definition)
        if let known = journeyKeys[id] { return known }
        if journeyKeys.count >= Self.journeyKeysLimit { journeyKeys.removeAll(keepingCapacity: true) }
        let keys = JourneyKeys(definition)
        journeyKeys[id] = keys
        return keys
    }
}
