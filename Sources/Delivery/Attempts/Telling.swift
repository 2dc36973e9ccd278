package import Journeys
package import Store

/// How a lead is told of a delivery that did not arrive for certain (R57): the end of its attempt is settled in one with the
/// lead's moment.
package typealias Telling = @Sendable (Undelivered, DeliverySettlement) async -> Told

package enum Told: Sendable, Hashable {
    /// It is settled.
    case settled
    /// Not now; nothing is settled.
    case later(String)
    /// It cannot be told to the lead; nothing is settled.
    case never(String)
}
