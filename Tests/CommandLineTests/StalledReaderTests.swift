import HummingbirdCore
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import SignalboxServer

@Suite("A client that does not read")
struct StalledReaderTests {
    private let channel = EmbeddedChannel()

    init() throws {
        let silent = Logger(label: "none") { _ in SwiftLogNoOpLogHandler() }
        try channel.pipeline.syncOperations.addHandler(StalledReader(limit: .seconds(60), logger: silent))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    private func set(writable: Bool) {
        channel.isWritable = writable
        channel.pipeline.fireChannelWritabilityChanged()
    }

    @Test("one that makes no room for a minute loses its connection")
    func stalled() throws {
        channel.embeddedEventLoop.advanceTime(by: .hours(1))
        #expect(channel.isActive)
        set(writable: false)
        channel.embeddedEventLoop.advanceTime(by: .seconds(59))
        // Told twice, it is still the first time that counts.
        set(writable: false)
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test("one that reads slowly keeps it, however long it takes")
    func slow() throws {
        for _ in 0..<100 {
            set(writable: false)
            channel.embeddedEventLoop.advanceTime(by: .seconds(59))
            set(writable: true)
        }
        channel.embeddedEventLoop.advanceTime(by: .hours(1))
        #expect(channel.isActive)
        _ = try channel.finish()
    }

    @Test("every connection of a service is watched so, over the network and of its own command line")
    func everywhere() {
        let silent = Logger(label: "none") { _ in SwiftLogNoOpLogHandler() }
        for seconds in [Server.idleSeconds, nil] {
            let handlers = Server.connections(idleSeconds: seconds, silent).additionalChannelHandlers()
            #expect(handlers.contains { $0 is StalledReader })
        }
    }
}
