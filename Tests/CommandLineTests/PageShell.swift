import Foundation
import TestKit
import Testing

/// A command that a page shows behind `$ `, with what it prints as the page has it.
struct PageCommand: Sendable, CustomTestStringConvertible {
    let text: String
    let shown: [String]

    var testDescription: String { text }

    /// Every one of the page, in its order.
    static func all(of page: String) -> [PageCommand] {
        var commands: [PageCommand] = []
        var isInside = false
        var text: String?
        var shown: [String] = []
        func end() {
            while shown.last?.isEmpty == true { shown.removeLast() }
            if let text { commands.append(PageCommand(text: text, shown: shown)) }
            text = nil
            shown = []
        }
        for line in page.components(separatedBy: "\n") {
            if line.hasPrefix("```") {
                end()
                isInside.toggle()
            } else if isInside, line.hasPrefix("$ ") {
                end()
                text = String(line.dropFirst(2))
            } else if let begun = text, begun.hasSuffix("\\"), shown.isEmpty {
                text = String(begun.dropLast() + String(line.drop { $0 == " " }))
            } else if text != nil {
                shown.append(line)
            }
        }
        return commands
    }

    /// Lines of the page's blocks that look like commands and have no `$ ` before them.
    static func unmarked(in page: String) -> [String] {
        let blocks = page.components(separatedBy: "```").enumerated().filter { $0.offset % 2 == 1 }
        return blocks.flatMap { $0.element.components(separatedBy: "\n") }
            .filter { $0.wholeMatch(of: #/(signalbox|curl|openssl) .*/#) != nil }
    }

    /// Whether the output is what the page shows: `...` is anything in a line, and as a line any number of lines. What
    /// differs from run to run is the same on both sides.
    func isShown(by output: String) throws -> Bool {
        let pattern = Self.withoutWhatVaries(shown.map { $0 + "\n" }.joined()).components(separatedBy: "\n")
            .dropLast().map { line in
                if line == "..." { return "(?:.*\n)*?" }
                return NSRegularExpression.escapedPattern(for: line)
                    .replacingOccurrences(of: #"\.\.\."#, with: ".*") + "\n"
            }.joined()
        let text = Self.withoutWhatVaries(output.hasSuffix("\n") || output.isEmpty ? output : output + "\n")
        let expression = try NSRegularExpression(pattern: "\\A\(pattern)\n*\\z")
        return expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
    }

    /// Without times, tokens, secrets, ports, what tells one store's events from another's, and what a stream says every
    /// few seconds while nothing happens.
    private static func withoutWhatVaries(_ text: String) -> String {
        text.replacing("\r\n", with: "\n")
            .replacing(": here\n\n", with: "")
            .replacing(#/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z/#, with: "TIME")
            .replacing(#/sbx_[0-9a-f]+(\.\.\.)?/#, with: "TOKEN")
            .replacing(#/127\.0\.0\.1:\d+/#, with: "127.0.0.1:PORT")
            .replacing(#/id: [0-9a-f]{12}-/#, with: "id: STORE-")
            .replacing(#/(?m)^[A-Za-z0-9+\/]{32}$/#, with: "SECRET")
    }
}

/// A shell in which the commands of a page are given as they are there, one after the other.
///
/// A service that they start listens on any port that is free, and later ones go there.
final class PageShell {
    private let program: RunningProgram
    private let folder: String
    private var count = 0
    private var port: Int?

    private static let servedPlace = "127.0.0.1:8484"

    /// - Parameter folder: where it works.
    init(in folder: String, environment: [String: String] = [:]) throws {
        self.folder = folder
        // A terminal shows no progress either.
        try "silent\nshow-error\n".write(toFile: "\(folder)/.curlrc", atomically: false, encoding: .utf8)
        let own = [
            "HOME": folder, "FOLDER": folder, "SIGNALBOX_SERVE_LISTEN": "127.0.0.1:0", "TERM": "dumb",
        ]
        program = try RunningProgram(
            [], input: .open, environment: own.merging(environment) { $1 },
            shell: #"PATH=$(dirname "$0"):$PATH; cd "$FOLDER" && exec bash"#)
    }

    /// Gives a command of the page. What it prints must be what the page shows, at once or, where it goes on, soon.
    ///
    /// - Returns: whether it goes on; then ``end()`` looks at the rest.
    func give(_ command: PageCommand) async throws {
        count += 1
        var text = command.text
        if let port { text = text.replacing(Self.servedPlace, with: "127.0.0.1:\(port)") }
        if text.hasPrefix("cat ") { try write(command) }
        let isServing = text.hasPrefix("signalbox serve")
        if isServing { text = Self.onTerminal(text) }
        let goesOn = isServing || text.hasSuffix(" &")
        let place = "\(folder)/output-\(count)"
        let plain = text.hasSuffix(" &") ? String(text.dropLast(2)) : text
        try program.send(
            "{ \(plain)\n} >output-\(count) 2>&1 </dev/null \(goesOn ? "&" : "")\necho \"done \(count)\"\n")
        try #require(await program.shows("done \(count)\n"), "\(command.text)")
        guard goesOn else {
            let output = Self.read(place)
            #expect(try command.isShown(by: output), "\(command.text)\n\(output)")
            return
        }
        // What it prints later is compared when it has printed it.
        let first = isServing ? command.shown.count : 1
        let begun = PageCommand(text: command.text, shown: Array(command.shown.prefix(first)))
        try await wait(for: begun, in: place)
        if isServing {
            let told = Self.read(place).components(separatedBy: "serves http://127.0.0.1:").last ?? ""
            let digits = String(told.prefix { $0.isNumber })
            let found: Int = try #require(Int(digits))
            port = found
        } else {
            later.append((command, place))
        }
    }

    /// Those whose output goes on.
    private var later: [(command: PageCommand, place: String)] = []

    private func wait(for command: PageCommand, in place: String) async throws {
        let isShown = try await holdsSoon { try command.isShown(by: Self.read(place)) }
        #expect(isShown, "\(command.text)\n\(Self.read(place))")
    }

    /// Waits for what is still to come, and ends the service.
    func end() async throws {
        for (command, place) in later { try await wait(for: command, in: place) }
        try program.send(
            "[ -f served ] && kill -TERM $(cat served)\nwait\nkill $(jobs -p) 2>/dev/null\nexit 0\n")
        let ran = try await program.end()
        #expect(ran.status == 0, "\(ran.errors)")
    }

    /// The file of a `cat` is what it prints.
    private func write(_ command: PageCommand) throws {
        let text = command.shown.map { $0 + "\n" }.joined()
        try text.write(toFile: "\(folder)/\(command.text.dropFirst(4))", atomically: false, encoding: .utf8)
    }

    /// As it runs at a terminal.
    private static func onTerminal(_ command: String) -> String {
        #"script -qefc 'echo $$ >served; exec \#(command)' /dev/null"#
    }

    private static func read(_ place: String) -> String {
        String(decoding: FileManager.default.contents(atPath: place) ?? Data(), as: UTF8.self)
    }
}
