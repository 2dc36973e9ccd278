import CCurl
import Glibc

/// A transfer while libcurl carries it out, with the memory that it works on.
///
/// Owner: a thread of ``Transfers``, which alone touches it once it has begun.
final class RunningTransfer {
    let handle: UnsafeMutableRawPointer
    private let transfer: Transfer
    private let completion: @Sendable (TransferEnd) -> Void

    private var lists: [UnsafeMutablePointer<curl_slist>?] = []
    private let body: UnsafeMutableBufferPointer<UInt8>
    private let errorText: UnsafeMutablePointer<CChar>
    /// How many bytes of a letter were handed to libcurl.
    private var givenBytes = 0
    private var reply = ""
    private var retryAfter: String?
    private var metPrivateAddress = false

    private static let connectionMilliseconds = 10_000
    /// How old a connection may be that is used again.
    private static let keptSeconds = 20
    /// Of a reply, in a message.
    private static let replyLimitBytes = 500

    /// Nil where the system has no room for it.
    init?(
        _ transfer: Transfer, authorities: String?, completion: @escaping @Sendable (TransferEnd) -> Void
    ) {
        guard let handle = curl_easy_init() else { return nil }
        self.handle = handle
        self.transfer = transfer
        self.completion = completion
        let bytes =
            switch transfer.content {
            case .letter(_, _, let bytes, _, _): bytes
            case .request(_, let body): body
            }
        body = .allocate(capacity: max(1, bytes.count))
        _ = body.update(fromContentsOf: bytes)
        length = bytes.count
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(to: 0)
        configure()
        if let authorities { set(CURLOPT_CAINFO, authorities) }
    }

    private let length: Int

    deinit {
        curl_easy_cleanup(handle)
        for list in lists { curl_slist_free_all(list) }
        body.deallocate()
        errorText.deallocate()
    }

    // MARK: Configuring

    private func configure() {
        let own = Unmanaged.passUnretained(self).toOpaque()
        set(CURLOPT_PRIVATE, own)
        set(CURLOPT_ERRORBUFFER, UnsafeMutableRawPointer(errorText))
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_URL, transfer.url)
        set(CURLOPT_PROTOCOLS_STR, "http,https,smtp,smtps")
        // What the environment says of proxies is not what the operator said here.
        set(CURLOPT_PROXY, "")
        set(CURLOPT_CONNECTTIMEOUT_MS, Self.connectionMilliseconds)
        set(CURLOPT_TIMEOUT_MS, Int(transfer.limit / .milliseconds(1)))
        set(CURLOPT_MAXAGE_CONN, Self.keptSeconds)
        set(CURLOPT_HEADERDATA, own)
        curl_set_bytes_callback(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
            RunningTransfer.of(context)?.take(line: String(decoding: line, as: UTF8.self))
            return size * count
        }
        // What a server says beyond its reply is passed over.
        curl_set_bytes_callback(handle, CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count }
        set(CURLOPT_OPENSOCKETDATA, own)
        curl_set_socket_callback(handle) { context, _, place in
            guard let place, let running = RunningTransfer.of(context) else { return -1 }
            return running.open(place)
        }
        switch transfer.content {
        case .letter(let sender, let recipient, _, let login, let isSecured):
            configureLetter(sender, recipient, login, isSecured: isSecured)
        case .request(let headers, _): configureRequest(headers)
        }
    }

    private func configureLetter(
        _ sender: String, _ recipient: String, _ login: Transfer.Login?, isSecured: Bool
    ) {
        set(CURLOPT_MAIL_FROM, "<\(sender)>")
        set(CURLOPT_MAIL_RCPT, list: ["<\(recipient)>"])
        set(CURLOPT_UPLOAD, 1)
        // Where libcurl waits for a reply, it does not look at the limit of the whole.
        set(CURLOPT_SERVER_RESPONSE_TIMEOUT, max(1, Int(transfer.limit / .seconds(1))))
        curl_set_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(length))
        if isSecured { set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        if let login {
            set(CURLOPT_USERNAME, login.user)
            set(CURLOPT_PASSWORD, login.password)
        }
        set(CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque())
        curl_set_bytes_callback(handle, CURLOPT_READFUNCTION) { bytes, size, count, context in
            guard let bytes, let running = RunningTransfer.of(context) else { return 0 }
            return running.give(to: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
        }
    }

    private func configureRequest(_ headers: [(name: String, value: String)]) {
        set(CURLOPT_POST, 1)
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(body.baseAddress))
        curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(length))
        // Without it libcurl asks first whether a larger body is wanted, and waits.
        set(CURLOPT_HTTPHEADER, list: headers.map { "\($0.name): \($0.value)" } + ["Expect:"])
    }

    private func set(_ option: CURLoption, _ text: String) { curl_set_text(handle, option, text) }
    private func set(_ option: CURLoption, _ number: Int) { curl_set_number(handle, option, number) }
    private func set(_ option: CURLoption, _ pointer: UnsafeMutableRawPointer?) {
        curl_set_pointer(handle, option, pointer)
    }
    private func set(_ option: CURLoption, list texts: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for text in texts { list = curl_slist_append(list, text) ?? list }
        lists.append(list)
        curl_set_list(handle, option, list)
    }

    // MARK: Under way

    static func of(_ context: UnsafeMutableRawPointer?) -> RunningTransfer? {
        context.map { Unmanaged<RunningTransfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// The address that was looked at is the one that is connected to.
    private func open(_ place: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        if !transfer.reachesPrivate, let address = curl_address(place), !PublicAddress.isPublic(address) {
            metPrivateAddress = true
            return -1
        }
        let kind = place.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
        return socket(place.pointee.family, kind, place.pointee.protocol)
    }

    private func give(to room: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(room.count, length - givenBytes)
        let next = UnsafeRawBufferPointer(body)[givenBytes..<givenBytes + count]
        room.copyMemory(from: UnsafeRawBufferPointer(rebasing: next))
        givenBytes += count
        return count
    }

    /// A line of a mail server's replies, or of an answer's header.
    private func take(line: String) {
        let line = String(line.reversed().drop { $0.isWhitespace }.reversed())
        switch transfer.content {
        case .letter:
            // What ends the connection is not about the letter.
            if !line.hasPrefix("221") { reply = String(line.prefix(Self.replyLimitBytes)) }
        case .request:
            if line.hasPrefix("HTTP/") {
                reply = String(line.prefix(Self.replyLimitBytes))
                retryAfter = nil
            } else if line.lowercased().hasPrefix("retry-after:") {
                retryAfter = line.drop { $0 != ":" }.dropFirst().trimmingPrefix { $0 == " " }.description
            }
        }
    }

    // MARK: The end

    func finish(_ result: CURLcode) {
        var end = TransferEnd(reply: reply, retryAfter: retryAfter)
        var number = 0
        curl_get_number(handle, CURLINFO_RESPONSE_CODE, &number)
        end.code = number
        switch transfer.content {
        case .letter: end.wasSent = givenBytes == length
        case .request:
            curl_get_number(handle, CURLINFO_REQUEST_SIZE, &number)
            end.wasSent = number > 0
        }
        if result != CURLE_OK { end.fault = fault(result, end) }
        completion(end)
    }

    func fail(_ message: String) {
        completion(TransferEnd(fault: .init(kind: .broken, message: message)))
    }

    private func fault(_ result: CURLcode, _ end: TransferEnd) -> TransferEnd.Fault {
        if metPrivateAddress {
            return .init(kind: .privateAddress, message: "the host has a private address")
        }
        let own = String(cString: errorText)
        let message = own.isEmpty ? String(cString: curl_easy_strerror(result)) : own
        // Of mail: what MAIL, RCPT, DATA or the letter itself was answered.
        let isAnswered = result == CURLE_SEND_ERROR || end.wasSent
        let kind: TransferEnd.Fault.Kind =
            switch (transfer.content, result) {
            case (.letter, CURLE_LOGIN_DENIED): .loginDenied
            case (.letter, _) where end.code >= 400 && isAnswered: .refused
            case (.letter, _), (.request, _): .broken
            }
        return .init(kind: kind, message: message)
    }
}
