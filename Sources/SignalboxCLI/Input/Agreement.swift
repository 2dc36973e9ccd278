import ArgumentParser
import Foundation

/// Asks before something is done to many at once.
enum Agreement {
    /// Ends the command unless the person at the terminal agrees, or agreed beforehand with `--yes`.
    static func require(to question: String, isGiven: Bool) throws {
        if isGiven { return }
        guard isatty(STDIN_FILENO) == 1 else {
            printToStandardError("Nothing was done; add --yes if that is meant.")
            throw ExitStatus.foundWrong
        }
        printToStandardError("\(question) [y/N]")
        guard ["y", "yes"].contains(readLine()?.lowercased()) else {
            printToStandardError("Nothing was done.")
            throw ExitStatus.foundWrong
        }
    }
}
