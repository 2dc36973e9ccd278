import Foundation

/// Requests that a service must refuse.
enum BadRequest: Int, CaseIterable, Sendable {
    /// Bytes that are not HTTP: what a client says first that wants TLS.
    case notHTTP
    case brokenJSON
    case deepJSON
    /// A body beyond `limits.line`.
    case largeBody
    /// A body whose length is said to be beyond anything, and that is then not sent.
    case claimedBody
    /// Headers beyond what headers may have.
    case largeHeaders
    /// A chunk whose size is not a number.
    case brokenChunk
    /// A line of a stream beyond `limits.line`.
    case largeLine
    /// A caller that goes away in the middle of its body.
    case brokenOff
    case unknownToken
    case unknownRoute
    case unknownKey

    /// How it must end.
    enum End: Sendable {
        /// An answer with one of these, or the connection is closed without one.
        case status(ClosedRange<Int>)
        /// A stream of commands that ends with an error.
        case streamError
        /// The caller does not wait for one.
        case none
    }

    /// What is beyond `limits.line` as it is by default.
    private static let largeBytes = (1 << 20) + 1024

    func bytes(for service: ServedProgram) -> [UInt8] {
        let path = "/v1/leads/refused/commands"
        let large = [UInt8](repeating: UInt8(ascii: " "), count: Self.largeBytes)
        return switch self {
        case .notHTTP:
            [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03, 0x0D, 0x0A, 0x0D, 0x0A]
        case .brokenJSON: service.request("POST", path, body: Array(#"{"do":"set","fields":{"a":"#.utf8))
        case .deepJSON:
            service.request("POST", path, body: [UInt8](repeating: UInt8(ascii: "["), count: 100_000))
        case .largeBody: service.request("POST", path, body: large)
        case .claimedBody:
            service.request("POST", path, more: "Content-Length: 1000000000000\r\n") + large.prefix(2 << 10)
        case .largeHeaders:
            service.request(
                "GET", "/v1/leads", more: "X-Long: \(String(repeating: "x", count: 40 << 10))\r\n")
        case .brokenChunk:
            service.request("POST", path, more: "Transfer-Encoding: chunked\r\n")
                + Array("not a size\r\n{}\r\n0\r\n\r\n".utf8)
        case .largeLine: service.request("POST", "/v1/commands", body: large)
        case .brokenOff: service.request("POST", path, more: "Content-Length: 1000\r\n") + large.prefix(500)
        case .unknownToken:
            Array("GET /v1/leads HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer sbx_0\r\n\r\n".utf8)
        case .unknownRoute: service.request("GET", "/v1/nothing/here")
        case .unknownKey:
            service.request("POST", path, body: Array(#"{"do":"set","fields":{},"to":"?"}"#.utf8))
        }
    }

    var end: End {
        switch self {
        case .notHTTP, .brokenJSON, .deepJSON, .largeHeaders, .brokenChunk, .unknownKey: .status(400...431)
        case .largeBody, .claimedBody: .status(413...413)
        case .unknownToken: .status(401...401)
        case .unknownRoute: .status(404...404)
        case .largeLine: .streamError
        case .brokenOff: .none
        }
    }
}
