import ArgumentParser
import Journeys
import Signalbox

/// Reads a commands file line by line, so that a file of any size does.
struct CommandsFile {
    /// Also how much is still done after an interruption.
    private static let readBytes = 64 << 10
    private let input: InputFile
    /// As messages name it.
    var name: String { input.name }
    /// Of a line.
    private let limitBytes: Int
    private var lines: CommandLines
    private var isAtEnd = false
    /// The number of the line that was read last.
    var line: Int { lines.number }
    /// Whether reading ended before the end, after the whole lines that were read until then.
    private(set) var isInterrupted = false

    /// Why reading stopped: the file's name, the line and what is wrong.
    struct LineError: Error, CustomStringConvertible {
        let description: String
    }

    struct Line {
        let number: Int
        /// What the line asks for, or why it asks for nothing.
        let content: Result<CommandLineEntry, MalformedCommand>
        /// Of its text.
        let bytes: Int
    }

    /// The error for a line with a mistake.
    func error(_ mistake: MalformedCommand, line: Int) -> LineError {
        LineError(description: "\(name):\(line): \(mistake.message)")
    }

    /// Opens the file for a command, or says why it cannot and ends the command.
    init(opening path: String, limitBytes: Int, until interruption: Interruption? = nil) throws {
        self.limitBytes = limitBytes
        lines = CommandLines(limitBytes: limitBytes)
        do throws(InputFile.ReadError) {
            input = try InputFile(path, until: interruption)
        } catch {
            printToStandardError("\(error)")
            throw ExitStatus.cannotLoad
        }
    }

    /// The next line, past empty ones. Nil at the end. Throws for what cannot be read on.
    mutating func next() throws(LineError) -> Line? {
        while true {
            if let line = try nextWhole() {
                let content = Result { () throws(MalformedCommand) in
                    try CommandLineEntry(reading: line.bytes, limitBytes: limitBytes)
                }
                return Line(number: line.number, content: content, bytes: line.bytes.count)
            }
            if isAtEnd { return nil }
            do throws(InputFile.ReadError) {
                let more = try input.read(upToCount: Self.readBytes)
                isInterrupted = more == nil
                isAtEnd = more?.isEmpty ?? true
                lines.add(more ?? [])
                if isAtEnd { lines.end(isCut: isInterrupted) }
            } catch {
                throw LineError(description: "\(error), after line \(line)")
            }
        }
    }

    private mutating func nextWhole() throws(LineError) -> CommandLines.Line? {
        do throws(MalformedCommand) {
            return try lines.next()
        } catch {
            throw self.error(error, line: line)
        }
    }
}
