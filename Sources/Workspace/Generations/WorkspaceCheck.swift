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

    public init(reading tree: some FileTree, environment: [String: String] = [:]) {
        let reading = GenerationReading(tree, environment: environment, after: nil, loadingWithin: nil)
        mistakes = reading.mistakes
        notices = reading.notices
        generation = reading.fileMistakes.isEmpty ? Generation(reading) : nil
    }
}
