import Journeys
import Signalbox
import Store
import Values

/// A stream of commands that the service does which has the store.
final class ServedCommands: CommandTaker {
    let inFlight = InFlightCommands()
    /// The service reads the workspace, and its log says what does not load.
    let hasMistakes = false
    private let signals: HeardSignals
    private let answers: ServedAnswers
    private let connection: ServiceConnection

    init(_ service: RunningService, until interruption: Interruption) throws(StoreError) {
        let answers = ServedAnswers(own: inFlight.add)
        self.answers = answers
        connection = try service.stream {
            answers.read($0)
        } ended: {
            answers.end($0)
        }
        signals = HeardSignals(until: interruption)
    }

    func submit(
        _ request: CommandLineEntry.Request, given: Value,
        completion: @escaping @Sendable (Result<StreamedAnswer, StoreError>) -> Void
    ) {
        answers.expect(request, completion) { connection.send(Array(given.json.utf8) + [0x0A]) }
    }

    func end(showing own: (Command, Answer.Accepted) -> Void) {
        connection.finish()
        answers.waitForEnd()
        signals.end()
        inFlight.close()
        while let rest = inFlight.take() {
            for case .own(let command, let moment) in rest { own(command, moment) }
        }
        signals.restore()
    }
}
