import Foundation
import Synchronization

/// What the fuzzers begin with: inputs that once did harm, and some that end in ways of their own.
///
/// `corpus/sources` holds whole plugins, `corpus/bytes` encoded values as hexadecimal digits.
enum Corpus {
    static let sources = files(in: "sources", named: ".lua").map { (name: $0.name, bytes: [UInt8]($0.data)) }

    static let bytes = files(in: "bytes", named: ".hex").map { name, data in
        let digits = data.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        return (
            name: name,
            bytes: stride(from: 0, to: digits.count - 1, by: 2).map {
                UInt8(digits[$0] * 16 + digits[$0 + 1])
            }
        )
    }

    private static func files(in folder: String, named suffix: String) -> [(name: String, data: Data)] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "corpus/\(folder)")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted().map { name in
            (name, (try? Data(contentsOf: folder.appending(path: name))) ?? Data())
        }
    }

    /// A folder in which the shortest source stays for each way to end.
    final class Kept: Sendable {
        private let folder: URL
        private let shortest = Mutex<[String: Int]>([:])

        init?(in folder: String?) {
            guard let folder else { return nil }
            self.folder = URL(filePath: folder)
        }

        func note(_ source: [UInt8], endedAs ending: String) {
            // Names, numbers and quotes of the source make no new way to end.
            let words = ending.lowercased().split { !$0.isLetter || !$0.isASCII }.filter { $0.count > 2 }
            let key = String(words.prefix(8).joined(separator: "-").prefix(80))
            shortest.withLock { shortest in
                if let length = shortest[key], length <= source.count { return }
                shortest[key] = source.count
                try? Data(source).write(to: folder.appending(path: "\(key).lua"))
            }
        }
    }
}
