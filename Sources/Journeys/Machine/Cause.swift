/// Where something on the agenda came from: the call that asked for it, and what that call came from.
final class Cause: Sendable {
    /// 0 for the outside command, one more for each call on the way (R32).
    let depth: Int
    let request: CallRequest?
    /// What the call asked for, in a few words.
    private let asked: String
    private let after: Cause?

    static let outside = Cause(depth: 0, request: nil, asked: "", after: nil)

    private init(depth: Int, request: CallRequest?, asked: String, after: Cause?) {
        self.depth = depth
        self.request = request
        self.asked = asked
        self.after = after
    }

    convenience init(request: CallRequest, asked: String, after: Cause) {
        self.init(depth: after.depth + 1, request: request, asked: asked, after: after)
    }

    /// The way from the outside command to here: which event's trigger asked for what. The middle of a
    /// long way is left out.
    var chain: String {
        let shownAtEachEnd = 4
        var links: [String] = []
        var cause: Cause? = self
        while let here = cause, let request = here.request {
            links.append("\(request.event.name) ran \(request.trigger), which asked for \(here.asked)")
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
