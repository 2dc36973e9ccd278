public import Journeys

/// Everything that is wrong with a workspace, in one reading.
///
/// Every plugin is loaded, also where settings or maps have mistakes, and however long it takes.
public struct WorkspaceCheck: Sendable {
    /// Sorted.
    public let mistakes: [Mistake]
    /// What is allowed and has no effect; sorted.
    public let notices: [Mistake]
    /// Nil where settings or maps have mistakes: with one of them nothing runs.
    public let generation: Generation?
    /// What could be read, also where settings or maps have mistakes: without the maps that have them.
    package let readable: Generation

    public init(reading tree: some FileTree, environment: [String: String] = [:]) {
        let reading = GenerationReading(tree, environment: environment, after: nil, loadingWithin: nil)
        mistakes = reading.mistakes
        notices = reading.notices
        readable = Generation(reading)
        generation = reading.fileMistakes.isEmpty ? readable : nil
    }
}
