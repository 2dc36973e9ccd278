import Foundation
import LuaSandbox
import TestKit
import Testing
import Values

/// All attacks in one thread of one process, with a call after each that must give its right result.
@Suite(.serialized, .enabled(if: !Sanitizers.hasThread, "signals are held back"))
struct AttackTests {
    @Test func `there are many attacks and each says how it must end`() {
        #expect(Attack.all.count >= 80)
        for attack in Attack.all { #expect(!attack.expected.isEmpty, "\(attack.name) expects nothing") }
    }

    @Test func `each attack ends as it must and the call after it is right`() throws {
        try onSandboxThread { canary in
            var slowest = (seconds: 0.0, name: "none")
            for attack in Attack.all {
                let seconds = Self.check(attack, canary)
                if seconds > slowest.seconds { slowest = (seconds, attack.name) }
            }
            print(
                "slowest of \(Attack.all.count) attacks: \(slowest.name), \(slowest.seconds) s for two calls")
        }
    }

    @Test func `each attack ends also where the lines that run are counted, and the call after it is right`()
        throws
    {
        try onSandboxThread { canary in
            for attack in Attack.all where attack.place != "load" {
                let outcome = attack.run(countingLines: true)
                // Counting takes time: what ends by itself without it may be late.
                let allowed = attack.expected.union(["deadline"])
                #expect(
                    outcome.word.split(separator: ", then ").allSatisfy { allowed.contains(String($0)) },
                    "\(attack.name) ended as \(outcome.word): \(outcome.message)")
                #expect(canary.isRight, "the call after \(attack.name) gave a wrong result")
            }
        }
    }

    @Test func `a thousand attacks in random order change nothing`() throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["ATTACK_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0..<1_000_000)
        let rounds = environment["ATTACK_ROUNDS"].flatMap(Int.init) ?? (Sanitizers.hasAddress ? 200 : 1000)
        print("attacks in random order: ATTACK_SEED=\(seed) ATTACK_ROUNDS=\(rounds)")
        try onSandboxThread { canary in
            var random = Linear(state: seed)
            for _ in 0..<rounds {
                guard let attack = Attack.all.randomElement(using: &random) else { return }
                Self.check(attack, canary)
            }
        }
    }

    @Test func `what depends on the call alone is the same in every state`() throws {
        for attack in Attack.all where attack.name.hasPrefix("differ-") {
            let first = attack.run()
            for _ in 0..<5 {
                let again = attack.run()
                #expect(
                    again.word == first.word && again.result == first.result && again.message == first.message
                )
            }
        }
    }

    /// 100 ms beyond its deadline every call has ended, whatever it called.
    private static let callLimit = 0.15

    /// Returns how long it took.
    @discardableResult
    private static func check(_ attack: Attack, _ canary: Canary) -> Double {
        let outcome = attack.run()
        #expect(
            attack.expected.contains(outcome.word),
            "\(attack.name) ended as \(outcome.word): \(outcome.message)")
        if let result = attack.result, outcome.word == "ok" {
            #expect(outcome.result == result, "\(attack.name) returned something else")
        }
        #expect(
            !outcome.message.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F },
            "\(attack.name) has control characters in its message")
        #expect(outcome.message.utf8.count <= 4096, "\(attack.name) has a message that is too long")
        #expect(outcome.seconds < 10, "\(attack.name) took \(outcome.seconds) seconds")
        if attack.place != "load", attack.name.hasPrefix("hang-"), !Sanitizers.hasAddress {
            // On a busy machine what cuts a call off may come late; then it does not the next time.
            var seconds = outcome.callSeconds
            for _ in 0..<4 where seconds > callLimit { seconds = min(seconds, attack.run().callSeconds) }
            #expect(seconds <= callLimit, "a call of \(attack.name) took \(seconds) seconds")
        }
        #expect(canary.isRight, "the call after \(attack.name) gave a wrong result")
        return outcome.seconds
    }

    private func onSandboxThread(_ body: @escaping @Sendable (Canary) -> Void) throws {
        let thread = SandboxThread(name: "attacks") {
            do { body(try Canary()) } catch { Issue.record(error) }
        }
        try #require(thread).join()
    }
}
