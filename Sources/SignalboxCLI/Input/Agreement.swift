import ArgumentParser
import Foundation

/// Asks before something is done to many at once, or for good.
enum Agreement {
    /// Ends the command unless the person at the terminal agrees, or agreed beforehand with `--yes`.
    static func require(to question: String, isGiven: Bool) throws {
        if isGiven { return }
        guard isatty(STDIN_FILENO) == 1 else {
            printToStandardError("Nothing was done; add --yes if that is meant.")
            throw ExitStatus.foundWrong
        }
        try ask(question, isGiven: false)
    }

    /// The same for what is meant by its name: where nobody is at a terminal, nobody is asked.
    static func ask(_ question: String, isGiven: Bool) throws {
        if isGiven || isatty(STDIN_FILENO) != 1 { return }
        printToStandardError("\(question) [y/N]")
        guard ["y", "yes"].contains(readLine()?.lowercased()) else {
            printToStandardError("Nothing was done.")
            throw ExitStatus.foundWrong
        }
    }
}
