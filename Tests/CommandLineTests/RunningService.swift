import Foundation
import TestKit
import Testing

/// A service that runs.
struct RunningService {
    let program: RunningProgram
    let port: Int
    /// Given with each request that brings none; empty for none.
    let token: String

    init(
        _ workspace: TemporaryWorkspace, _ options: String..., token: String? = nil,
        environment: [String: String] = [:]
    ) async throws {
        program = try RunningProgram(
            ["serve", "-w", workspace.folder, "--listen", "127.0.0.1:0"] + options, environment: environment)
        try #require(await program.tells("Signalbox serves http://127.0.0.1:"))
        let told = program.told
        port = try #require(Int(told.components(separatedBy: "http://127.0.0.1:")[1].prefix { $0.isNumber }))
        self.token =
            try token
            ?? String(contentsOfFile: workspace.path(Self.tokenFile), encoding: .utf8)
            .trimmingCharacters(in: CharacterSet.newlines)
    }

    static let tokenFile = "data/signalbox.db.token"

    func ask(_ method: String, _ headers: [String: String] = [:], _ body: String? = nil) throws
        -> HTTPExchange
    {
        let access = token.isEmpty ? [:] : ["Authorization": "Bearer \(token)"]
        return try HTTPExchange(method, at: port, headers: access.merging(headers) { $1 }, body: body)
    }

    func end() async throws -> Ran {
        program.signal(SIGTERM)
        return try await program.end()
    }
}
