package import Store
import Synchronization
package import Values

/// The tokens that are not revoked, in memory: one process writes to a store, so nobody else changes them while it runs.
package final class TokenDirectory: Sendable {
    private let store: any AccessStore
    private let byHash: Mutex<[String: AccessToken]>

    /// Throws what the store throws.
    package init(of store: any AccessStore) throws(StoreError) {
        self.store = store
        var byHash: [String: AccessToken] = [:]
        for token in try store.tokens() where token.revoked == nil { byHash[token.hash] = token }
        self.byHash = Mutex(byHash)
    }

    package var isEmpty: Bool { byHash.withLock { $0.isEmpty } }

    /// The token whose text this is; nil where there is none, or it is revoked.
    package func token(_ text: String) -> AccessToken? {
        let hash = AccessToken.hash(of: text)
        return byHash.withLock { $0[hash] }
    }

    /// Makes a token, and answers its text, which is kept nowhere.
    package func add(_ name: String, _ role: AccessRole, at time: Timestamp) throws(StoreError) -> String {
        let text = AccessToken.makeText()
        let token = AccessToken(name: name, role: role, hash: AccessToken.hash(of: text), made: time)
        try store.addToken(token)
        byHash.withLock { $0[token.hash] = token }
        return text
    }

    /// Takes a token back: nobody is let in with it from now on.
    func revoke(_ name: String, at time: Timestamp) throws(StoreError) {
        try store.revokeToken(name, at: time)
        byHash.withLock { all in all = all.filter { !sameBytes($0.value.name, name) } }
    }

    /// Makes a token that the store does not keep.
    package func addForThisRun(_ name: String, _ role: AccessRole, at time: Timestamp) -> String {
        let text = AccessToken.makeText()
        let token = AccessToken(name: name, role: role, hash: AccessToken.hash(of: text), made: time)
        byHash.withLock { $0[token.hash] = token }
        return text
    }
}

extension AccessToken {
    /// Whether a token may have the name: one that can be a part of an author's.
    package static func isName(_ name: String) -> Bool {
        (1...nameLimitBytes).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains($0)
            }
    }

    package static let nameRule =
        "expected 1 to \(nameLimitBytes) letters from a to z, digits, `-`, `_` and `.`"
    private static let nameLimitBytes = 64

    /// How many random bytes a token has.
    private static let randomBytes = 32
    /// What a token's text begins with, so that it is known for one where it is found.
    private static let mark = "sbx_"

    /// A new token's text: hard to guess, and safe in a header and in a URL.
    package static func makeText() -> String {
        var random = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef")
        let text = (0..<randomBytes * 2).map { _ in digits[Int.random(in: 0..<16, using: &random)] }
        return mark + String(text)
    }

    /// SHA-256 of a token's text, in hexadecimal digits.
    package static func hash(of text: String) -> String { SHA256.hexadecimal(of: Array(text.utf8)) }
}
