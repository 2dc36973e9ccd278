import Values

/// A command or a custom event that waits for its turn (R29).
struct AgendaItem: Sendable {
    let what: What
    let cause: Cause

    enum What: Sendable {
        case order(Order)
        case event(String, Value?)

        var summary: String {
            switch self {
            case .order(let order): order.summary
            case .event(let name, _): "the event \(name)"
            }
        }
    }
}
