import Journeys
import Store
import Values

/// Who may use the API, and what was done through it.
extension StoreCheck {
    static let accessChecks = [tokens, replacedTokens, audit, auditedMoments, wrongAccessTimes]

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

    private static let auditedMoments = StoreCheck(
        "a moment is kept with its entry of the audit log, or neither is; one that is erased later does not name its lead"
    ) { store in
        var samples = SampleMoments()
        let request = AuditedRequest(token: "k\u{e9}", address: "::1", id: "r\u{0}")
        func audited(_ id: String, commandID: String? = nil) -> MomentRecord {
            samples.next(id, commandID: commandID) { $0.audited = request }
        }
        let moments = [audited("L1", commandID: "c"), audited("L2"), samples.next("L1"), audited("L1")]
        try store.commit(moments)
        let audit = try store.audit(before: nil, limit: 9).map(\.entry)
        try requireEqual(
            audit.reversed(),
            [0, 1, 3].map { index in
                AuditEntry(
                    at: moments[index].at, token: "k\u{e9}", address: "::1", request: "r\u{0}", action: "set",
                    lead: moments[index].lead.id.text, result: "accepted \(moments[index].number)")
            })
        let before = try StoreContents(of: store)
        let fit = samples.next("L2")
        var copy = samples
        let wrong = [audited("L2"), copy.next("L1", commandID: "c") { $0.audited = request }]
        try requireConflict(0, .outOfOrder(last: 1)) { try store.commit(wrong) }
        try requireConflict(1, .commandIDTaken) { try store.commit([fit, wrong[1]]) }
        try requireEqual(try StoreContents(of: store), before)

        // A lead that is erased and comes again in one commit is named in what came later alone.
        var erasure = samples.erasure(of: "L1")
        erasure.audited = request
        try store.commit([erasure, audited("L1")])
        let names = try store.audit(before: nil, limit: 3).map(\.entry.lead)
        try requireEqual(names[0], "L1")
        try require(names.dropFirst().allSatisfy { $0?.hasPrefix("erased lead ") == true }, "\(names)")
        let named = try store.audit(before: nil, limit: 9).filter { $0.entry.lead == "L1" }
        try requireEqual(named.count, 1)
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
