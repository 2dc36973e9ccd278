package import Journeys

/// The result of one line of a stream.
package enum StreamedAnswer: Sendable {
    case command(Answer)
    /// Why a plugin was not released; nil where it was.
    case release(Refusal?)

    static func refused(_ refusal: Refusal, by request: CommandLineEntry.Request) -> Self {
        switch request {
        case .command: .command(.refused(refusal))
        case .release: .release(refusal)
        }
    }
}
