import COpenSSL
import Foundation
import Journeys
import Store
import Values

/// A call of a webhook: an event as CloudEvents 1.0 has it, signed as Standard Webhooks has it.
struct WebhookRequest {
    let id: String
    /// The same bytes in each attempt (R53).
    let body: [UInt8]
    private let trace: TraceParent?

    init(_ delivery: StoredDelivery, storeID: String) {
        let id = OutsideID(delivery.id, storeID: storeID).text
        self.id = id
        trace = delivery.trace
        let data = delivery.payload["payload"] ?? .null
        // What a plugin sends cannot pass for an event of the engine.
        let isOfEngine = sameBytes(delivery.by, "engine")
        let event = isOfEngine ? data.table?["event"]?.string : nil
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("specversion", "1.0")
        writer.field("id", id)
        writer.field("source", "/signalbox")
        writer.field("type", "signalbox.\(event ?? "webhook")")
        writer.field("subject", delivery.id.lead.text)
        writer.field("time", delivery.at.description)
        writer.field("datacontenttype", "application/json")
        writer.field("data", data)
        writer.endObject()
        body = writer.bytes
    }

    /// - Parameters:
    ///   - keys: each signs, so that a receiver which knows one of them is content.
    ///   - time: of the attempt.
    func headers(signedWith keys: [[UInt8]], at time: Timestamp) -> [(name: String, value: String)] {
        let seconds = String(time.milliseconds / 1000)
        let signed = Array("\(id).\(seconds).".utf8) + body
        let signatures = keys.map { "v1,\(Data(Self.code(signed, $0)).base64EncodedString())" }
        let traced = trace.map { [(name: "traceparent", value: $0.text)] } ?? []
        return traced + [
            ("Content-Type", "application/cloudevents+json; charset=utf-8"),
            ("User-Agent", "Signalbox"),
            ("webhook-id", id),
            ("webhook-timestamp", seconds),
            ("webhook-signature", signatures.joined(separator: " ")),
        ]
    }

    /// HMAC with SHA-256.
    private static func code(_ bytes: [UInt8], _ key: [UInt8]) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        _ = HMAC(EVP_sha256(), key, Int32(key.count), bytes, bytes.count, &code, &count)
        return Array(code.prefix(Int(count)))
    }

    /// The key that a secret is: base64, with `whsec_` before it or without.
    static func key(_ secret: String) throws(SecretFault) -> [UInt8] {
        let mark = "whsec_"
        let text = secret.hasPrefix(mark) ? String(secret.dropFirst(mark.count)) : secret
        guard let key = Data(base64Encoded: text), !key.isEmpty else {
            throw SecretFault(message: "the secret is not base64, with or without `whsec_` before it")
        }
        return Array(key)
    }
}
