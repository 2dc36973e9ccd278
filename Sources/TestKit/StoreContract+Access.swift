import Store
import Values

/// Who may use the API, and what was done through it.
extension StoreCheck {
    static let accessChecks = [tokens, replacedTokens, audit, wrongAccessTimes]

    private static func time(_ milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: 1_700_000_000_000 + milliseconds)
    }

    private static let tokens = StoreCheck("a token is found by its hash, and listed as it was added") {
        store in
        try requireEqual(try store.tokens(), [])
        try require(try store.token(hash: "") == nil, "a token")
        // Names and hashes are told apart by their bytes.
        let added = [
            AccessToken(name: "kim", role: .admin, hash: "aa", made: time(1)),
            AccessToken(name: "Kim", role: .viewer, hash: "AA", made: time(0)),
            AccessToken(name: "\u{e9}", role: .agent, hash: "\u{e9}", made: time(2)),
            AccessToken(name: "e\u{301}", role: .agent, hash: "e\u{301}", made: time(2)),
            AccessToken(name: "kim\u{0}", role: .agent, hash: "aa\u{0}", made: time(2)),
            AccessToken(name: "old", role: .viewer, hash: "b", made: time(2), revoked: time(3)),
        ]
        for token in added { try store.addToken(token) }
        try requireEqual(try store.tokens(), added)
        for token in added { try requireEqual(try store.token(hash: token.hash), token) }
        for hash in ["a", "aA", "aa\u{0}b", ""] {
            try require(try store.token(hash: hash) == nil, "a token with another hash")
        }
    }

    private static let replacedTokens = StoreCheck(
        "a token's name is in use until it is revoked, its hash for good"
    ) {
        store in
        func token(_ name: String, _ hash: String) -> AccessToken {
            AccessToken(name: name, role: .agent, hash: hash, made: time(1))
        }
        try store.addToken(token("kim", "1"))
        try store.addToken(token("lee", "2"))
        var before = try StoreContents(of: store)
        try requireRefusal(.tokenTaken) { try store.addToken(token("kim", "3")) }
        try requireRefusal(.tokenTaken) { try store.addToken(token("ann", "1")) }
        try requireRefusal(.noSuchToken) { try store.revokeToken("ann", at: time(5)) }
        try requireRefusal(.noSuchToken) { try store.revokeToken("Kim", at: time(5)) }
        try requireEqual(try StoreContents(of: store), before)
        try store.revokeToken("kim", at: time(5))
        try requireEqual(try store.token(hash: "1")?.revoked, time(5))
        try requireEqual(try store.token(hash: "2")?.revoked, nil)
        before = try StoreContents(of: store)
        try requireRefusal(.noSuchToken) { try store.revokeToken("kim", at: time(6)) }
        try requireRefusal(.tokenTaken) { try store.addToken(token("kim", "1")) }
        try requireEqual(try StoreContents(of: store), before)
        try store.addToken(token("kim", "3"))
        try store.revokeToken("kim", at: time(7))
        try requireEqual(try store.tokens().map(\.hash), ["1", "2", "3"])
        try requireEqual(try store.tokens().map(\.revoked), [time(5), nil, time(7)])
    }

    private static let audit = StoreCheck("the audit log is read as it was written, the latest first") {
        store in
        try requireEqual(try store.audit(before: nil, limit: 9), [])
        let entries = (1...5).map { number in
            AuditEntry(
                at: time(10 - Int64(number)), token: "k\u{e9}", address: "127.0.0.1", request: "r\(number)",
                action: "complete a/x\u{0}", lead: number == 3 ? nil : "L\(number)", result: "accepted")
        }
        try store.appendAudit([])
        try store.appendAudit(Array(entries.prefix(3)))
        for entry in entries.dropFirst(3) { try store.appendAudit([entry]) }
        let all = try store.audit(before: nil, limit: .max)
        try requireEqual(all.map(\.entry), entries.reversed())
        try require(zip(all, all.dropFirst()).allSatisfy { $0.row > $1.row }, "rows rise")
        try requireEqual(try store.audit(before: nil, limit: 2), Array(all.prefix(2)))
        try requireEqual(try store.audit(before: all[1].row, limit: 2), Array(all[2...3]))
        try requireEqual(try store.audit(before: all[4].row, limit: 2), [])
        try requireEqual(try store.audit(before: nil, limit: 0), [])
    }

    private static let wrongAccessTimes = StoreCheck(
        "a time that could not be read back is not kept of an access"
    ) {
        store in
        let token = AccessToken(name: "kim", role: .agent, hash: "1", made: time(1))
        try store.addToken(token)
        let before = try StoreContents(of: store)
        for time in [Timestamp(milliseconds: .max), Timestamp(milliseconds: .min)] {
            let wrong = AccessToken(name: "lee", role: .agent, hash: "2", made: time)
            try requireRefusal(.invalidValue) { try store.addToken(wrong) }
            try requireRefusal(.invalidValue) { try store.revokeToken("kim", at: time) }
            let entry = AuditEntry(
                at: time, token: "kim", address: "", request: "", action: "", result: "")
            let fit = AuditEntry(
                at: Self.time(1), token: "kim", address: "", request: "", action: "", result: "")
            try requireRefusal(.invalidValue) { try store.appendAudit([fit, entry]) }
        }
        try requireEqual(try StoreContents(of: store), before)
    }
}
