import Foundation
import HTTPTypes
import Journeys
import Logging
import PrometheusMetrics
import Signalbox
import Store
import TestKit
import Testing
import Values
import Workspace

@testable import SignalboxServer

/// `docs/openapi.yaml`, and the same as it is served.
@Suite("The description of the API")
struct DescriptionTests {
    private let page: Table

    init() async throws {
        let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized
        let text = try Data(contentsOf: root.appendingPathComponent("docs/openapi.yaml"))
        page = try await PythonProgram.answer(of: "read_yaml.py", to: Array(text))
    }

    @Test("it is served to whoever may read, as the page has it; scripts/openapi makes it anew")
    func served() async throws {
        let workspace = try TemporaryWorkspace()
        let added = try await workspace.run("token", "add", "v", "--role", "viewer")
        let service = try await RunningService(
            workspace, token: added.output.trimmingCharacters(in: .newlines))
        let answer = try service.ask("GET /openapi.json")
        #expect(answer.status == 200 && answer.headers["content-type"] == "application/json")
        #expect(try JSONReader.read(answer.body) == .table(page))
        #expect(try service.ask("GET /openapi.json?pretty=true").status == 400)
        #expect(try service.ask("GET /openapi.json", ["Authorization": "Bearer none"]).status == 401)
        _ = try await service.end()
    }

    @Test("every route is in it, and it has no other")
    func routes() throws {
        let offered = try Self.offeredRoutes()
        let described = operations.map(\.0)
        #expect(described.count > 10)
        #expect(offered.sorted() == described.sorted())
    }

    /// Every route of a service, as `GET /v1/leads/{lead}`.
    static func offeredRoutes() throws -> [String] {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let store = MemoryStore()
        let now = Timestamp("2026-11-22T09:00:00Z")!
        let engine = try Engine(
            store: store, generation: Generation(reading: MemoryTree([:])), lanes: 1, logger: logger,
            clock: { now })
        defer { engine.stop() }
        let parts = APIParts(
            engine, store, tokens: try TokenDirectory(of: store), own: OwnMoments(), logger: logger,
            clock: { now }, deliveriesChanged: {})
        let server = Server(
            parts, host: "127.0.0.1", port: 0, certificate: nil,
            metrics: ServiceMetrics(PrometheusRecorder(ServiceMetrics.descriptions)), logger: logger,
            whenListening: { _ in })
        return server.routes
    }

    @Test("the role that it names for an operation is the least that may")
    func roles() async throws {
        let workspace = try TemporaryWorkspace()
        var tokens: [(role: String?, text: String)] = [(nil, "none")]
        for role in ["viewer", "agent", "admin"] {
            let added = try await workspace.run("token", "add", role, "--role", role)
            tokens.append((role, added.output.trimmingCharacters(in: .newlines)))
        }
        let service = try await RunningService(workspace, token: "")
        for (operation, members) in operations {
            // Its answer has no end for those that may.
            let isEndless = operation == "GET /v1/events"
            let needed = try role(of: members)
            let least = try #require(tokens.firstIndex { $0.role == needed })
            for (index, token) in tokens.enumerated() where !isEndless || index < least {
                let request = operation.replacing(#/{[a-z]+}/#, with: "x")
                let answer = try service.ask(request, ["Authorization": "Bearer \(token.text)"])
                let isRefused = answer.status == 401 || answer.status == 403
                #expect(
                    isRefused == (index < least),
                    "\(operation) as \(token.role ?? "nobody"): \(answer.status)")
            }
        }
        _ = try await service.end()
    }

    @Test("without a token there is an answer where it says that anybody may ask, and nowhere else")
    func withoutToken() async throws {
        let service = try await RunningService(TemporaryWorkspace(), token: "")
        var open: [String] = []
        for (operation, members) in operations {
            let isOpen = try role(of: members) == nil
            if isOpen { open.append(operation) }
            let answer = try service.ask(operation.replacing(#/{[a-z]+}/#, with: isOpen ? "busy" : "x"))
            #expect(answer.status == (isOpen ? 200 : 401), "\(operation): \(answer)")
            #expect(isOpen || answer.body.contains("there is no token"), "\(operation): \(answer)")
        }
        #expect(open.sorted() == ["GET /livez", "GET /problems/{reason}", "GET /readyz"])
        _ = try await service.end()
    }

    /// Nil for one that anybody may ask.
    private func role(of operation: Table) throws -> String? {
        let security = try #require(operation["security"]?.list)
        return try security.first.map { try #require($0.table?["token"]?.list?.first?.string) }
    }

    /// By their methods and paths.
    private var operations: [(String, Table)] {
        (page["paths"]?.table ?? Table()).flatMap { path in
            (path.value.table ?? Table()).map {
                ("\($0.key.uppercased()) \(path.key)", $0.value.table ?? Table())
            }
        }
    }

    @Test("its lists of reasons are those that there are")
    func reasons() {
        #expect(words("ProblemReason") == Set(ProblemReason.all.map(\.text)))
        #expect(
            words("IncidentReason")
                == Set(
                    CallFailure.Reason.allCases.map(\.rawValue) + Refusal.Reason.allCases.map(\.rawValue)
                        + Undelivered.State.allCases.map(\.incidentReason)))
    }

    @Test("the reasons of a problem are those of its status")
    func statuses() throws {
        var found: [String: Set<String>] = [:]
        func look(at value: Value) {
            for item in value.list ?? [] { look(at: item) }
            for member in value.table ?? Table() { look(at: member.value) }
            guard let members = value.table?["properties"]?.table,
                let status = members["status"]?.table?["const"], let reason = members["reason"]?.table
            else { return }
            let reasons = reason["enum"]?.list ?? [reason["const"]].compactMap { $0 }
            found[status.json, default: []].formUnion(reasons.compactMap(\.string))
        }
        look(at: .table(page))
        let known = Dictionary(grouping: ProblemReason.all) { String($0.status.code) }
        #expect(found == known.mapValues { Set($0.map(\.text)) })
    }

    @Test("its lists of states are those that there are")
    func states() {
        #expect(words("LeadStatus") == Set(LeadStatus.allCases.map(\.rawValue)))
        #expect(words("JourneyOutcome") == Set(JourneyOutcome.allCases.map(\.rawValue)))
        #expect(words("DeliveryKind") == Set(Outgoing.Kind.allCases.map(\.rawValue)))
        #expect(words("DeliveryState") == Set(DeliveryState.allCases.map(\.rawValue)))
    }

    private func words(_ schema: String) -> Set<String> {
        let schemas = page["components"]?.table?["schemas"]?.table
        return Set((schemas?[schema]?.table?["enum"]?.list ?? []).compactMap(\.string))
    }
}
