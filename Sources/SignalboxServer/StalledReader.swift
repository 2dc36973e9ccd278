import Logging
import NIOCore

/// Closes a connection whose client makes no room for more of an answer: what waits for it is held in memory meanwhile.
///
/// A client that reads slowly and goes on reading is waited for.
final class StalledReader: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    /// How long a client may take.
    private let limit: TimeAmount
    private let logger: Logger
    private var end: Scheduled<Void>?

    init(limit: TimeAmount, logger: Logger) {
        self.limit = limit
        self.logger = logger
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            cancel()
        } else if end == nil {
            let (channel, logger) = (context.channel, logger)
            end = context.eventLoop.scheduleTask(in: limit) {
                logger.warning(
                    "a connection was closed, because its client did not read the answer",
                    metadata: ["address": "\(channel.remoteAddress?.ipAddress ?? "socket")"])
                channel.close(promise: nil)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { cancel() }

    private func cancel() {
        end?.cancel()
        end = nil
    }
}
