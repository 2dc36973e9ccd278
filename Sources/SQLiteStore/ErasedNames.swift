import GRDB
import Journeys
import Store
import Values

/// What is in the place of ids that were erased: hashes that are made with a salt of the store's own, so that no
/// list of likely ids can be compared with two stores at once.
struct ErasedNames: Sendable {
    private let salt: String

    init(of db: Database) throws {
        let salt = try PreparedStatement("SELECT salt FROM remains", on: db).first { try $0.text(0) }
        guard let salt, !salt.isEmpty else {
            throw StoreError.damaged("what is left of what was removed is not there")
        }
        self.salt = salt
    }

    /// All of them, and none of the ids, come before this.
    static let end = "\u{1F}"

    /// Ids of leads do not begin with this, so a name is taken for none.
    private static let mark = "\u{1}"

    static func isName(_ text: String) -> Bool { text.utf8.starts(with: mark.utf8) }

    func hash(of lead: LeadID) -> String { hash(of: "lead \(lead.text)") }

    func name(of lead: LeadID) -> String { Self.mark + hash(of: lead) }

    /// Ids of commands may begin like this, but no two are the same: the hash would have to be that of the id.
    func name(of command: CommandID) -> String { Self.mark + hash(of: "command \(command.text)") }

    func digest(of request: ExactText) -> RequestDigest { RequestDigest(of: request, salt: salt) }

    private func hash(of text: String) -> String { SHA256.hexadecimal(of: Array((salt + text).utf8)) }
}

/// What a moment's row keeps of its command when its text was removed: `{}`, or what tells the same command with an id
/// when it comes again (R40):
///
///     {"id":"…","request":"2c26b46b…"}
struct CommandRemains {
    /// As it is in the table `commands`; nil where the command had none.
    let id: String?
    let digest: RequestDigest?

    /// Nil for the text of a command.
    init?(_ stored: Value, names: ErasedNames) {
        guard let table = stored.table, table["do"] == nil else { return nil }
        id = table["id"]?.string
        digest = table["request"]?.string.map { names.digest(hexadecimal: $0) }
    }

    private init() { (id, digest) = (nil, nil) }

    /// Of a command whose id is not kept any more.
    static let nothing = Self()

    /// What is to be left of a moment's command.
    ///
    /// - Parameter hidesID: whether the hash of its id takes the id's place.
    init(of stored: Value, hidingID hidesID: Bool, names: ErasedNames) {
        let former = Self(stored, names: names)
        let id = former.map(\.id) ?? stored.table?["id"]?.string
        self.id = id.map { hidesID && !ErasedNames.isName($0) ? names.name(of: CommandID($0)) : $0 }
        digest =
            former.map(\.digest) ?? (id == nil ? nil : names.digest(of: Command.canonicalRequest(stored)))
    }

    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        if let id { writer.field("id", id) }
        if let digest { writer.field("request", digest.hexadecimal) }
        writer.endObject()
        return writer.text
    }
}

extension ErasedNames {
    func digest(hexadecimal: String) -> RequestDigest {
        RequestDigest(hexadecimal: hexadecimal, salt: salt)
    }
}

extension AcceptedCommand {
    /// - Parameter row: the moment's number, and its command as the row keeps it.
    init(_ row: ResultRow, names: ErasedNames) throws(StoreError) {
        let command = try Value(storedJSON: try row.bytes(1))
        if let remains = CommandRemains(command, names: names) {
            guard let digest = remains.digest else {
                throw .damaged("a command with an id has lost what it asked")
            }
            self.init(moment: try row.count(0), digest: digest)
        } else {
            self.init(moment: try row.count(0), canonicalRequest: Command.canonicalRequest(command))
        }
    }
}
