import Foundation
import Journeys
package import Store
package import Values
package import Workspace

/// Takes deliveries to where the settings say, as they are at each attempt.
package final class SettingsCarrier: Carrier {
    private let folder: String
    private let store: any StoreReader
    private let storeID: String
    private let transfers: Transfers
    private let settings: @Sendable () -> DeliverySettings
    /// The time of day, by which receivers judge how old a request is.
    private let clock: @Sendable () -> Timestamp

    private static let letterLimit = Duration.seconds(120)
    private static let requestLimit = Duration.seconds(30)

    /// - Parameters:
    ///   - folder: the workspace's.
    ///   - storeID: see ``OutboxStore/storeID()``.
    package init(
        folder: String, store: any StoreReader, storeID: String, transfers: Transfers,
        settings: @escaping @Sendable () -> DeliverySettings, clock: @escaping @Sendable () -> Timestamp
    ) {
        self.folder = folder
        self.store = store
        self.storeID = storeID
        self.transfers = transfers
        self.settings = settings
        self.clock = clock
    }

    package func isOpen(_ channel: String) -> Bool {
        !sameBytes(channel, Outgoing.Kind.email.rawValue) || settings().email.by != .off
    }

    package func attempt(_ delivery: StoredDelivery) async -> AttemptEnd {
        switch delivery.kind {
        case .email: await sendMail(delivery, settings().email)
        case .webhook: await callWebhook(delivery, settings())
        }
    }

    // MARK: Mail

    private func sendMail(_ delivery: StoredDelivery, _ settings: DeliverySettings.Email) async -> AttemptEnd
    {
        let letter: Letter
        do {
            letter = try Letter(
                delivery, template: try template(of: delivery), storeID: storeID, settings: settings)
        } catch let fault as LetterFault {
            return AttemptEnd(.failed(canPass: false), fault.message)
        } catch {
            return AttemptEnd(.failed(canPass: true), "the template cannot be read: \(error)")
        }
        switch settings.by {
        case .off: return AttemptEnd(.failed(canPass: true), "sending mail is switched off")
        case .file: return write(letter, of: delivery)
        case .smtp: return await send(letter, settings.smtp)
        }
    }

    private func template(of delivery: StoredDelivery) throws -> StoredSource? {
        guard let name = delivery.payload["template"]?.string else { return nil }
        let source = try delivery.templateHash.flatMap {
            try store.source(of: .template, named: name, hash: $0)
        }
        guard let source else {
            throw LetterFault(
                message: "there was no template \(name.quotedForMessage) at the time of the call")
        }
        return source
    }

    private func write(_ letter: Letter, of delivery: StoredDelivery) -> AttemptEnd {
        do {
            try MailFolder(path: "\(folder)/\(DeliverySettings.mailFolder)")
                .write(letter, of: delivery, storeID: storeID)
            return AttemptEnd(.delivered, "written to \(DeliverySettings.mailFolder)")
        } catch {
            let reason = (error as? POSIXError).map { String(cString: strerror($0.code.rawValue)) }
            return AttemptEnd(
                .failed(canPass: true),
                "the letter cannot be written to \(DeliverySettings.mailFolder): \(reason ?? error.localizedDescription)",
                isOfChannel: true)
        }
    }

    private func send(_ letter: Letter, _ server: DeliverySettings.SMTP?) async -> AttemptEnd {
        guard let server else {
            return AttemptEnd(.failed(canPass: true), "deliver.email.smtp is not set", isOfChannel: true)
        }
        var login: Transfer.Login?
        if let user = server.user, let password = server.password {
            do throws(SecretFault) {
                login = Transfer.Login(user: user, password: try password.read(from: folder))
            } catch {
                return AttemptEnd(
                    .failed(canPass: true), "deliver.email.smtp.password: \(error.message)", isOfChannel: true
                )
            }
        }
        let scheme = server.tls == .tls ? "smtps" : "smtp"
        let end = await transfers.perform(
            Transfer(
                url: "\(scheme)://\(server.host):\(server.port)",
                content: .letter(
                    sender: letter.sender, recipient: letter.recipient, bytes: letter.bytes, login: login,
                    isSecured: server.tls != .off),
                // The operator named this very host for it.
                reachesPrivate: true, limit: Self.letterLimit))
        return Self.end(ofLetter: end)
    }

    static func end(ofLetter end: TransferEnd) -> AttemptEnd {
        guard let fault = end.fault else { return AttemptEnd(.delivered, end.reply) }
        switch fault.kind {
        case .refused:
            // 421 is about the server, the rest about this letter.
            return AttemptEnd(
                .failed(canPass: end.code < 500), end.reply.isEmpty ? fault.message : end.reply,
                isOfChannel: end.code == 421)
        case .loginDenied:
            return AttemptEnd(
                .failed(canPass: true), "the mail server refused the login: \(end.reply)", isOfChannel: true)
        case .broken, .privateAddress:
            if end.wasSent {
                return AttemptEnd(
                    .unknown, "the letter was sent, and no reply came: \(fault.message)", isOfChannel: true)
            }
            return AttemptEnd(.failed(canPass: true), fault.message, isOfChannel: true)
        }
    }

    // MARK: Webhooks

    private func callWebhook(_ delivery: StoredDelivery, _ settings: DeliverySettings) async -> AttemptEnd {
        guard let endpoint = settings.webhooks[delivery.to] else {
            return AttemptEnd(
                .failed(canPass: true), "deliver.webhooks has no endpoint \(delivery.to.quotedForMessage)")
        }
        var keys: [[UInt8]] = []
        do throws(SecretFault) {
            for secret in endpoint.secrets {
                keys.append(try WebhookRequest.key(try secret.read(from: folder)))
            }
        } catch {
            return AttemptEnd(
                .failed(canPass: true), "the secret of \(delivery.to.quotedForMessage): \(error.message)",
                isOfChannel: true)
        }
        let request = WebhookRequest(delivery, storeID: storeID)
        let now = clock()
        let end = await transfers.perform(
            Transfer(
                url: endpoint.url,
                content: .request(headers: request.headers(signedWith: keys, at: now), body: request.body),
                reachesPrivate: settings.privateHosts.contains { Self.isHost($0, of: endpoint.url) },
                limit: Self.requestLimit))
        return Self.end(ofRequest: end, now: clock())
    }

    private static func isHost(_ host: String, of url: String) -> Bool {
        URLComponents(string: url)?.host.map { sameBytes($0.lowercased(), host) } ?? false
    }

    static func end(ofRequest end: TransferEnd, now: Timestamp) -> AttemptEnd {
        if end.fault?.kind == .privateAddress {
            return AttemptEnd(
                .failed(canPass: true),
                "the host has a private address; deliver.http.private can allow it", isOfChannel: true)
        }
        let notBefore = end.retryAfter.flatMap { RetryAfter.time($0, now: now) }
        switch end.code {
        case 200...299: return AttemptEnd(.delivered, end.reply)
        case 410:
            return AttemptEnd(
                .failed(canPass: false), "\(end.reply): the endpoint takes nothing any more",
                endsChannel: true)
        // The request itself is refused, and it stays what it is.
        case 400, 413, 415, 422: return AttemptEnd(.failed(canPass: false), end.reply)
        case 300...399: return AttemptEnd(.failed(canPass: true), "\(end.reply): redirects are not followed")
        case 200...:
            return AttemptEnd(
                .failed(canPass: true), end.reply, isOfChannel: end.code >= 500 || end.code == 429,
                notBefore: notBefore)
        case _: break
        }
        let message = end.fault?.message ?? "the server answered nothing that is HTTP"
        if end.wasSent {
            return AttemptEnd(
                .unknown, "the request was sent, and no answer came: \(message)", isOfChannel: true)
        }
        return AttemptEnd(.failed(canPass: true), message, isOfChannel: true)
    }
}
