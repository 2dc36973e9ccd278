public import Journeys
package import Values

/// What the world does to a store: a file that is not there, a full disk, another process that writes.
public struct StoreError: Error, Sendable, Hashable {
    public let code: Code
    /// What is wrong.
    public let message: String
    /// The file that it is about, if it is about one.
    public let file: String?
    /// What to do about it.
    public let advice: String

    public init(_ code: Code, _ message: String, file: String? = nil, advice: String) {
        self.code = code
        self.message = message
        self.file = file
        self.advice = advice
    }

    /// The list is closed.
    public enum Code: Sendable, Hashable {
        /// Nothing was stored here yet, and reading makes no store.
        case noStore
        /// The place cannot be opened: a folder where a file is expected, no permission.
        case cannotOpen
        /// Writing was asked for where only reading is possible.
        case readOnly
        /// The file is something else.
        case notAStore
        /// The store is there but not whole.
        case damaged
        /// A later version of the program wrote the store.
        case newerVersion
        /// An earlier version of the program wrote the store, and reading does not change it.
        case olderVersion
        /// Another process writes to the store, or holds the database; nil when that process is not known.
        case locked(by: Int32?)
        /// The service that has the store ended, or broke off, before it answered.
        case serviceEnded
        /// No space is left, or a file may not grow further.
        case full
        /// Any other failure of reading or writing.
        case inputOutput
        /// A moment does not follow what is stored (see ``MomentStore/commit(_:)``).
        case conflict(Conflict)
        /// A lead and the map of its journey do not fit each other.
        case wrongMap
        /// What is stored of one lead does not read back; other leads are not concerned.
        case leadDamaged
        /// What a lead was after a moment is not known: that was removed, or an earlier version of the program wrote the
        /// moment.
        case recordNotKept
        /// The delivery with this row is not in a state in which what was to be noted of it can happen.
        case deliveryChanged(row: Int)
        /// Another token has the name, or has or had the hash (see ``AccessStore/addToken(_:)``).
        case tokenTaken
        /// No token that can be revoked has the name.
        case noSuchToken
        /// Something that would not read back was to be stored (see ``MomentStore/commit(_:)``).
        case invalidValue
        /// Changes of plugins' values that have no sum (see ``MomentStore/commit(_:)``).
        case invalidSums([InvalidSum])
    }

    /// A moment that cannot be committed after what is stored, whatever else is committed with it.
    public struct Conflict: Sendable, Hashable {
        /// The moment's index in the commit.
        public let moment: Int
        public let cause: Cause

        public enum Cause: Sendable, Hashable {
            /// It is not the one that follows its lead's last, whose number this is.
            case outOfOrder(last: Int)
            /// Its lead has a command with its command's id (R40).
            case commandIDTaken
            /// There is an incident with the number of one of its own.
            case incidentTaken(Int)
            /// A delivery that it settles, by its row, is not one of its lead's that are being sent.
            case deliveryChanged(row: Int)
            /// Its journey is on a map version that is neither stored nor handed over.
            case mapMissing
            /// A to-do that it marks as done, by its number, is not there or is done.
            case todoNotOpen(Int)
            /// A piece of it is larger than the store can keep (``MomentStore/pieceLimitBytes``).
            case tooLarge
            /// What is stored of its lead does not read back.
            case leadDamaged(String)
        }

        public init(moment: Int, cause: Cause) {
            self.moment = moment
            self.cause = cause
        }
    }

    /// A change that cannot be made: an `add` to something that is not a number, or whose sum is not finite
    /// or does not fit 64 bits.
    public struct InvalidSum: Sendable, Hashable {
        /// The moment's index in the commit.
        public let moment: Int
        /// The change's index in the moment's ``MomentRecord/values``.
        public let change: Int
        /// Says what was there and what was to be added.
        public let refusal: Refusal
    }
}

extension StoreError: CustomStringConvertible {
    /// `FILE: what is wrong; what to do`.
    public var description: String {
        (file.map { "\($0): " } ?? "") + message + "; " + advice
    }
}

/// What a commit is refused for, in the same words by every store.
extension StoreError {
    /// - Parameter index: the moment's in the commit.
    package static func conflict(
        _ moment: MomentRecord, at index: Int, _ cause: Conflict.Cause
    ) -> StoreError {
        let lead = moment.leadID.text.quotedForMessage
        let message =
            switch cause {
            case .outOfOrder(let last):
                "moment \(moment.number) of lead \(lead) cannot follow its moment \(last)"
            case .commandIDTaken:
                "the command id \((moment.command.id?.text ?? "").quotedForMessage) of lead \(lead) is taken"
            case .incidentTaken(let number):
                "there is already an incident \(number)"
            case .deliveryChanged(let row): deliveryChanged(row)
            case .mapMissing:
                "moment \(moment.number) of lead \(lead) is on a map that is not in the store: "
                    + "\(moment.leadMap?.text ?? "none") in version \(moment.leadMapVersion?.text ?? "none")"
            case .todoNotOpen(let number):
                "moment \(moment.number) of lead \(lead) cannot mark its to-do \(number) as done"
            case .tooLarge:
                "a part of moment \(moment.number) of lead \(lead) is larger than the store can keep in one piece"
            case .leadDamaged(let why): "lead \(lead) is damaged: \(why)"
            }
        let advice =
            switch cause {
            case .outOfOrder, .commandIDTaken, .incidentTaken, .deliveryChanged, .mapMissing, .todoNotOpen:
                "read the lead again and repeat the command"
            case .tooLarge:
                "lower `limits.moment.bytes` or `limits.lead`, or let the plugins do less in one moment"
            case .leadDamaged: adviceOnDamagedLeads
            }
        return StoreError(.conflict(Conflict(moment: index, cause: cause)), message, advice: advice)
    }

    package static func tokenTaken(_ name: String) -> StoreError {
        StoreError(
            .tokenTaken, "there is already a token \(name.quotedForMessage), or one with the same hash",
            advice: "choose another name, or revoke that token first")
    }

    package static func noSuchToken(_ name: String) -> StoreError {
        StoreError(
            .noSuchToken, "there is no token \(name.quotedForMessage) that could be revoked",
            advice: "look at the list of tokens")
    }

    package static func deliveryChanged(row: Int) -> StoreError {
        StoreError(
            .deliveryChanged(row: row), deliveryChanged(row), advice: "read the outbox again")
    }

    private static func deliveryChanged(_ row: Int) -> String {
        "the delivery of row \(row) of the outbox cannot be attempted or settled now"
    }

    package static func leadDamaged(_ id: LeadID, _ message: String) -> StoreError {
        leadDamaged(DamagedLead(lead: id.text, message: message))
    }

    package static func leadDamaged(_ lead: DamagedLead) -> StoreError {
        StoreError(
            .leadDamaged, "lead \(lead.lead.quotedForMessage) is damaged: \(lead.message)",
            advice: adviceOnDamagedLeads)
    }

    private static let adviceOnDamagedLeads =
        "other leads are not concerned; restore the store from a backup that has the lead whole"

    package static func recordNotKept(_ id: LeadID, _ moment: Int) -> StoreError {
        StoreError(
            .recordNotKept,
            "what lead \(id.text.quotedForMessage) was after its moment \(moment) is not kept: it was removed, or an earlier version of Signalbox wrote the moment",
            advice: "name a later moment")
    }

    package static func invalidValue(_ what: String, _ fault: Value.Fault) -> StoreError {
        let why =
            switch fault {
            case .notFinite: "has a number that is not finite"
            case .tooDeep: "is nested too deep"
            }
        return StoreError(
            .invalidValue, "\(what) \(why), so it could not be read back",
            advice: "give a value that JSON can have")
    }

    package static func invalidSums(_ sums: [InvalidSum]) -> StoreError {
        StoreError(
            .invalidSums(sums), sums.map(\.refusal.message).joined(separator: "; "),
            advice: "commit the moments without these changes")
    }
}
