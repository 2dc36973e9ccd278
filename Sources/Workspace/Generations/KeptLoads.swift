import Journeys
import LuaSandbox
import Plugins
public import Values

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What loading plugins gave, in a file beside the store, so that a command waits only for those that it calls, and which were cut
/// off while they loaded, so that not every command waits for those.
///
/// A line for each plugin behind one that says which program wrote them. Whatever is odd about the file or a line is passed
/// over: its plugins are loaded. The file is written by the one process that may write to the store, and put in the place of the
/// former in one step.
public struct KeptLoads: Sendable {
    /// How large the file may be; what does not fit is not kept.
    public static let fileLimitBytes = 16 << 20
    /// How much is kept of one plugin.
    public static let lineLimitBytes = 1 << 20

    /// For how long a plugin that was cut off while it loaded is not tried again.
    public static let cutOffMemory = Duration.seconds(600)

    /// The bytes of the lines, by their plugins.
    private var lines: [String: ArraySlice<UInt8>] = [:]
    private var time: Timestamp?

    /// Nothing was kept.
    public init() {}

    /// Where a store's file is, what loading the plugins of its workspace gave is kept in the file beside it.
    public static func path(beside store: String) -> String { store + ".plugins" }

    /// Reads what was kept, as far as it is fit for use by this program.
    ///
    /// - Parameter time: when the plugins are not loaded that were cut off shortly before; nil to try them.
    public init(reading path: String, passingOverCutOffsAt time: Timestamp? = nil) {
        self.time = time
        guard let bytes = Self.bytes(of: path) else { return }
        var rest = bytes[...]
        guard Self.nextLine(&rest)?.elementsEqual(Self.header) == true else { return }
        while let line = Self.nextLine(&rest) {
            guard line.count <= Self.lineLimitBytes, let parts = LineParts(line) else { continue }
            lines[parts.plugin] = line
        }
    }

    /// What was kept of a plugin.
    func load(of plugin: String) -> PluginLoad? {
        guard let parts = parts(of: plugin), let keptBytes = Int(parts.number) else { return nil }
        return PluginLoad(
            plugin: plugin, key: parts.key, exports: Array(parts.content), keptBytes: keptBytes)
    }

    /// How a plugin was cut off that is not tried again, if that was for the same input.
    func cutOff(of plugin: String, key: String) -> CutOffLoad? {
        guard let time, let parts = parts(of: plugin), parts.key == key, parts.number.first == "@",
            let milliseconds = Int64(parts.number.dropFirst()), let mistake = Mistake(kept: parts.content)
        else { return nil }
        let since = Timestamp(milliseconds: milliseconds)
        // A clock may have been set back.
        guard since <= time, time < Self.endOfCutOff(since) else { return nil }
        return CutOffLoad(key: key, since: since, mistake: mistake)
    }

    /// When a plugin is tried again that was cut off at a time.
    static func endOfCutOff(_ since: Timestamp) -> Timestamp {
        Timestamp(milliseconds: since.milliseconds + Int64(cutOffMemory / .milliseconds(1)))
    }

    private func parts(of plugin: String) -> LineParts? {
        guard let parts = lines[plugin].flatMap(LineParts.init), parts.isWhole else { return nil }
        return parts
    }

    /// Keeps what is loaded or was cut off, and nothing of the plugins that the generation does not have any more.
    ///
    /// For the process that may write to the store. Where it cannot be done, later commands load the plugins.
    ///
    /// - Parameter time: now.
    public static func keep(_ generation: Generation, at path: String, time: Timestamp) {
        var bytes = header + [UInt8(ascii: "\n")]
        var isEmpty = true
        for name in generation.plugins.keys.sorted(by: { compareBytes($0, $1) < 0 }) {
            guard let line = line(of: name, in: generation, time), line.count <= lineLimitBytes,
                bytes.count + line.count < fileLimitBytes
            else { continue }
            bytes += line
            bytes.append(UInt8(ascii: "\n"))
            isEmpty = false
        }
        let former = self.bytes(of: path)
        if former == bytes || former == nil && isEmpty { return }
        replace(path, with: bytes)
    }

    private static func line(of plugin: String, in generation: Generation, _ time: Timestamp) -> [UInt8]? {
        if let load = generation.loaded(plugin)?.keptLoad {
            return LineParts.line(key: load.key, number: "\(load.keptBytes)", plugin, load.exports)
        }
        guard let cutOff = generation.cutOffs[plugin] else { return nil }
        let since = cutOff.since ?? time
        return LineParts.line(
            key: cutOff.key, number: "@\(since.milliseconds)", plugin, Array(cutOff.mistake.kept.utf8))
    }

    /// Says which program wrote the file, and on what: another one reads nothing from it.
    static let header: [UInt8] = Array(
        Value.table([
            "signalbox": "loads", "format": 1, "host": .string(HostVersion.text),
            "lua": .string(Interpreter.release), "machine": .string(machine), "program": .string(program),
        ]).json.utf8)

    private static var machine: String {
        var name = utsname()
        guard uname(&name) == 0 else { return "" }
        return withUnsafeBytes(of: &name.machine) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// The file of the running program by its size and when it was written: another build has others.
    private static var program: String {
        var status = stat()
        guard stat("/proc/self/exe", &status) == 0 else { return "" }
        return "\(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    }

    // MARK: The file

    private static func nextLine(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        // A line that was torn has no end.
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { rest = rest[(end + 1)...] }
        return rest[..<end]
    }

    /// Nil where there is no regular file of an allowed size that can be read.
    private static func bytes(of path: String) -> [UInt8]? {
        // A link would lead to a file that is somebody else's, and a pipe would wait.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            (0...Int64(fileLimitBytes)).contains(Int64(status.st_size))
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                read(descriptor, $0.baseAddress! + start, $0.count - start)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            start += count
        }
        return bytes
    }

    private static func replace(_ path: String, with bytes: [UInt8]) {
        let new = path + ".new"
        // What a process that was killed left there, or somebody else put there.
        _ = unlink(new)
        let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { return }
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + start, $0.count - start) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            start += count
        }
        let isWhole = close(descriptor) == 0 && start == bytes.count
        if !isWhole || rename(new, path) != 0 { _ = unlink(new) }
    }
}

/// A plugin that was cut off while it loaded.
struct CutOffLoad: Sendable {
    /// What it was loaded with, as 64 hexadecimal digits.
    let key: String
    /// Nil if it was in this reading.
    let since: Timestamp?
    /// As it was told then.
    let mistake: Mistake

    /// That it was not tried again.
    var remembered: Mistake {
        guard let since else { return mistake }
        let again = KeptLoads.endOfCutOff(since)
        return Mistake(
            mistake.place,
            "\(mistake.message)\n    this was at \(since), and commands do not try it again before \(again); signalbox check and serve do, and every command once its files or the settings change"
        )
    }
}

extension Mistake {
    /// As it is kept.
    fileprivate var kept: String {
        Value.table([
            "file": .string(place.file), "line": .integer(Int64(place.line)),
            "column": .integer(Int64(place.column)), "message": .string(message),
        ]).json
    }

    /// Nil where it does not read.
    fileprivate init?(kept bytes: ArraySlice<UInt8>) {
        guard let value = try? JSONReader.read(stored: Array(bytes), depthLimit: 2), let table = value.table,
            let file = table["file"]?.string, let message = table["message"]?.string,
            let line = table["line"]?.integer.flatMap(Int.init(exactly:)), line >= 0,
            let column = table["column"]?.integer.flatMap(Int.init(exactly:)), column >= 0
        else { return nil }
        self.init(FilePlace(file: file, line: line, column: column), message)
    }
}

/// `CHECKSUM KEY BYTES PLUGIN EXPORTS`, the checksum over what is behind it; for a plugin that was cut off `@` and the time in
/// milliseconds in place of the bytes, and the mistake in place of what it exports.
private struct LineParts {
    let checksum: ArraySlice<UInt8>
    let checked: ArraySlice<UInt8>
    let key: String
    let number: String
    let plugin: String
    let content: ArraySlice<UInt8>

    private static let space = UInt8(ascii: " ")

    init?(_ line: ArraySlice<UInt8>) {
        let parts = line.split(separator: Self.space, maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5 else { return nil }
        checksum = parts[0]
        checked = line[parts[1].startIndex...]
        key = String(decoding: parts[1], as: UTF8.self)
        number = String(decoding: parts[2], as: UTF8.self)
        plugin = String(decoding: parts[3], as: UTF8.self)
        content = parts[4]
    }

    var isWhole: Bool { checksum.elementsEqual(SHA256.hexadecimal(of: checked).utf8) }

    static func line(key: String, number: String, _ plugin: String, _ content: [UInt8]) -> [UInt8] {
        let checked = Array("\(key) \(number) \(plugin) ".utf8) + content
        return Array("\(SHA256.hexadecimal(of: checked)) ".utf8) + checked
    }
}
