import Foundation
import GRDB
import Store

extension StoreError {
    /// A file that could not be opened for writing, by the system's own number.
    init(opening file: String, errno code: CInt) {
        let reason = String(cString: strerror(code))
        switch code {
        case EACCES, EPERM, EROFS:
            self.init(
                .readOnly, "cannot be written: \(reason)", file: file,
                advice: "give this user the right to write there, or name another place")
        case ENOSPC, EDQUOT:
            self = .full(file: file)
        default:
            self.init(
                .cannotOpen, "cannot be opened: \(reason)", file: file,
                advice: "name a file in a folder that exists")
        }
    }

    /// What SQLite reported, in words about the store.
    init(_ error: any Error, file: String) {
        if let error = error as? StoreError {
            self = error
            if self.file == nil {
                self = StoreError(error.code, error.message, file: file, advice: error.advice)
            }
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(.inputOutput, "\(error)", file: file, advice: Self.adviceOnDisks)
            return
        }
        let message = error.message ?? "no message"
        switch error.resultCode {
        case .SQLITE_NOTADB:
            self = .notAStore(file: file)
        case .SQLITE_CORRUPT:
            self = .damaged("the store is damaged: \(message)", file: file)
        case .SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_SCHEMA, .SQLITE_TOOBIG:
            // The statements are the program's own, so it is the file that they do not fit.
            self = .damaged("the store is not as Signalbox makes it: \(message)", file: file)
        case .SQLITE_NOMEM:
            self = .noMemory(file: file)
        case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_NOMEM:
            self = .noMemory(file: file)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self = .locked(by: nil, file: file)
        case .SQLITE_FULL:
            self = .full(file: file)
        case .SQLITE_READONLY, .SQLITE_PERM:
            self.init(
                .readOnly, "cannot be written: \(message)", file: file,
                advice: "give this user the right to write the file and its folder")
        case .SQLITE_CANTOPEN:
            self.init(
                .cannotOpen, "cannot be opened: \(message)", file: file,
                advice:
                    "give this user the right to read it and what is beside it"
            )
        case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_SHMSIZE:
            // Of all its files, SQLite does not say of this one that it found no space for it.
            self = .full(file: file)
        case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_WRITE:
            self.init(
                .inputOutput, "cannot be written: \(message)", file: file,
                advice: "see whether this user and this process may write more, and look at the disk")
        default:
            self.init(
                .inputOutput, "\(message) (SQLite's code \(error.extendedResultCode.rawValue))", file: file,
                advice: Self.adviceOnDisks)
        }
    }

    private static let adviceOnDisks = "look at the disk and the system's log"

    static func noStore(_ file: String) -> StoreError {
        StoreError(
            .noStore, "there is no store here yet", file: file,
            advice: "give a first command; that makes the store")
    }

    static func notAStore(file: String) -> StoreError {
        StoreError(
            .notAStore, "the file is not a Signalbox store", file: file,
            advice: "name another file, or restore the store from a backup")
    }

    static func full(file: String) -> StoreError {
        StoreError(
            .full, "no space is left", file: file,
            advice: "make room on the disk; nothing of what was refused was kept")
    }

    static func noMemory(file: String) -> StoreError {
        StoreError(
            .inputOutput, "there is no memory left to read or write it with", file: file,
            advice: "give the process more memory; nothing of what was refused was kept")
    }

    static func locked(by holder: Int32?, file: String) -> StoreError {
        let name = holder.map { "process \($0)" } ?? "another process"
        return StoreError(
            .locked(by: holder), "\(name) writes to the store", file: file,
            advice: "end that process, or give your commands to it; reading is possible meanwhile")
    }
}
