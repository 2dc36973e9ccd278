import Testing
import Workspace

@testable import Signalbox

@Suite("Settings that wait for the next start")
struct WaitingSettingsTests {
    private func waiting(_ text: String, after former: String = "") -> [String] {
        SettingsFile(Array(text.utf8)).settings.differencesThatWait(
            from: SettingsFile(Array(former.utf8)).settings)
    }

    @Test("how the service is reached waits, as do the store, the lanes and the queue")
    func waits() {
        #expect(
            waiting(
                """
                store: other.db
                lanes: 2
                limits: { queue: 5 }
                serve: { listen: localhost:1, tls: { certificate: a, key: b }, plain: true, stop_within: 1s, mask: [ a ] }
                """) == [
                    "store", "lanes", "limits.queue", "serve.listen", "serve.tls", "serve.plain",
                    "serve.stop_within", "serve.mask",
                ])
        #expect(waiting("", after: "serve: { plain: true }") == ["serve.plain"])
    }

    @Test("everything else applies at once")
    func applies() {
        #expect(
            waiting(
                """
                deliver: { email: { by: off }, retry: { first: 1s } }
                serve: { rate: 1, hosts: [ a.org ] }
                retention: { ids: 30d }
                zone: Europe/Berlin
                limits: { field: 2KiB }
                """) == [])
    }
}
