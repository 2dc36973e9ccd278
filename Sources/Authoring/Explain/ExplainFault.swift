package import Store
import Values

/// Why there is nothing to explain.
package enum ExplainFault: Error {
    case neverOnMap
    /// The lead's last journey has this number.
    case noJourney(last: Int)
    /// What happened on the journey was removed (R61).
    case notKept(Int)
    /// The trigger is on no visit; with names that are near.
    case noTrigger(String, hint: String)
    case store(StoreError)

    package var message: String {
        switch self {
        case .neverOnMap: "the lead was never on a map"
        case .noJourney(let last): "the lead has \(counted(last, "journey")): number 1 to \(last)"
        case .notKept(let number): "what happened on journey \(number) is not kept any more"
        case .noTrigger(let name, let hint):
            "the map has no trigger \(name.quotedForMessage), and no plugin subscribes to it by that name\(hint)"
        case .store(let error): "\(error.message); \(error.advice)"
        }
    }
}
