import Foundation
import Store
import Values

/// What the system must give the process. Where it gives less, what would come later is not an error in words: the
/// language's own library ends the process, or waits for a thread without end.
struct SystemCheck {
    /// Files that the process can open now, as far as ``neededFiles``.
    var files: Int
    /// In bytes.
    var addressSpace: UInt64
    /// In seconds since 1970.
    var clock: Double

    static let neededFiles = 32
    static let neededAddressSpace: UInt64 = 1 << 30

    /// Of this process.
    static var now: SystemCheck {
        SystemCheck(
            files: openableFiles(), addressSpace: addressSpaceLimit(), clock: Date().timeIntervalSince1970)
    }

    /// What is wrong, and what to do about it; nil when nothing is.
    var fault: String? {
        if files < Self.neededFiles {
            return
                "This process can open \(files) more files, and signalbox needs \(Self.neededFiles); raise the limit (`ulimit -n`)."
        }
        if addressSpace < Self.neededAddressSpace {
            return
                "This process may use \(addressSpace >> 20) MiB of address space, and signalbox needs \(Self.neededAddressSpace >> 20); raise the limit (`ulimit -v`)."
        }
        let milliseconds = Int64(exactly: (clock * 1_000).rounded(.down))
        guard milliseconds.map({ StoredNumbers.times.contains(Timestamp(milliseconds: $0)) }) == true else {
            return
                "The clock of this machine is outside of the years 0 to 9999, and every event carries its time; set the clock."
        }
        return nil
    }

    private static func openableFiles() -> Int {
        var opened: [CInt] = []
        defer { for descriptor in opened { close(descriptor) } }
        while opened.count < neededFiles {
            let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
            if descriptor < 0 { break }
            opened.append(descriptor)
        }
        return opened.count
    }

    private static func addressSpaceLimit() -> UInt64 {
        var limit = rlimit()
        return getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 ? UInt64(limit.rlim_cur) : .max
    }
}
