import Hummingbird
import Journeys
import NIOCore
import Plugins
import Signalbox
import Store
import Values

/// What the command line changes beside giving commands.
struct OperatorRoutes {
    let parts: APIParts

    private static let bodyLimitBytes = 64 << 20

    func add(to group: RouterGroup<APIContext>) {
        group.post("incidents/dismiss") { request, context in try await dismiss(request, context) }
        group.post("deliveries/retry") { request, context in try await sendAgain(request, context) }
        group.post("values") { request, context in try await changeValues(request, context) }
        group.post("tokens") { request, context in try await addToken(request, context) }
        group.post("tokens/revoke") { request, context in try await revokeToken(request, context) }
    }

    private func dismiss(_ request: Request, _ context: APIContext) async throws -> Response {
        let numbers = try await list("incidents", of: request) { $0.integer.map { Int($0) } }
        let count = try await AuditTrail(context, parts).following(
            "dismiss \(counted(numbers.count, "incident"))", of: nil
        ) {
            let count = try await blocking { [store = parts.store] in try store.dismiss(numbers) }
            return (count, "dismissed \(count)")
        }
        return Response(json: Array(Value.table(["count": .integer(Int64(count))]).json.utf8))
    }

    private func sendAgain(_ request: Request, _ context: APIContext) async throws -> Response {
        let ids = try await list("deliveries", of: request) { $0.string.flatMap { DeliveryID($0) } }
        let now = parts.clock()
        let count = try await AuditTrail(context, parts).following(
            "send \(ids.count == 1 ? "\(ids[0])" : "\(ids.count) deliveries") again",
            of: ids.count == 1 ? ids[0].lead : nil
        ) {
            let count = try await blocking { [store = parts.store] in try store.sendAgain(ids, at: now) }
            return (count, "\(DeliveryState.waiting.rawValue) \(count)")
        }
        parts.deliveriesChanged()
        return Response(json: Array(Value.table(["count": .integer(Int64(count))]).json.utf8))
    }

    /// Changes what a plugin keeps for all leads: the keys of `set` get these values, those of `clear` are taken away.
    private func changeValues(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await body(request)
        guard let plugin = body["plugin"]?.string, PluginName.isName(plugin),
            !PluginName.taken.contains(plugin)
        else { throw Problem(.badRequest, "expected the name of a plugin") }
        var changes: [(key: String, value: Value?)] = []
        for entry in body["set"]?.table ?? Table() { changes.append((entry.key, entry.value)) }
        for key in body["clear"]?.list ?? [] { changes.append((key.string ?? "", nil)) }
        for change in changes where !StoredChange.isKey(change.key) || change.value?.isNull == true {
            throw Problem(.badRequest, "\(change.key.quotedForMessage): expected a key, and a value for it")
        }
        let what = changes.count == 1 ? changes[0].key : counted(changes.count, "value")
        let verb = body["clear"] == nil ? "set" : "clear"
        try await AuditTrail(context, parts).following("store \(verb) \(plugin) \(what)".shortened, of: nil) {
            [changes] in
            do throws(StoreError) {
                try await parts.engine.put(changes, of: plugin)
            } catch {
                guard case .invalidValue = error.code else { throw error }
                throw Problem(.badRequest, "\(error)")
            }
            return ((), "changed \(changes.count)")
        }
        return Response(json: Array(Value.table(["count": .integer(Int64(changes.count))]).json.utf8))
    }

    private func addToken(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await body(request)
        guard let name = body["name"]?.string, AccessToken.isName(name),
            let role = body["role"]?.string.flatMap(AccessRole.init(rawValue:))
        else { throw Problem(.badRequest, "expected the name and the role of a token") }
        let now = parts.clock()
        let text = try await AuditTrail(context, parts).following(
            "token add \(name) \(role.rawValue)", of: nil
        ) {
            let text = try await blocking { [tokens = parts.tokens] in
                try Self.telling { () throws(StoreError) in try tokens.add(name, role, at: now) }
            }
            return (text, "added")
        }
        return Response(json: Array(Value.table(["token": .string(text)]).json.utf8))
    }

    private func revokeToken(_ request: Request, _ context: APIContext) async throws -> Response {
        guard let name = try await body(request)["name"]?.string else {
            throw Problem(.badRequest, "expected the name of a token")
        }
        let now = parts.clock()
        try await AuditTrail(context, parts).following("token revoke \(name)".shortened, of: nil) {
            try await blocking { [tokens = parts.tokens] in
                try Self.telling { () throws(StoreError) in try tokens.revoke(name, at: now) }
            }
            return ((), "revoked")
        }
        return Response(json: Array("{}".utf8))
    }

    /// Tells the caller what is wrong with a token's name; whatever else the store throws is for the log.
    private static func telling<Result>(_ body: () throws(StoreError) -> Result) throws -> Result {
        do throws(StoreError) {
            return try body()
        } catch {
            guard [.tokenTaken, .noSuchToken].contains(error.code) else { throw error }
            throw Problem(.badRequest, "\(error)")
        }
    }

    private func list<Element>(
        _ name: String, of request: Request, reading read: (Value) -> Element?
    ) async throws -> [Element] {
        let items = try await body(request)[name]?.list
        let elements = items?.compactMap(read)
        guard let elements, elements.count == items?.count else {
            throw Problem(.badRequest, "expected a list of \(name)")
        }
        return elements
    }

    private func body(_ request: Request) async throws -> Table {
        var request = request
        let body = try await request.collectBody(upTo: Self.bodyLimitBytes)
        guard let table = (try? JSONReader.read(Array(body.readableBytesView)))?.table else {
            throw Problem(.badRequest, "the body is not a JSON object")
        }
        return table
    }
}
