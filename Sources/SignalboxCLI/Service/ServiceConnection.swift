import NIOCore
import NIOHTTP1
import NIOPosix
import Store
import Synchronization

/// One request to a running service, whose body is sent while its answer is read.
final class ServiceConnection: Sendable {
    private let channel: any Channel
    private let unsent = Mutex<(bytes: [UInt8], isScheduled: Bool)>(([], false))

    /// How an answer ended.
    enum End: Sendable, Equatable {
        /// All of it came.
        case whole(status: UInt)
        case broken
    }

    /// Whether somebody listens at the socket: a process that was killed leaves it.
    static func isPossible(at socket: String) -> Bool {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        guard let channel = try? bootstrap.connect(unixDomainSocketPath: socket).wait() else { return false }
        channel.close(promise: nil)
        return true
    }

    /// Throws ``StoreError/Code/serviceEnded`` where nobody listens at the socket.
    ///
    /// - Parameters:
    ///   - read: gets each piece of the answer's body, in their order.
    ///   - ended: called once, when no more comes.
    init(
        _ socket: String, _ path: String, reading read: @escaping @Sendable (ByteBuffer) -> Void,
        ended: @escaping @Sendable (End) -> Void
    ) throws(StoreError) {
        do {
            let handler = AnswerHandler(reading: read, ended: ended)
            channel = try ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
                .connect(unixDomainSocketPath: socket).wait()
        } catch {
            throw StoreError(
                .serviceEnded, "the service that has the store takes no commands: \(error)", file: socket,
                advice: "give the command again when it runs, or when it has ended")
        }
        let head = HTTPRequestHead(
            version: .http1_1, method: .POST, uri: path,
            headers: ["Host": "localhost", "Transfer-Encoding": "chunked"])
        channel.writeAndFlush(HTTPClientRequestPart.head(head), promise: nil)
    }

    /// Sends more of the body. What is sent in quick succession goes out together.
    func send(_ bytes: [UInt8]) {
        let isScheduled = unsent.withLock { unsent in
            unsent.bytes += bytes
            defer { unsent.isScheduled = true }
            return unsent.isScheduled
        }
        if !isScheduled { channel.eventLoop.execute { self.flush() } }
    }

    private func flush() {
        let bytes = unsent.withLock { unsent in
            defer { unsent = ([], false) }
            return unsent.bytes
        }
        if bytes.isEmpty { return }
        channel.writeAndFlush(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: bytes))), promise: nil)
    }

    /// That was all of the body.
    func finish() {
        channel.eventLoop.execute {
            self.flush()
            self.channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        }
    }
}

/// Hands on what is answered.
///
/// Owner: the channel's event loop, which alone calls it; hence `@unchecked Sendable`.
private final class AnswerHandler: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = HTTPClientResponsePart

    private let read: @Sendable (ByteBuffer) -> Void
    private let ended: @Sendable (ServiceConnection.End) -> Void
    private var status: UInt = 0
    private var hasEnded = false

    init(
        reading read: @escaping @Sendable (ByteBuffer) -> Void,
        ended: @escaping @Sendable (ServiceConnection.End) -> Void
    ) {
        self.read = read
        self.ended = ended
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): status = head.status.code
        case .body(let bytes): read(bytes)
        case .end:
            end(.whole(status: status))
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    func channelInactive(context: ChannelHandlerContext) { end(.broken) }

    private func end(_ end: ServiceConnection.End) {
        if hasEnded { return }
        hasEnded = true
        ended(end)
    }
}
