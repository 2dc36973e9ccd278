import ArgumentParser
import Foundation
import Journeys
import SQLiteStore
import Store
import Values

struct Journal: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal",
        abstract: "Tells what happened to all leads, as JSON lines in the order of the commits.",
        usage: "signalbox journal [OPTIONS]",
        discussion: """
            Each line is one of a lead's journal, with its position before it. With --after and the last position that a \
            program has it goes on behind it and misses nothing; with --after end it begins with what happens next.

            With --follow it goes on until a signal ends it or nobody reads.
            """)

    @OptionGroup var workspace: WorkspaceOption

    @Option(
        help: ArgumentHelp(
            "Only what is behind this position; `end` for what comes from now on.", valueName: "position"))
    var after: String?

    @Flag(help: "Go on with what happens next.")
    var follow = false

    @Option(help: ArgumentHelp("Only of this lead.", valueName: "lead"))
    var lead: String?

    @Option(help: ArgumentHelp("Only what happened on this map.", valueName: "map"))
    var map: String?

    @Option(help: ArgumentHelp("Only this event, such as step.close.", valueName: "event"))
    var event: String?

    @Option(help: ArgumentHelp("Only lines of this type, such as call.", valueName: "type"))
    var type: String?

    private static let end = "end"
    private static let readTogether = 500
    /// How often it looks for what is new.
    private static let pulse: CInt = 100

    func validate() throws {
        if let after, after != Self.end, EventPosition.reading(after) == nil {
            throw ValidationError(
                "--after: \(after.quotedForMessage) is neither `end` nor a position that a line has")
        }
        if let lead, LeadID(lead) == nil {
            throw ValidationError("--lead: \(lead.quotedForMessage) is not a lead's id")
        }
    }

    func run() throws {
        if follow { Self.hearSignals() }
        let path = try workspace.storePath()
        let store = try workspace.openOutboxToRead()
        let file = FileIdentity(of: path)
        let mark = EventPosition.mark(of: try store.storeID())
        let filter = EventFilter(lead: lead.flatMap { LeadID($0) }, map: map, event: event, type: type)
        let output = Output()
        var place = try start(store, mark)
        while true {
            // The rest of its moment, and what follows.
            let from = place.line == .max ? place.moment : place.moment - 1
            let moments = try store.committed(after: from, limit: Self.readTogether)
            for moment in moments {
                let known = moment.position == place.moment ? place.line : 0
                for line in ToldLine.lines(of: moment, after: known) where filter.wants(line) {
                    output.json(#"{"position":"\#(line.position.text(in: mark))",\#(line.text.dropFirst())"#)
                }
            }
            if let last = moments.last { place = EventPosition(moment: last.position, line: .max) }
            if moments.count == Self.readTogether { continue }
            output.flush()
            guard follow else { return }
            guard Self.hasReader() else { return }
            guard FileIdentity(of: path) == file else {
                printToStandardError(
                    "\(path): another store is in its place, by a restore; begin anew, without --after")
                throw ExitStatus.foundWrong
            }
        }
    }

    private func start(_ store: any StoreReader, _ mark: String) throws -> EventPosition {
        guard let after else { return EventPosition(moment: 0, line: .max) }
        let last = try store.lastPosition()
        if after == Self.end { return EventPosition(moment: last, line: .max) }
        guard let (position, found) = EventPosition.reading(after), sameBytes(found, mark),
            position.moment <= last
        else {
            printToStandardError(
                "--after: \(after.quotedForMessage) is a position in another store, or from before a restore")
            throw ExitStatus.foundWrong
        }
        return position
    }

    /// A program that starts this one may have blocked signals for itself, which is handed on.
    private static func hearSignals() {
        var ending = sigset_t()
        sigemptyset(&ending)
        for signal in [SIGINT, SIGTERM] { sigaddset(&ending, signal) }
        pthread_sigmask(SIG_UNBLOCK, &ending, nil)
    }

    /// Waits a little, and answers whether somebody still reads.
    private static func hasReader() -> Bool {
        var query = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        _ = poll(&query, 1, pulse)
        return query.revents & Int16(POLLERR) == 0
    }
}

/// What tells the file at a path from one that takes its place.
private struct FileIdentity: Equatable {
    private let device: UInt64
    private let inode: UInt64

    init?(of path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}
