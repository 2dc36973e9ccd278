/// One conversation with a server: a letter handed to a mail server, or a request.
struct Transfer: Sendable {
    var url: String
    var content: Content
    /// Whether a private address may be connected to.
    var reachesPrivate = false
    /// How long all of it may take.
    var limit: Duration

    enum Content: Sendable {
        case letter(sender: String, recipient: String, bytes: [UInt8], login: Login?, isSecured: Bool)
        /// A POST. Names and values have no line breaks.
        case request(headers: [(name: String, value: String)], body: [UInt8])
    }

    struct Login: Sendable {
        var user: String
        var password: String
    }
}

/// How a transfer ended.
struct TransferEnd: Sendable {
    /// Why the conversation did not come to its end; nil where it did.
    var fault: Fault?
    /// The code of the server's last reply; 0 where none came.
    var code = 0
    /// The last reply in words, without line breaks: of mail the reply, of a request the status line.
    var reply = ""
    /// When the server wants to be asked again, as it wrote it.
    var retryAfter: String?
    /// Whether all of a letter, or any byte of a request, was handed over.
    var wasSent = false

    struct Fault: Sendable {
        var kind: Kind
        var message: String

        enum Kind: Sendable {
            /// The letter, its sender or its recipient was refused.
            case refused
            /// The name of the user or the password was refused.
            case loginDenied
            /// The address is private and may not be reached.
            case privateAddress
            /// Everything else: no connection, no proof of who the server is, silence.
            case broken
        }
    }
}
