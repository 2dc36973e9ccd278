import Dispatch
import Foundation

/// The service manager that started this process, such as systemd: it is told how the service is by datagrams to the
/// socket that `NOTIFY_SOCKET` names (`sd_notify(3)`).
///
/// What it does not hear fails nothing: the service runs as well without it.
struct ServiceManager: Sendable {
    /// What it is told.
    enum Message {
        /// Requests are taken. Where there is no status, the one that was told before stays.
        case ready(status: String?)
        /// The workspace is being read again. Next: ready.
        case reloading
        case stopping
        /// The service is well. To be told as often as ``ServiceManager/watchdogInterval`` says.
        case alive
    }

    /// The path of the socket, or `@` and a name of the system's own (an abstract socket).
    let place: String
    /// After how long without ``Message/alive`` it ends the process; nil where it does not wait for that.
    let watchdogInterval: Duration?

    /// Nil where no manager wants to be told.
    init?(_ environment: [String: String], processID: Int32) {
        guard let place = environment["NOTIFY_SOCKET"], !place.isEmpty else { return nil }
        self.place = place
        let isMeant = environment["WATCHDOG_PID"].map { Int32($0) == processID } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        watchdogInterval = isMeant && microseconds > 0 ? .microseconds(microseconds) : nil
    }

    /// How often there may be no room for what is told once.
    private static let attemptLimit = 100
    private static let pauseMicroseconds: UInt32 = 10_000

    /// Sends the message. Answers the system's number of what failed, or 0.
    @discardableResult
    func tell(_ message: Message) -> CInt {
        guard var address = address else { return EINVAL }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        let bytes = Array(message.text.utf8)
        // A manager that does not read keeps nobody waiting for long; that the service is well is told again anyway.
        var attemptsLeft = message.isToldAgain ? 0 : Self.attemptLimit
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        while true {
            let sent = withUnsafePointer(to: &address.0) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(descriptor, bytes, bytes.count, flags, $0, address.1)
                }
            }
            if sent >= 0 { return 0 }
            if errno == EINTR { continue }
            guard errno == EAGAIN, attemptsLeft > 0 else { return errno }
            attemptsLeft -= 1
            usleep(Self.pauseMicroseconds)
        }
    }

    /// With its length. Nil where the place is not an address of this kind, or too long for one.
    private var address: (sockaddr_un, socklen_t)? {
        let bytes = Array(place.utf8)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isAbstract = bytes[0] == UInt8(ascii: "@")
        guard isAbstract || bytes[0] == UInt8(ascii: "/"),
            // A path ends in a zero; an abstract name begins with one and ends with the address.
            bytes.count < MemoryLayout.size(ofValue: address.sun_path)
        else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            path.copyBytes(from: bytes)
            if isAbstract { path[0] = 0 }
        }
        let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)!
        return (address, socklen_t(start + bytes.count + (isAbstract ? 0 : 1)))
    }
}

extension ServiceManager.Message {
    fileprivate var isToldAgain: Bool {
        switch self {
        case .alive: true
        case .ready, .reloading, .stopping: false
        }
    }

    fileprivate var text: String {
        switch self {
        case .ready(let status?): "READY=1\nSTATUS=\(status)"
        case .ready(nil): "READY=1"
        case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(Self.monotonicMicroseconds)"
        case .stopping: "STOPPING=1"
        case .alive: "WATCHDOG=1"
        }
    }

    private static var monotonicMicroseconds: Int {
        Int(DispatchTime.now().uptimeNanoseconds / 1_000)
    }
}
