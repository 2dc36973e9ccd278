import HTTPTypes
import Hummingbird
import NIOCore
import Values

/// An error as a caller sees it (RFC 9457).
struct Problem: Error, Sendable {
    let reason: ProblemReason
    /// What is wrong with this very request.
    let detail: String
    /// Further members.
    var members: Table
    /// After how many seconds the request may be made again.
    var retryAfterSeconds: Int?
    /// The methods that the path has, where the request's is not one of them.
    var allowed: [HTTPRequest.Method]

    init(
        _ reason: ProblemReason, _ detail: String, members: Table = Table(), retryAfterSeconds: Int? = nil,
        allowed: [HTTPRequest.Method] = []
    ) {
        self.reason = reason
        self.detail = detail
        self.members = members
        self.retryAfterSeconds = retryAfterSeconds
        self.allowed = allowed
    }

    var response: Response {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", "/problems/\(reason.text)")
        writer.field("title", reason.title)
        writer.field("status", reason.status.code)
        writer.field("detail", detail)
        writer.field("reason", reason.text)
        for member in members { writer.field(member.key, member.value) }
        writer.endObject()
        var response = Response(json: writer.bytes, status: reason.status)
        response.headers[.contentType] = "application/problem+json"
        if let retryAfterSeconds { response.headers[.retryAfter] = String(retryAfterSeconds) }
        if !allowed.isEmpty { response.headers[.allow] = allowed.map(\.rawValue).joined(separator: ", ") }
        if case .unauthorized = reason { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }
}

extension Response {
    init(json: [UInt8], status: HTTPResponse.Status = .ok) {
        self.init(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: NIOCore.ByteBuffer(bytes: json)))
    }
}
