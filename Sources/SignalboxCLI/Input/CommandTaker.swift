import Journeys
import Signalbox
import Store
import Values
import Workspace

/// What the commands of a stream are given to: an engine of this process, or the service that has the store.
protocol CommandTaker: Sendable {
    /// What is given to it, and what it does by itself.
    var inFlight: InFlightCommands { get }
    /// Whether something of the workspace did not load, as far as this process has read it.
    var hasMistakes: Bool { get }

    /// Gives what a line asks for; blocks the thread where there is no room. `completion` is called once, and must be
    /// quick.
    ///
    /// - Parameter given: the line, as it was given.
    func submit(
        _ request: CommandLineEntry.Request, given: Value,
        completion: @escaping @Sendable (Result<StreamedAnswer, StoreError>) -> Void)

    /// Ends it when every command is answered. `own` gets what the engine did by itself after that.
    func end(showing own: (Command, Answer.Accepted) -> Void)
}

/// Where the commands of a stream go.
enum CommandTarget {
    case service(RunningService)
    case store(any Store, Generation, isDryRun: Bool)

    /// How long a line may be.
    var lineLimitBytes: Int {
        switch self {
        case .service(let service): service.lineLimitBytes
        case .store(_, let generation, _): generation.settings.lineLimitBytes
        }
    }

    /// Begins to take commands.
    func taker(
        _ workspace: WorkspaceOption, until interruption: Interruption
    ) throws -> any CommandTaker {
        switch self {
        case .service(let service): try ServedCommands(service, until: interruption)
        case .store(let store, let generation, let isDryRun):
            try LiveEngine(workspace, generation, store, isDryRun: isDryRun, until: interruption)
        }
    }
}

extension WorkspaceOption {
    /// The service that has the store, where one runs. Otherwise maps and plugins are loaded, and the store is opened.
    func commandTarget(isDryRun: Bool) throws -> CommandTarget {
        if !isDryRun, let service = service() { return .service(service) }
        let generation = try load()
        let store = isDryRun ? try openDryRunStore(generation) : try openStore(generation)
        return .store(store, generation, isDryRun: isDryRun)
    }

    /// The same where maps and plugins are loaded already.
    func commandTarget(loaded generation: Generation) throws -> CommandTarget {
        if let service = service() { return .service(service) }
        return .store(try openStore(generation), generation, isDryRun: false)
    }
}
