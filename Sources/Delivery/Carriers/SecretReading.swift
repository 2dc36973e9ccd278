import Foundation
import Values
import Workspace

/// Why a secret cannot be used. It never says the secret.
struct SecretFault: Error {
    let message: String
}

extension Secret {
    private static let limitBytes = 64 << 10

    /// - Parameter folder: what paths begin from.
    func read(from folder: String) throws(SecretFault) -> String {
        switch self {
        case .environment(let name):
            guard let text = ProcessInfo.processInfo.environment[name], !text.isEmpty else {
                throw SecretFault(message: "the environment variable \(name) is not set")
            }
            return text
        case .file(let path):
            let whole = path.hasPrefix("/") ? path : "\(folder)/\(path)"
            guard let file = FileHandle(forReadingAtPath: whole) else {
                throw SecretFault(message: "the file \(path.quotedForMessage) cannot be opened")
            }
            defer { try? file.close() }
            guard let bytes = try? file.read(upToCount: Self.limitBytes + 1), bytes.count <= Self.limitBytes,
                var text = String(validating: bytes, as: UTF8.self)
            else {
                throw SecretFault(
                    message:
                        "the file \(path.quotedForMessage) is not a text of at most \(Self.limitBytes) bytes")
            }
            if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
            guard !text.isEmpty else {
                throw SecretFault(message: "the file \(path.quotedForMessage) is empty")
            }
            return text
        }
    }
}
