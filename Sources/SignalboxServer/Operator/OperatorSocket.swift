import Foundation
import Store

/// Where the socket of a service is.
///
/// It is bound in a folder that only this user can enter, gets its own rights there, and only then its place: so there is
/// no time at which anybody else could open it, and what a killed process left in its place is replaced in one step.
struct OperatorSocket: Sendable {
    /// Where it is bound.
    let bound: String
    /// Where it is from ``open()`` on.
    let path: String
    private let folder: String

    /// The letters at the end of a path in place of which `mkdtemp` puts others.
    private static let placeholder = String(repeating: "X", count: 6)
    /// How long the path of a socket can be: what every system takes, and so what SwiftNIO does.
    static let pathLimitBytes = 103

    /// Throws ``StoreError/Code/cannotOpen`` where no folder can be made.
    init(at path: String) throws(StoreError) {
        let beside = "\(path).\(Self.placeholder)/s"
        let isShort = beside.utf8.count <= Self.pathLimitBytes
        let start = isShort ? path : FileManager.default.temporaryDirectory.path + "/signalbox"
        let pattern = "\(start).\(Self.placeholder)"
        var bytes = pattern.utf8CString
        let made = bytes.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let made else {
            throw StoreError(
                .cannotOpen,
                "no folder can be made for the service's socket: \(String(cString: strerror(errno)))",
                file: pattern, advice: "let the service write there")
        }
        folder = made
        bound = made + "/s"
        self.path = isShort ? path : bound
    }

    /// Puts it in its place. The number of the system's error; nil where that worked.
    func open() -> CInt? {
        guard chmod(bound, 0o600) == 0 else { return errno }
        if bound == path { return nil }
        guard rename(bound, path) == 0 else { return errno }
        rmdir(folder)
        return nil
    }

    /// Takes it away.
    func remove() {
        unlink(path)
        unlink(bound)
        rmdir(folder)
    }
}
