/// Where something on the agenda came from: the call whose effect it is, and what that call came from.
final class Cause: Sendable {
    /// 0 for the outside command, one more for each call on the way (R32).
    let depth: Int
    let request: CallRequest?
    /// The effect, in a few words.
    private let effect: String
    private let after: Cause?

    static let outside = Cause(depth: 0, request: nil, effect: "", after: nil)

    private init(depth: Int, request: CallRequest?, effect: String, after: Cause?) {
        self.depth = depth
        self.request = request
        self.effect = effect
        self.after = after
    }

    convenience init(request: CallRequest, effect: String, after: Cause) {
        self.init(depth: after.depth + 1, request: request, effect: effect, after: after)
    }

    /// The way from the outside command to here: which event's trigger had which effect. The middle of a
    /// long way is left out.
    var chain: String {
        let shownAtEachEnd = 4
        var links: [String] = []
        var cause: Cause? = self
        while let here = cause, let request = here.request {
            links.append("\(request.event.name) ran \(request.trigger), whose effect was \(here.effect)")
            cause = here.after
        }
        links.reverse()
        if links.count > 2 * shownAtEachEnd {
            let left = links.count - 2 * shownAtEachEnd
            links.replaceSubrange(shownAtEachEnd..<(links.count - shownAtEachEnd), with: ["(\(left) more)"])
        }
        return links.joined(separator: "; ")
    }
}
