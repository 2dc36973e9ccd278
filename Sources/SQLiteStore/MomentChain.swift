import GRDB

/// A lead's moments as they are found: each names the one before it, and every ``step``-th one far before it
/// too, in the table `moment_skips`.
///
/// A moment whose number is a multiple of 64 leads to the one 64 before it, if the number is a multiple of
/// 64 * 64 to the one 64 * 64 before it, and so on. So any moment is reached from the newest one in about a
/// hundred readings for each power of 64. An index by lead would do the same, and would touch a page of its own
/// for nearly every moment that is written.
///
/// Rows and numbers fall along the chain. Where a file says otherwise, the chain is broken there, so that no walk
/// along it goes round.
struct MomentChain {
    static let step = 64
    /// Says of a lead that its chain is broken.
    static let broken = "its moments do not follow each other"

    /// Where a moment is.
    struct Link: Equatable {
        var row: Int
        var number: Int

        /// The moment before, in this row; nil where no moment can be.
        func before(at row: Int?) -> Link? {
            guard let row, row < self.row, number > 1 else { return nil }
            return Link(row: row, number: number - 1)
        }
    }

    private let previous: PreparedStatement
    private let skip: PreparedStatement

    init(on db: Database) throws {
        previous = try PreparedStatement("SELECT previous FROM moments WHERE id = ?", on: db)
        skip = try PreparedStatement("SELECT earlier, number FROM moment_skips WHERE moment = ?", on: db)
    }

    /// The moment with this number, from a later one of the same lead or that one itself; nil where the chain
    /// is broken. Where an earlier version of the program wrote the moments, and none of the lead since, each
    /// one in between is read.
    func moment(_ number: Int, from later: Link) throws -> Link? {
        var link = later
        while link.number > number {
            if let far = try skip(from: link), far.number >= number {
                link = far
            } else if let before = try before(link) {
                link = before
            } else {
                return nil
            }
        }
        return link
    }

    /// The moment before; nil where there is none.
    func before(_ link: Link) throws -> Link? {
        link.before(at: try previous.first(.integer(link.row)) { try $0.optionalCount(0) } ?? nil)
    }

    private func skip(from link: Link) throws -> Link? {
        guard link.number % Self.step == 0, link.number > Self.step else { return nil }
        let far = try skip.first(.integer(link.row)) { Link(row: try $0.count(0), number: try $0.count(1)) }
        return far.flatMap { $0.row < link.row && $0.number < link.number ? $0 : nil }
    }

    // MARK: Writing

    /// The number to which the moment with this number leads; nil for most.
    static func target(of number: Int) -> Int? {
        guard number % step == 0 else { return nil }
        var distance = step
        while number % (distance * step) == 0, number > distance * step { distance *= step }
        return number > distance ? number - distance : nil
    }

    /// Notes where the moment leads, which is written already, and so is every one before it. The first time
    /// that this is called for a lead whose moments an earlier version wrote, it is noted for all of them.
    func note(_ moment: Link, on db: Database) throws {
        guard let target = Self.target(of: moment.number) else { return }
        let insert = try PreparedStatement(
            "INSERT INTO moment_skips (moment, earlier, number) VALUES (?, ?, ?)", on: db)
        // Those that lead nowhere yet, the latest first.
        var missing = [moment]
        while let last = missing.last, last.number > Self.step {
            guard let earlier = try self.moment(last.number - Self.step, from: last) else { return }
            if try earlier.number <= Self.step || skip(from: earlier) != nil { break }
            missing.append(earlier)
        }
        for link in missing.reversed() {
            guard let target = link == moment ? target : Self.target(of: link.number),
                let earlier = try self.moment(target, from: link)
            else { continue }
            try insert.run(.integer(link.row), .integer(earlier.row), .integer(earlier.number))
        }
    }
}
