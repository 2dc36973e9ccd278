import HTTPTypes
import Journeys

/// Why a request failed. Its page says what it means and what to do.
enum ProblemReason: Sendable, Hashable {
    case badRequest
    case unauthorized
    case forbidden
    case notFound
    case methodNotAllowed
    case unknownDelivery
    /// A delivery that is neither dead nor unknown (R57).
    case cannotSendAgain
    case unknownBulk
    /// A bulk would have more items than it was to have.
    case tooMany
    case tooLarge
    case tooManyRequests
    case stopping
    case positionGone
    case internalError
    /// The engine refused a command.
    case refused(Refusal.Reason)

    static let all: [ProblemReason] =
        [
            .badRequest, .unauthorized, .forbidden, .notFound, .methodNotAllowed, .unknownDelivery,
            .cannotSendAgain, .unknownBulk,
            .tooMany, .tooLarge, .tooManyRequests, .stopping, .positionGone, .internalError,
        ] + Refusal.Reason.allCases.map(refused)

    var text: String {
        switch self {
        case .badRequest: "bad_request"
        case .unauthorized: "unauthorized"
        case .forbidden: "forbidden"
        case .notFound: "not_found"
        case .methodNotAllowed: "method_not_allowed"
        case .unknownDelivery: "unknown_delivery"
        case .cannotSendAgain: "cannot_send_again"
        case .unknownBulk: "unknown_bulk"
        case .tooMany: "too_many"
        case .tooLarge: "too_large"
        case .tooManyRequests: "too_many_requests"
        case .stopping: "stopping"
        case .positionGone: "position_gone"
        case .internalError: "internal_error"
        case .refused(let reason): reason.rawValue
        }
    }

    var status: HTTPResponse.Status {
        switch self {
        case .badRequest: .badRequest
        case .unauthorized: .unauthorized
        case .forbidden: .forbidden
        case .notFound, .unknownDelivery, .unknownBulk: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .cannotSendAgain, .tooMany: .conflict
        case .tooLarge: .contentTooLarge
        case .tooManyRequests: .tooManyRequests
        case .stopping: .serviceUnavailable
        case .positionGone: .gone
        case .internalError: .internalServerError
        case .refused(let reason): Self.status(of: reason)
        }
    }

    private static func status(of reason: Refusal.Reason) -> HTTPResponse.Status {
        switch reason {
        case .unknownLead, .unknownIncident, .unknownTodo, .unknownPlugin: .notFound
        case .idReused, .invalidField, .invalidValue, .fieldTooLarge, .leadTooLarge: .unprocessableContent
        case .busy: .serviceUnavailable
        case .unknownMap, .mapUnavailable, .alreadyOnMap, .noJourney, .journeyClosed, .unknownStep,
            .stepNotOpen, .notFlex, .noCurrentTrack, .requiredStepsOpen, .trackHeld, .nothingHeld,
            .cannotRerun, .todoNotOpen, .notQuarantined, .leadDamaged, .loopLimit, .momentLimit:
            .conflict
        }
    }

    /// A few words, the same for every request with this reason.
    var title: String {
        switch self {
        case .badRequest: "The request cannot be understood"
        case .unauthorized: "No token, or one that is not known"
        case .forbidden: "This is not allowed"
        case .notFound: "There is no such thing"
        case .methodNotAllowed: "The path does not have this method"
        case .unknownDelivery: "There is no such delivery"
        case .cannotSendAgain: "The delivery is neither dead nor unknown"
        case .unknownBulk: "There is no such bulk"
        case .tooMany: "There is more than was expected"
        case .tooLarge: "The request is too large"
        case .tooManyRequests: "Too many requests"
        case .stopping: "The service is stopping"
        case .positionGone: "The place to go on at is not there any more"
        case .internalError: "A fault of the service"
        case .refused: "The command was refused"
        }
    }
}

extension ProblemReason {
    /// What to do about it.
    var advice: String {
        switch self {
        case .badRequest:
            "`detail` says which part of the request is wrong. Mend it; the same request fails again."
        case .unauthorized: "Give a token as `Authorization: Bearer ...`; `signalbox token add` makes one."
        case .forbidden:
            "`detail` says what is not: use a token whose role allows it, name another author, or call the service by a host that it knows."
        case .notFound: "Look at the path: ids are one percent-encoded segment."
        case .methodNotAllowed: "The header `Allow` names the methods that the path has."
        case .unknownDelivery: "Look at `GET /v1/deliveries` for the deliveries that there are."
        case .cannotSendAgain:
            "Nothing needs to be done: the delivery arrived, or it is attempted until it does or its time is over."
        case .unknownBulk: "The answer to `POST /v1/bulk` has the id of the bulk that it began."
        case .tooMany:
            "Nothing was done. Look with `dry_run` at what is meant, and narrow the filter or raise `expect`."
        case .tooLarge: "`detail` says how much the service takes. Send less at once."
        case .tooManyRequests: "Wait as long as `Retry-After` says."
        case .stopping: "Nothing was done. Wait as long as `Retry-After` says, and give the request again."
        case .positionGone:
            "Read what you keep anew, then listen without `Last-Event-ID`: what was committed since cannot be told from here."
        case .internalError:
            "The log of the service has the request's id. A command with an id can be given again."
        case .refused(let reason): reason.advice
        }
    }
}

extension Refusal.Reason {
    fileprivate var advice: String {
        switch self {
        case .unknownLead: "Only `assign` and `set` make a lead."
        case .unknownMap: "Look at `GET /v1/maps` for the maps that there are."
        case .mapUnavailable:
            "The map needs a plugin that is not loaded; `GET /v1/plugins` says what is wrong with it."
        case .alreadyOnMap: "Nothing needs to be done: the lead is on that map."
        case .noJourney: "Assign the lead to a map first."
        case .journeyClosed: "The lead's journey is over. Assign the lead to a map to begin another."
        case .unknownStep: "A step is named by its path, track/step, on the lead's map."
        case .stepNotOpen: "`detail` says in which state the step is, and who removed it if it was removed."
        case .notFlex: "Only steps of a flex track can be removed."
        case .noCurrentTrack: "Every track is closed, or none has opened yet."
        case .requiredStepsOpen: "Complete the required steps of the current track first."
        case .trackHeld: "A decider failed. Look at the lead's incidents, mend the plugin, and give `retry`."
        case .nothingHeld: "No track of the lead is held, so there is nothing to try again."
        case .unknownIncident: "Look at `GET /v1/incidents` for the incidents that there are."
        case .cannotRerun:
            "The incident keeps no call that could run again, or is not open; `detail` says which."
        case .unknownTodo: "Look at `GET /v1/leads/{lead}` for the lead's to-dos and their numbers."
        case .todoNotOpen: "Nothing needs to be done: the to-do is done."
        case .unknownPlugin: "Look at `GET /v1/plugins` for the plugins that there are."
        case .notQuarantined: "Nothing needs to be done: the plugin is called."
        case .idReused: "An id belongs to one command of a lead for ever. Give another command another id."
        case .invalidField, .invalidValue: "`detail` says which name or value a lead cannot have."
        case .fieldTooLarge, .leadTooLarge: "`detail` says the limit; `limits` in signalbox.yaml sets it."
        case .leadDamaged: "What is stored of the lead does not read back. Restore the store from a backup."
        case .busy: "Nothing was done. Wait as long as `Retry-After` says, and give the command again."
        case .loopLimit, .momentLimit:
            "What the command set off went past a limit; the lead's incidents say where."
        }
    }
}
