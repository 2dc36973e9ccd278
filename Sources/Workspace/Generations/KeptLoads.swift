import LuaSandbox
import Plugins
import Values

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What loading plugins gave, in a file beside the store, so that a command waits only for those that it calls.
///
/// A line for each plugin behind one that says which program wrote them. Whatever is odd about the file or a line is passed
/// over: its plugins are loaded. The file is written by the one process that may write to the store, and put in the place of the
/// former in one step.
public struct KeptLoads: Sendable {
    /// How large the file may be; what does not fit is not kept.
    public static let fileLimitBytes = 16 << 20
    /// How much is kept of one plugin.
    public static let lineLimitBytes = 1 << 20

    /// The bytes of the lines, by their plugins.
    private var lines: [String: ArraySlice<UInt8>] = [:]

    /// Nothing was kept.
    public init() {}

    /// Where a store's file is, what loading the plugins of its workspace gave is kept in the file beside it.
    public static func path(beside store: String) -> String { store + ".plugins" }

    /// Reads what was kept, as far as it is fit for use by this program.
    public init(reading path: String) {
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
        guard let parts = lines[plugin].flatMap(LineParts.init), parts.isWhole else { return nil }
        return PluginLoad(
            plugin: plugin, key: String(decoding: parts.key, as: UTF8.self), exports: Array(parts.exports),
            keptBytes: parts.keptBytes)
    }

    /// Keeps what is loaded, and nothing of the plugins that the generation does not have any more.
    ///
    /// For the process that may write to the store. Where it cannot be done, later commands load the plugins.
    public static func keep(_ generation: Generation, at path: String) {
        var bytes = header + [UInt8(ascii: "\n")]
        var isEmpty = true
        for (_, entry) in generation.plugins.sorted(by: { compareBytes($0.key, $1.key) < 0 }) {
            guard case .loaded(let plugin, _) = entry, let load = plugin.keptLoad else { continue }
            let line = LineParts.line(of: load)
            guard line.count <= lineLimitBytes, bytes.count + line.count < fileLimitBytes else { continue }
            bytes += line
            bytes.append(UInt8(ascii: "\n"))
            isEmpty = false
        }
        let former = self.bytes(of: path)
        if former == bytes || former == nil && isEmpty { return }
        replace(path, with: bytes)
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

/// `CHECKSUM KEY BYTES PLUGIN EXPORTS`, the checksum over what is behind it.
private struct LineParts {
    let checksum: ArraySlice<UInt8>
    let checked: ArraySlice<UInt8>
    let key: ArraySlice<UInt8>
    let keptBytes: Int
    let plugin: String
    let exports: ArraySlice<UInt8>

    private static let space = UInt8(ascii: " ")

    init?(_ line: ArraySlice<UInt8>) {
        let parts = line.split(separator: Self.space, maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5, let keptBytes = Int(String(decoding: parts[2], as: UTF8.self)) else {
            return nil
        }
        checksum = parts[0]
        checked = line[parts[1].startIndex...]
        key = parts[1]
        self.keptBytes = keptBytes
        plugin = String(decoding: parts[3], as: UTF8.self)
        exports = parts[4]
    }

    var isWhole: Bool { checksum.elementsEqual(SHA256.hexadecimal(of: checked).utf8) }

    static func line(of load: PluginLoad) -> [UInt8] {
        let checked = Array("\(load.key) \(load.keptBytes) \(load.plugin) ".utf8) + load.exports
        return Array("\(SHA256.hexadecimal(of: checked)) ".utf8) + checked
    }
}
