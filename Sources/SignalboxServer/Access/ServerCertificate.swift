import NIOSSL

/// What the service proves its name with, so that what is said to it is encrypted.
package struct ServerCertificate: Sendable {
    let configuration: TLSConfiguration

    /// Why the two files cannot be used.
    package struct Unusable: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// - Parameters:
    ///   - certificate: a file in PEM form with the certificate, and behind it those of who vouches for it.
    ///   - key: a file in PEM form with its private key.
    package init(certificate: String, key: String) throws(Unusable) {
        let chain = try Self.reading(certificate, "a certificate") {
            try NIOSSLCertificate.fromPEMFile(certificate)
        }
        guard !chain.isEmpty else {
            throw Unusable(description: "\(certificate): there is no certificate in it")
        }
        let key = try Self.reading(key, "a private key") { try NIOSSLPrivateKey(file: key, format: .pem) }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        do {
            _ = try NIOSSLContext(configuration: configuration)
        } catch {
            throw Unusable(description: "\(certificate): the private key is another certificate's")
        }
        self.configuration = configuration
    }

    private static func reading<Content>(
        _ file: String, _ what: String, _ read: () throws -> Content
    ) throws(Unusable) -> Content {
        do {
            return try read()
        } catch {
            throw Unusable(description: "\(file): \(what) in PEM form cannot be read from it")
        }
    }
}
