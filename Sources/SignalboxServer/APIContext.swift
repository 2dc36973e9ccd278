import Foundation
import Hummingbird
import NIOCore

/// What is known of one request beside the request itself.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Nil until the caller is known, and for what anybody may ask.
    var principal: Principal?
    /// What the caller is not shown; nil where it is shown everything.
    var mask: Mask?

    /// The address that it came from: of a proxy where one is in front of the service, `socket` for the command line.
    let address: String

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        address =
            if case .unixDomainSocket? = source.channel.localAddress {
                "socket"
            } else {
                source.channel.remoteAddress?.ipAddress ?? "unknown"
            }
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
        if !raw.utf8.contains(UInt8(ascii: "%")) { return raw }
        guard let text = raw.removingPercentEncoding else {
            throw Problem(.badRequest, "a segment of the path is not percent-encoded UTF-8")
        }
        return text
    }
}
