import Foundation
import Glibc
import Journeys
import Store
import Values

/// Letters as files, for who has no mail server yet.
struct MailFolder {
    let path: String

    /// The same name for the same delivery: a repeat takes the place of what there is.
    func write(_ letter: Letter, of delivery: StoredDelivery, storeID: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let time = delivery.at.description.prefix(19).replacing(":", with: "")
        let name = "\(time)-\(OutsideID(delivery.id, storeID: storeID).text.prefix(12)).eml"
        let recipient = Array(HeaderText.addresses("Delivered-To", [letter.recipient]).utf8)
        try write(recipient + letter.bytes, to: "\(path)/\(name)")
    }

    /// Whole or not at all, and on the disk when it returns.
    private func write(_ bytes: [UInt8], to file: String) throws {
        let draft = file + ".part"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: bytes)
        try handle.synchronize()
        try handle.close()
        guard rename(draft, file) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    }
}
