import Values

/// What the specs of one file came to.
package struct SpecFileResult: Sendable {
    package let path: String
    /// In the order in which they are written; those that were not wanted are left out.
    package var tests: [SpecTestResult] = []
    /// Why the file could not be loaded; then it has no tests.
    package var failure: SpecFailure?

    package var failedCount: Int {
        tests.count { $0.failure != nil } + (failure == nil ? 0 : 1)
    }
}

package struct SpecTestResult: Sendable {
    package let test: SpecTest
    /// By the wall clock.
    package let duration: Duration
    /// What it printed.
    package let log: [String]
    /// Nil where it passed.
    package let failure: SpecFailure?
}

/// Why a test failed, or why its file could not be loaded.
package struct SpecFailure: Sendable, Hashable {
    /// `expectation` for one that did not hold, `error` for a Lua error, `load` for a file that did not load, or why it was cut
    /// off: `deadline`, `memory`, `crash`, `value`.
    package let reason: String
    /// With the place in the spec before it.
    package let message: String
    /// The places at which an expected value and the one that was there differ.
    package var differences: [Difference] = []
    /// The calls of plugins that failed in the test.
    package var calls: [FailedSpecCall] = []
    /// One line a level, innermost first.
    package var traceback: [String] = []

    package struct Difference: Sendable, Hashable {
        /// `[1].fields.score`; empty for the value as a whole.
        package let path: String
        package let expected: String
        package let actual: String
    }
}

/// A call of a plugin's function that failed while a test ran.
package struct FailedSpecCall: Sendable, Hashable {
    package let run: String
    package let reason: String
    package let message: String
    package let traceback: [String]
}

/// What was noted of a test while it ran.
struct SpecNotes: Sendable {
    var differences: [SpecFailure.Difference] = []
    var calls: [FailedSpecCall] = []
}
