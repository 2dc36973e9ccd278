import Foundation
import Journeys
import SQLiteStore
import Store
import TestKit
import Testing

/// The program on disks that are full, read-only or damaged: it says so, ends with the right status, and
/// leaves nothing half done.
@Suite("the program on bad disks", .serialized)
struct DiskTests {
    private let folder: TemporaryFolder
    private let given: [Workload.Given]

    init() throws {
        folder = try TemporaryFolder()
        var workload = Workload(seed: 5)
        given = (0..<1200).map { _ in workload.next() }
    }

    private func arguments(_ words: String...) -> [String] {
        [words[0], "-w", folder.path] + words.dropFirst()
    }

    /// Gives the commands, and takes what is answered.
    private func give(
        _ given: [Workload.Given], to acknowledged: inout Acknowledged, shell: String? = nil
    ) throws -> (status: Int32, errors: String) {
        let program = try Program(arguments("do", "--commands", "-", "--format", "jsonl"), shell: shell)
        // A first portion small enough to find room, then what comes.
        let first = given.prefix(100)
        _ = program.give(first.map(\.line))
        while program.isRunning, program.lineCount < first.count { usleep(1000) }
        _ = program.give(given.dropFirst(first.count).map(\.line))
        program.endInput()
        let status = program.wait()
        try acknowledged.read(program.lines, to: given)
        return (status, program.errors)
    }

    /// Gives what is not answered, now that the disk is well, and checks everything.
    private func goOn(_ acknowledged: inout Acknowledged, store: String) throws {
        let rest = given.filter { !acknowledged.commands.contains($0.id) }
        let (status, errors) = try give(rest, to: &acknowledged)
        #expect(status == 1, "\(errors)")
        try Verification(path: store, given: given, acknowledged: acknowledged).run()
    }

    // MARK: Full

    @Test(
        "a full disk ends the program in words, and with more room it goes on", .enabled(if: Mount.isPossible)
    )
    func fullDisk() throws {
        let disk = try Mount(at: folder("disk"), sizeKiB: 1000)
        try Workload.lay(in: folder.path, store: disk.path + "/signalbox.db")
        var acknowledged = Acknowledged()
        let (status, errors) = try give(given, to: &acknowledged)
        #expect(status == 65)
        #expect(errors.contains("no space is left"), "\(errors)")
        #expect(errors.contains("what came before is done"))
        #expect(!acknowledged.commands.isEmpty && acknowledged.commands.count < given.count)
        try disk.change("size=64m")
        try goOn(&acknowledged, store: disk.path + "/signalbox.db")
    }

    @Test("a disk that has no room for a store ends the program in words", .enabled(if: Mount.isPossible))
    func tinyDisk() throws {
        for sizeKiB in [4, 8, 16, 32, 64, 96, 128, 160] {
            let disk = try Mount(at: folder("disk \(sizeKiB)"), sizeKiB: sizeKiB)
            try Workload.lay(in: folder.path, store: disk.path + "/signalbox.db")
            var acknowledged = Acknowledged()
            let (status, errors) = try give(Array(given.prefix(400)), to: &acknowledged)
            #expect(status == 65, "\(sizeKiB) KiB: \(errors)")
            #expect(errors.contains("no space is left"), "\(sizeKiB) KiB: \(errors)")
        }
    }

    @Test("a file that may not grow ends the program in words, and without the limit it goes on")
    func limitedFile() throws {
        try Workload.lay(in: folder.path)
        var acknowledged = Acknowledged()
        // In blocks of 512 bytes.
        let (status, errors) = try give(given, to: &acknowledged, shell: "ulimit -f 1800")
        #expect(status == 65, "\(errors)")
        #expect(errors.contains("may write more"), "\(errors)")
        #expect(!acknowledged.commands.isEmpty && acknowledged.commands.count < given.count)
        try goOn(&acknowledged, store: folder("data/signalbox.db"))
    }

    // MARK: Read-only

    @Test("a disk that is read-only is refused before anything is done", .enabled(if: Mount.isPossible))
    func readOnlyDisk() throws {
        let disk = try Mount(at: folder("disk"), sizeKiB: 4096)
        let store = disk.path + "/signalbox.db"
        try Workload.lay(in: folder.path, store: store)
        try fill(100)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: store))
        try disk.change("ro")
        try expectRefused()
        #expect(try Data(contentsOf: URL(fileURLWithPath: store)) == bytes)
    }

    @Test("a file that is read-only is refused before anything is done", .enabled(if: Mount.isPossible))
    func readOnlyFile() throws {
        try Workload.lay(in: folder.path)
        try fill(100)
        let store = folder("data/signalbox.db")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: store))
        let mount = try Mount(readOnly: store)
        try expectRefused()
        #expect(try Program.run(arguments("leads")).status == 0)
        withExtendedLifetime(mount) {}
        #expect(try Data(contentsOf: URL(fileURLWithPath: store)) == bytes)
    }

    @Test("a folder without permission is refused before anything is done", .enabled(if: geteuid() != 0))
    func readOnlyFolder() throws {
        try Workload.lay(in: folder.path)
        try fill(100)
        for mode in [0o444, 0o644] {
            try setMode(mode, "data/signalbox.db")
            try setMode(0o555, "data")
            try expectRefused()
            #expect(try Program.run(arguments("leads")).status == 0)
            try setMode(0o755, "data")
        }
    }

    private func setMode(_ mode: Int, _ name: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder(name))
    }

    private func expectRefused() throws {
        let (status, lines, errors) = try Program.run(arguments("do", "set", "L1", "name=Ana"))
        #expect(status == 65)
        #expect(lines == [])
        #expect(errors.contains("cannot be"), "\(errors)")
    }

    // MARK: Damaged

    @Test("a damaged page that is needed at the start ends the program in words")
    func damagedStart() throws {
        try Workload.lay(in: folder.path)
        try fill(600)
        let store = folder("data/signalbox.db")
        // The end of the stream brought everything into the one file.
        let wal = try? FileManager.default.attributesOfItem(atPath: store + "-wal")
        #expect(wal.map { $0[.size] as? Int == 0 } ?? true)
        // The first page, but its header, is the schema.
        try damage(store, at: 100, count: 3996)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: store))
        for words in [
            ["do", "set", "L1", "name=Ana"], ["leads"], ["lead", "L1"], ["backup", folder("b.db")],
        ] {
            let (status, lines, errors) = try Program.run([words[0], "-w", folder.path] + words.dropFirst())
            #expect(status == 65, "\(words)")
            #expect(lines == [])
            #expect(errors.contains("damaged") && errors.contains(store), "\(words): \(errors)")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: store)) == bytes)
        #expect(!FileManager.default.fileExists(atPath: folder("b.db")))
    }

    @Test("a damaged page that is met while working ends the program in words, and nothing is half done")
    func damagedLater() throws {
        try Workload.lay(in: folder.path)
        let (before, after) = (given.prefix(300), given[300..<340])
        var acknowledged = Acknowledged()
        _ = try give(Array(before), to: &acknowledged)
        let store = folder("data/signalbox.db")
        let healthy = try Data(contentsOf: URL(fileURLWithPath: store))
        var failed = 0
        for page in stride(from: 1, to: healthy.count / 4096, by: 9) {
            try healthy.write(to: URL(fileURLWithPath: store))
            try damage(store, at: page * 4096, count: 4096)
            var answered = acknowledged
            let (status, errors) = try give(Array(after), to: &answered)
            // Not every page is needed.
            if status == 1 { continue }
            failed += 1
            #expect(status == 65 && errors.contains(store), "page \(page): \(errors)")
            #expect(errors.contains("damaged") || errors.contains("backup"), "page \(page): \(errors)")
            // With the page as it was, what was answered before it was met is there, and nothing more.
            let handle = try #require(FileHandle(forUpdatingAtPath: store))
            try handle.seek(toOffset: UInt64(page * 4096))
            try handle.write(contentsOf: healthy[(page * 4096)..<((page + 1) * 4096)])
            try handle.close()
            let left = try contents(store)
            try left.requireWhole()
            let opened = try SQLiteStore(at: store, mode: .readOnly)
            for command in given.prefix(340) where command.moment != nil {
                #expect(
                    try (opened.accepted(CommandID(command.id), of: LeadID(command.lead)!) != nil)
                        == answered.commands.contains(command.id),
                    "page \(page): \(command)")
            }
            if answered.commands == acknowledged.commands {
                let before = try contents(of: healthy)
                #expect(left == before)
            }
        }
        #expect(failed > 0)
    }

    private func contents(_ store: String) throws -> StoreContents {
        try StoreContents(of: SQLiteStore(at: store, mode: .readOnly))
    }

    private func contents(of bytes: Data) throws -> StoreContents {
        try bytes.write(to: URL(fileURLWithPath: folder("healthy.db")))
        return try contents(folder("healthy.db"))
    }

    private func damage(_ file: String, at offset: Int, count: Int) throws {
        let handle = try #require(FileHandle(forUpdatingAtPath: file))
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: Data(repeating: 0x5A, count: count))
        try handle.close()
    }

    private func fill(_ count: Int) throws {
        var acknowledged = Acknowledged()
        let (status, errors) = try give(Array(given.prefix(count)), to: &acknowledged)
        #expect([0, 1].contains(status), "\(errors)")
    }
}

/// A file system of its own, or a file that is mounted over itself; gone with it. Needs root.
private final class Mount {
    let path: String

    static let isPossible: Bool = {
        guard geteuid() == 0, let folder = try? TemporaryFolder() else { return false }
        return (try? Mount(at: folder("disk"), sizeKiB: 64)) != nil
    }()

    init(at path: String, sizeKiB: Int) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Self.run("mount", "-t", "tmpfs", "-o", "size=\(sizeKiB)k", "none", path)
    }

    /// Makes one file read-only, for root too.
    init(readOnly file: String) throws {
        path = file
        try Self.run("mount", "--bind", file, file)
        try Self.run("mount", "-o", "remount,bind,ro", file)
    }

    func change(_ option: String) throws { try Self.run("mount", "-o", "remount,\(option)", path) }

    deinit { try? Self.run("umount", path) }

    private static func run(_ words: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try require(process.terminationStatus == 0, words.joined(separator: " "))
    }
}
