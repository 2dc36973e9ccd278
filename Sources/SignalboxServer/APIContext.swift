import Foundation
import Hummingbird
import NIOCore

/// What is known of one request beside the request itself.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The caller's address, without its port; `local` for the socket beside the store.
    let address: String
    /// Nil until the caller is known, and for what anybody may ask.
    var principal: Principal?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        address = source.channel.remoteAddress?.ipAddress ?? "local"
    }

    /// The caller of a route that is not open to everybody.
    var caller: Principal {
        get throws(Problem) {
            guard let principal else {
                throw Problem(.unauthorized, "this route needs a token: `Authorization: Bearer ...`")
            }
            return principal
        }
    }

    /// A segment of the path, percent-decoded.
    func segment(_ name: String) throws(Problem) -> String {
        let raw = parameters.get(name) ?? ""
        guard let text = raw.removingPercentEncoding else {
            throw Problem(.badRequest, "a segment of the path is not percent-encoded UTF-8")
        }
        return text
    }
}
