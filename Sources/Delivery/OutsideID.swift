package import Journeys
import Values

/// The name by which receivers know a delivery (R54), so that they can drop a repeat: opaque, in ASCII, and the same
/// for life. A restored store has another id than its backup, and so other names.
package struct OutsideID: Sendable, Hashable {
    /// 32 hexadecimal digits.
    package let text: String

    package init(_ delivery: DeliveryID, storeID: String) {
        text = String(SHA256.hexadecimal(of: Array("\(storeID) \(delivery)".utf8)).prefix(32))
    }
}
