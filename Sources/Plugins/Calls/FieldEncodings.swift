import Journeys
import LuaSandbox
import Values

/// The fields of leads that have many, encoded piece by piece and kept as long as the pieces are the same: what sets a
/// field changes one of them.
struct FieldEncodings {
    private var known: [LeadID: [Piece]] = [:]
    private var bytes = 0
    /// Of all that is kept, encoded; beyond it everything is encoded anew.
    static let limitBytes = 16 << 20

    private struct Piece {
        /// Held, so that its identity stays its own.
        let part: Table.Part
        let encoded: EncodedFields
    }

    /// Nil for a lead with few fields.
    mutating func fields(of lead: Lead) -> [EncodedFields]? {
        guard let parts = lead.fields.parts else { return nil }
        let earlier = known[lead.id] ?? []
        var pieces: [Piece] = []
        pieces.reserveCapacity(parts.count)
        // Those that stay keep their order.
        var next = 0
        for part in parts {
            if let same = earlier[next...].firstIndex(where: { $0.part.isSame(as: part) }) {
                pieces.append(earlier[same])
                next = same + 1
            } else {
                let encoded = EncodedFields { encoder in
                    for entry in part.entries { encoder.field(entry.key, entry.value) }
                }
                pieces.append(Piece(part: part, encoded: encoded))
            }
        }
        keep(pieces, insteadOf: earlier, of: lead.id)
        return pieces.map(\.encoded)
    }

    private mutating func keep(_ pieces: [Piece], insteadOf earlier: [Piece], of lead: LeadID) {
        bytes += Self.bytes(of: pieces) - Self.bytes(of: earlier)
        if bytes > Self.limitBytes {
            known.removeAll(keepingCapacity: true)
            bytes = Self.bytes(of: pieces)
        }
        known[lead] = pieces
    }

    private static func bytes(of pieces: [Piece]) -> Int {
        pieces.reduce(0) { $0 + $1.encoded.byteCount }
    }
}
