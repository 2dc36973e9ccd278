import Foundation
import Journeys
import NIOCore
import SQLiteStore
import Signalbox
import Store
import Synchronization
import Values

/// A service that has a store, reached over the socket that the store's lock file names.
struct RunningService {
    /// How long a line of a stream may be.
    let lineLimitBytes: Int
    private let socket: String

    /// Nil where none runs.
    ///
    /// - Parameter store: where the store is.
    init?(of store: String, lineLimitBytes: Int) {
        guard let socket = SQLiteStore.socket(for: store), ServiceConnection.isPossible(at: socket)
        else { return nil }
        self.socket = socket
        self.lineLimitBytes = lineLimitBytes
    }

    /// A stream of commands.
    func stream(
        reading read: @escaping @Sendable (NIOCore.ByteBuffer) -> Void,
        ended: @escaping @Sendable (ServiceConnection.End) -> Void
    ) throws(StoreError) -> ServiceConnection {
        try ServiceConnection(socket, "/operator/commands", reading: read, ended: ended)
    }

    // MARK: Changes beside commands

    /// Sets incidents aside; answers how many were open.
    func dismiss(_ incidents: [Int]) throws -> Int {
        try count("incidents/dismiss", ["incidents": .list(incidents.map { .integer(Int64($0)) })])
    }

    /// Lets deliveries wait again; answers how many were dead or unknown.
    func sendAgain(_ deliveries: [DeliveryID]) throws -> Int {
        try count("deliveries/retry", ["deliveries": .list(deliveries.map { .string($0.description) })])
    }

    /// Changes what a plugin keeps for all leads: these keys get these values.
    func set(_ values: Table, of plugin: String) throws {
        _ = try count("values", ["plugin": .string(plugin), "set": .table(values)])
    }

    /// Takes values away that a plugin keeps for all leads.
    func clear(_ keys: [String], of plugin: String) throws {
        _ = try count("values", ["plugin": .string(plugin), "clear": .list(keys.map(Value.string))])
    }

    /// Makes a token, and answers its text.
    func addToken(_ name: String, _ role: AccessRole) throws -> String {
        let answer = try ask("tokens", ["name": .string(name), "role": .string(role.rawValue)])
        guard let token = answer["token"]?.string else { throw Self.end("its answer is of another version") }
        return token
    }

    func revokeToken(_ name: String) throws { _ = try ask("tokens/revoke", ["name": .string(name)]) }

    private func count(_ path: String, _ body: Table) throws -> Int {
        guard let count = try ask(path, body)["count"]?.integer else {
            throw Self.end("its answer is of another version")
        }
        return Int(count)
    }

    /// Asks once. Ends the command with what the service says is wrong.
    private func ask(_ path: String, _ body: Table) throws -> Table {
        let received = Received()
        let connection = try ServiceConnection(socket, "/operator/\(path)") { bytes in
            received.add(bytes)
        } ended: {
            received.end($0)
        }
        connection.send(Array(Value.table(body).json.utf8))
        connection.finish()
        let (bytes, end) = received.wait()
        switch end {
        case .broken: throw Self.end("it ended before it answered; what was asked may be done")
        case .whole(let status):
            guard let table = (try? JSONReader.read(bytes))?.table else {
                throw Self.end("its answer is of another version")
            }
            if status == 200 { return table }
            throw Self.end(table["detail"]?.string ?? "it answered \(status)")
        }
    }

    private static func end(_ why: String) -> any Error {
        printToStandardError("The service that has the store: \(why.printable)")
        return ExitStatus.foundWrong
    }
}

/// What a service answers to one request.
private final class Received: Sendable {
    private let state = Mutex<(bytes: [UInt8], end: ServiceConnection.End?)>(([], nil))
    private let isOver = DispatchSemaphore(value: 0)

    func add(_ buffer: NIOCore.ByteBuffer) { state.withLock { $0.bytes += buffer.readableBytesView } }

    func end(_ end: ServiceConnection.End) {
        state.withLock { $0.end = end }
        isOver.signal()
    }

    func wait() -> (bytes: [UInt8], end: ServiceConnection.End) {
        isOver.wait()
        return state.withLock { ($0.bytes, $0.end ?? .broken) }
    }
}
