import ArgumentParser
import Store

/// How a command ends (see `signalbox --help`).
enum ExitStatus {
    static let foundWrong = ExitCode(1)
    static let cannotLoad = ExitCode(65)
    static let ourFault = ExitCode(70)

    /// The status of a command whose store failed.
    static func of(_ error: StoreError) -> ExitCode {
        switch error.code {
        case .locked, .serviceEnded, .recordNotKept, .tokenTaken, .noSuchToken: foundWrong
        case .noStore, .cannotOpen, .readOnly, .notAStore, .damaged, .newerVersion, .olderVersion, .full,
            .inputOutput, .leadDamaged:
            cannotLoad
        case .conflict(let conflict):
            switch conflict.cause {
            case .leadDamaged, .tooLarge: cannotLoad
            // The one process that writes made a moment that does not follow what it wrote before.
            case .outOfOrder, .commandIDTaken, .incidentTaken, .deliveryChanged, .mapMissing, .todoNotOpen:
                ourFault
            }
        case .wrongMap, .deliveryChanged, .invalidValue, .invalidSums: ourFault
        }
    }

    /// Whether a command ended itself with this error: to show help, say, or after it printed why. The
    /// parser gives any other error the status of a failure.
    static func isMeant(_ error: any Error) -> Bool {
        error is ExitCode || SignalboxCommand.exitCode(for: error) != .failure
    }
}
