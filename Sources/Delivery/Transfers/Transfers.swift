import CCurl
import Foundation
import Synchronization

/// Carries out transfers, any number at once.
///
/// One thread has all requests, and never waits for a single one of them. Letters have a thread each: libcurl waits for a mail
/// server's reply to a letter within one of its calls, and everything else of that thread would wait too.
///
/// Connections to a server are kept for the next transfer to it.
package final class Transfers: Sendable {
    private let requests: Queue
    /// Of threads that have no letter, the one that had one last at the end: its connection may be used again.
    private let idle = Mutex<[Queue]>([])
    private let authorities: String?

    /// Nil where the system has no room for what it needs.
    ///
    /// - Parameter authorities: the path of a file with certificates of authorities, in PEM; nil uses the system's.
    package init?(authorities: String? = nil) {
        // A constant's initializer runs once, and libcurl wants that.
        guard Self.isPrepared, let requests = Self.start(authorities) else { return nil }
        self.requests = requests
        self.authorities = authorities
    }

    /// Those that are under way end as broken.
    deinit {
        requests.close()
        for queue in idle.withLock({ $0 }) { queue.close() }
    }

    /// `CURL_GLOBAL_ALL`, which Swift does not see.
    private static let everything = 3
    private static let isPrepared = curl_global_init(everything) == CURLE_OK

    /// A thread, by the queue of its transfers.
    private static func start(_ authorities: String?) -> Queue? {
        guard let multi = curl_multi_init() else { return nil }
        let queue = Queue(multi)
        let thread = Thread { TransferLoop(queue, authorities: authorities).run() }
        thread.name = "transfers"
        thread.start()
        return queue
    }

    func perform(_ transfer: Transfer) async -> TransferEnd {
        switch transfer.content {
        case .request:
            return await requests.perform(transfer)
        case .letter:
            guard let queue = idle.withLock({ $0.popLast() }) ?? Self.start(authorities) else {
                let message = "the system has no memory for another connection"
                return TransferEnd(fault: .init(kind: .broken, message: message))
            }
            let end = await queue.perform(transfer)
            idle.withLock { $0.append(queue) }
            return end
        }
    }
}

/// Transfers that wait for a thread.
private final class Queue: Sendable {
    typealias Job = (transfer: Transfer, completion: @Sendable (TransferEnd) -> Void)

    private struct State {
        var jobs: [Job] = []
        var isClosed = false
        /// Whether the thread has ended, and with it what could be woken.
        var isOver = false
    }

    private let state = Mutex(State())
    /// Valid until it is over. Owner: the thread; libcurl allows others to wake it, and nothing else.
    nonisolated(unsafe) let multi: UnsafeMutableRawPointer

    init(_ multi: UnsafeMutableRawPointer) { self.multi = multi }

    func perform(_ transfer: Transfer) async -> TransferEnd {
        await withCheckedContinuation { continuation in
            add(transfer) { continuation.resume(returning: $0) }
        }
    }

    private func add(_ transfer: Transfer, _ completion: @escaping @Sendable (TransferEnd) -> Void) {
        let isTaken = state.withLock { state in
            guard !state.isClosed, !state.isOver else { return false }
            state.jobs.append((transfer, completion))
            curl_multi_wakeup(multi)
            return true
        }
        if !isTaken { completion(TransferEnd(fault: .init(kind: .broken, message: "sending has ended"))) }
    }

    /// Nil after ``close()``.
    func take() -> [Job]? {
        state.withLock { state in
            if state.isClosed { return nil }
            defer { state.jobs = [] }
            return state.jobs
        }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            if !state.isOver { curl_multi_wakeup(multi) }
        }
    }

    /// Answers the jobs that nobody took.
    func end() -> [Job] {
        state.withLock { state in
            state.isOver = true
            defer { state.jobs = [] }
            return state.jobs
        }
    }
}

/// What a thread does.
private final class TransferLoop {
    private let queue: Queue
    private let authorities: String?
    private var running: [UnsafeMutableRawPointer: RunningTransfer] = [:]

    private static let keptConnections = 64
    private static let longestPollMilliseconds: Int32 = 60_000

    init(_ queue: Queue, authorities: String?) {
        self.queue = queue
        self.authorities = authorities
    }

    func run() {
        let multi = queue.multi
        curl_set_connection_limit(multi, Self.keptConnections)
        while let jobs = queue.take() {
            for job in jobs { begin(job, multi) }
            var count: Int32 = 0
            curl_multi_perform(multi, &count)
            finishThoseThatEnded(multi)
            curl_multi_poll(multi, nil, 0, Self.longestPollMilliseconds, nil)
        }
        for transfer in running.values {
            curl_multi_remove_handle(multi, transfer.handle)
            transfer.fail("sending has ended")
        }
        running = [:]
        for job in queue.end() {
            job.completion(TransferEnd(fault: .init(kind: .broken, message: "sending has ended")))
        }
        curl_multi_cleanup(multi)
    }

    private func begin(_ job: Queue.Job, _ multi: UnsafeMutableRawPointer) {
        let made = RunningTransfer(job.transfer, authorities: authorities, completion: job.completion)
        guard let transfer = made else {
            let message = "the system has no memory for another connection"
            return job.completion(TransferEnd(fault: .init(kind: .broken, message: message)))
        }
        guard curl_multi_add_handle(multi, transfer.handle) == CURLM_OK else {
            return transfer.fail("the system has no memory for another connection")
        }
        running[transfer.handle] = transfer
    }

    private func finishThoseThatEnded(_ multi: UnsafeMutableRawPointer) {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else {
                continue
            }
            // The message is gone once its handle is removed.
            let result = message.pointee.data.result
            curl_multi_remove_handle(multi, handle)
            running.removeValue(forKey: handle)?.finish(result)
        }
    }
}
