import Journeys
import Signalbox
import Store
import Testing
import Values

@testable import SignalboxCLI

@Suite("Commands as text")
struct CommandTextTests {
    private func mistake(_ text: String) -> String {
        do throws(MalformedCommand) {
            _ = try CommandLineEntry(reading: Array(text.utf8))
            return "none"
        } catch { return error.message }
    }

    @Test("what is not a well-formed command says which key is wrong and what is expected")
    func mistakes() {
        let cases = [
            ("[]", "JSON object"), ("{\"do\":\"assign\"", "at byte"), ("{}", "`do` is missing"),
            ("{\"do\":\"advance\"}", "`lead` is missing"),
            ("{\"do\":\"advance\",\"lead\":7}", "`lead` is a"),
            ("{\"do\":\"advance\",\"lead\":\"\"}", "not a lead's id"),
            ("{\"do\":\"advance\",\"lead\":\"a\\nb\"}", "not a lead's id"),
            ("{\"do\":\"fly\",\"lead\":\"a\"}", "\"fly\""),
            ("{\"do\":\"status\",\"lead\":\"a\",\"to\":\"sold\"}", "open, closed, won or lost"),
            ("{\"do\":\"complete\",\"lead\":\"a\"}", "`step` is missing"),
            ("{\"do\":\"advance\",\"lead\":\"a\",\"step\":\"x\"}", "`step`"),
            ("{\"do\":\"advance\",\"lead\":\"a\",\"lead\":\"b\"}", "appears twice"),
            ("{\"do\":\"advance\",\"lead\":\"a\",\"by\":\"\"}", "`by`"),
            ("{\"do\":\"advance\",\"lead\":\"a\",\"at\":\"tomorrow\"}", "2026-11-22T09:00:00Z"),
            ("{\"do\":\"advance\",\"lead\":\"a\",\"at\":\"2026-02-30T00:00:00Z\"}", "`at`"),
            ("{\"do\":\"set\",\"lead\":\"a\",\"fields\":[]}", "`fields` is a"),
            ("{\"do\":\"set\",\"lead\":\"a\",\"fields\":{\"n\":9223372036854775808}}", "64 bits"),
            ("{\"do\":\"set\",\"lead\":\"a\",\"fields\":{\"n\":1e999}}", "too large"),
            (
                "{\"do\":\"set\",\"lead\":\"a\",\"fields\":{\"n\":" + String(repeating: "[", count: 100_000),
                "levels deep"
            ),
        ]
        for (text, expected) in cases {
            let message = mistake(text)
            #expect(message.contains(expected), "\(text.prefix(80)): \(message)")
            #expect(message.utf8.count < 400)
        }
        #expect(mistake("{\"do\":\"retry\",\"lead\":\"a\"}") == "none")
    }

    @Test("a store that does not follow itself is our fault, a store that others break is not")
    func exitStatuses() {
        #expect(
            ExitStatus.of(StoreError(.conflict(.init(moment: 0, cause: .commandIDTaken)), "x", advice: "y"))
                == ExitStatus.ourFault)
        #expect(ExitStatus.of(StoreError(.full, "x", advice: "y")) == ExitStatus.cannotLoad)
        #expect(ExitStatus.of(StoreError(.damaged, "x", advice: "y")) == ExitStatus.cannotLoad)
        #expect(ExitStatus.of(StoreError(.locked(by: 7), "x", advice: "y")) == ExitStatus.foundWrong)
    }
}
