import Authoring
import LuaSandbox
import Plugins
import Values

/// How many lines of a plugin's file have code, and how many of them ran.
struct CoveredFile {
    /// From the workspace's folder.
    let path: String
    let lines: Int
    let ran: Int
    /// The numbers of the lines that did not run, upwards.
    let missing: [Int]

    /// The files of all plugins, by the plugins' names.
    static func all(of workspace: SpecWorkspace, in folder: String) -> [CoveredFile] {
        workspace.coverage.flatMap { _, coverage in
            coverage.files.enumerated().map { index, file in
                let missing = coverage.linesThatDidNotRun(in: index)
                return CoveredFile(
                    path: "\(folder)/\(file.name)", lines: file.linesWithCode.count,
                    ran: file.linesWithCode.count - missing.count, missing: missing)
            }
        }
    }

    init(path: String, lines: Int, ran: Int, missing: [Int]) {
        self.path = path
        self.lines = lines
        self.ran = ran
        self.missing = missing
    }

    init(total files: [CoveredFile]) {
        self.init(
            path: "all", lines: files.reduce(0) { $0 + $1.lines }, ran: files.reduce(0) { $0 + $1.ran },
            missing: [])
    }

    /// `93 %`, rounded down: 100 only where every line ran.
    var percent: String { lines == 0 ? "100 %" : "\(ran * 100 / lines) %" }

    /// `4, 9-12`.
    var missingText: String {
        var ranges: [ClosedRange<Int>] = []
        for line in missing {
            if let last = ranges.last, last.upperBound + 1 == line {
                ranges[ranges.count - 1] = last.lowerBound...line
            } else {
                ranges.append(line...line)
            }
        }
        return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ", ")
    }

    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", "coverage")
        writer.field("file", path)
        writer.field("lines", lines)
        writer.field("ran", ran)
        writer.field("missing", .list(missing.map { .integer(Int64($0)) }))
        writer.endObject()
        return writer.text
    }
}
