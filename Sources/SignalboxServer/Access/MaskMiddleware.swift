import HTTPTypes
import Hummingbird
import NIOCore
import Store
import Values

/// Masks whatever is answered to a viewer. An answer that it does not understand fails: nothing goes around it.
struct MaskMiddleware: RouterMiddleware {
    /// Nil where nothing is masked.
    let mask: Mask?

    func handle(
        _ request: Request, context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard let mask, case .viewer = try context.caller.role else {
            return try await next(request, context)
        }
        var context = context
        context.mask = mask
        return try await mask.applied(to: next(request, context))
    }
}

extension Mask {
    /// Why an answer cannot be masked; the caller is told nothing of it.
    private struct UnknownForm: Error {
        let type: String?
    }

    fileprivate func applied(to response: Response) async throws -> Response {
        var response = response
        let body = response.body
        switch response.headers[.contentType] {
        case "application/json":
            let collected = CollectedBody()
            try await body.write(collected)
            response.body = ResponseBody(
                byteBuffer: NIOCore.ByteBuffer(bytes: try applied(toJSON: collected.bytes)))
        case "text/event-stream":
            response.body = ResponseBody { writer in
                try await body.write(MaskedEvents(mask: self, next: writer))
            }
        case let type: throw UnknownForm(type: type)
        }
        return response
    }

    /// JSON, masked.
    fileprivate func applied(toJSON json: [UInt8]) throws -> [UInt8] {
        // What is stored may be as deep as JSON is read; the answer is around it.
        let value = try JSONReader.read(stored: json, depthLimit: 2 * JSONReader.depthLimit)
        return Array(self(value).json.utf8)
    }
}

/// Takes all of a body.
private final class CollectedBody: ResponseBodyWriter {
    private(set) var bytes: [UInt8] = []

    func write(_ buffer: NIOCore.ByteBuffer) { bytes += buffer.readableBytesView }
    func finish(_ trailingHeaders: HTTPFields?) {}
}

/// Masks the data of server-sent events on their way, each line when it is whole.
private struct MaskedEvents: ResponseBodyWriter {
    let mask: Mask
    var next: any ResponseBodyWriter
    /// Of a line that is not whole yet.
    private var rest: [UInt8] = []

    private static let data = Array("data: ".utf8)

    init(mask: Mask, next: any ResponseBodyWriter) {
        self.mask = mask
        self.next = next
    }

    mutating func write(_ buffer: NIOCore.ByteBuffer) async throws {
        rest += buffer.readableBytesView
        var lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        rest = Array(lines.removeLast())
        if lines.isEmpty { return }
        var masked: [UInt8] = []
        for line in lines {
            if line.starts(with: Self.data) {
                masked += Self.data
                masked += try mask.applied(toJSON: Array(line.dropFirst(Self.data.count)))
            } else {
                masked += line
            }
            masked.append(UInt8(ascii: "\n"))
        }
        try await next.write(NIOCore.ByteBuffer(bytes: masked))
    }

    /// What is left is not a line, so it is not told.
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await next.finish(trailingHeaders)
    }
}
