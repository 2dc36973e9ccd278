import HTTPTypes
import Hummingbird
import NIOCore
import Values

/// What a request brings.
enum Body {
    /// Reads one JSON value. Nothing at all is null.
    static func value(of request: Request, limitBytes: Int) async throws -> Value {
        var request = request
        let tooLarge = Problem(.tooLarge, "the body may have \(limitBytes) bytes at most")
        // A body that says so itself is not waited for.
        if let length = request.headers.value(of: .contentLength),
            Int(length).map({ $0 > limitBytes }) ?? true
        {
            throw tooLarge
        }
        let body: NIOCore.ByteBuffer
        do {
            body = try await request.collectBody(upTo: limitBytes)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        } catch {
            throw Problem(.badRequest, "the body broke off")
        }
        if body.readableBytes == 0 { return .null }
        do throws(JSONReader.SyntaxError) {
            return try JSONReader.read(Array(body.readableBytesView))
        } catch {
            throw Problem(.badRequest, "the body is not JSON: \(error)")
        }
    }
}

extension HTTPFields {
    /// The value of a field: of one that comes several times, all values with commas between them.
    func value(of name: HTTPField.Name) -> String? {
        let values = self[values: name]
        return values.count < 2 ? values.first : values.joined(separator: ", ")
    }
}
