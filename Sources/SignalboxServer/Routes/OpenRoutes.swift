import HTTPTypes
import Hummingbird
import NIOCore
import Values

/// What anybody may ask: whether the service lives, whether it takes commands, and what a problem means.
struct OpenRoutes {
    let readiness: Readiness

    func add(to router: Router<APIContext>) {
        router.get("livez") { _, _ in Self.plain("ok") }
        router.get("readyz") { _, _ in
            if let why = readiness.whyNot {
                throw Problem(.stopping, why, retryAfterSeconds: 1)
            }
            return Self.plain("ok")
        }
        router.get("problems/:reason") { _, context in
            let text = try context.segment("reason")
            guard let reason = ProblemReason.all.first(where: { sameBytes($0.text, text) }) else {
                throw Problem(.notFound, "there is no problem \(text.quotedForMessage)")
            }
            return Self.plain(
                "\(reason.text) (HTTP \(reason.status.code))\n\n\(reason.title).\n\(reason.advice)")
        }
    }

    private static func plain(_ text: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: NIOCore.ByteBuffer(string: text + "\n")))
    }
}
