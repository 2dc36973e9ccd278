import Foundation

/// What the system says of this process; nil what it does not.
struct ProcessFigures {
    var residentBytes: Double?
    /// Of all threads.
    var processorSeconds: Double?
    var openFiles: Double?
    var openFilesLimit: Double?
    /// Since 1970.
    var startSeconds: Double?

    static var now: ProcessFigures {
        var figures = ProcessFigures()
        if let pages = fields(of: "/proc/self/statm").dropFirst().first.flatMap({ Double($0) }) {
            figures.residentBytes = pages * Double(sysconf(Int32(_SC_PAGESIZE)))
        }
        // The folder is open too while it is listed.
        figures.openFiles = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))
            .map { Double(max(0, $0.count - 1)) }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            figures.openFilesLimit = Double(limit.rlim_cur)
        }
        // What follows the name, which may hold anything, begins with the third field. The 14th and 15th are the
        // processor time, the 22nd the start since the machine's.
        let stat = text(of: "/proc/self/stat")
        if let end = stat.lastIndex(of: ")") {
            let fields = stat[stat.index(after: end)...].split(separator: " ").map(Double.init)
            let ticksInSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
            if fields.count > 19, let user = fields[11], let system = fields[12], let start = fields[19] {
                figures.processorSeconds = (user + system) / ticksInSecond
                figures.startSeconds =
                    Date().timeIntervalSince1970 - ProcessInfo.processInfo.systemUptime
                    + start / ticksInSecond
            }
        }
        return figures
    }

    private static func text(of file: String) -> String {
        // These files say that they have no bytes, so they are read to their end.
        guard let handle = FileHandle(forReadingAtPath: file), let data = try? handle.readToEnd() else {
            return ""
        }
        return String(decoding: data, as: UTF8.self)
    }

    private static func fields(of file: String) -> [Substring] { text(of: file).split(separator: " ") }
}
