import TestKit
import Testing
import Values

@Suite("Byte order marks")
struct ByteOrderMarkTests {
    private let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private func marked(_ text: String) -> [UInt8] { mark + Array(text.utf8) }

    @Test("every file that a command reads may begin with one")
    func inputs() async throws {
        let workspace = try TemporaryWorkspace()
        try workspace.write("maps/buyer.yaml", marked(TemporaryWorkspace.buyer))
        try workspace.write("plugins/probe.lua", marked(TemporaryWorkspace.probe))
        try workspace.write("signalbox.yaml", marked("store: here.db\n"))
        let command = #"{"do":"assign","lead":"a","map":"buyer"}"#
        let simulated = try await workspace.run(
            "simulate", "--commands", "-", "--format", "jsonl", input: marked(command))
        #expect(simulated.status == 0 && simulated.objects.events.count == 4)
        let done = try await workspace.run("do", "--commands", "-", input: marked(command))
        #expect(done.status == 0 && workspace.exists("here.db"))
        let tried = try await workspace.run("try", "probe.count", "--event", "-", input: marked("{}"))
        #expect(tried.status == 0, "\(tried.errors)")
        let imported = try await workspace.run(
            "import", "-", "--map", "buyer", "--id", "Id", input: marked("\"Id\"\nb\n"))
        #expect(imported.status == 0, "\(imported.errors)")
        #expect(try await workspace.run("leads", "--format", "jsonl").objects.count == 2)
    }

    @Test("a mark that comes bit by bit is one too, and none but the first is")
    func pieces() async throws {
        let workspace = try TemporaryWorkspace()
        let line = #"{"do":"set","lead":"a"}"#
        try workspace.write("mark", mark)
        // A process for each byte, so that the program reads them one by one as they come.
        let ran = try await RunningProgram(
            ["do", "--commands", "-", "--format", "jsonl"],
            shell:
                #"( for i in 0 1 2; do dd if="$WORKSPACE/mark" bs=1 skip=$i count=1 2>/dev/null; done; echo '\#(line)' ) | exec "$0" "$@" -w "$WORKSPACE""#,
            workspace: workspace
        ).end()
        #expect(ran.status == 0, "\(ran.errors)")
        let second = try await workspace.run(
            "do", "--commands", "-", input: Array(line.utf8) + [0x0A] + marked(line))
        #expect(second.status == 65 && second.errors.contains(":2: "))
    }

    @Test("a commands file or an event in UTF-16 is told, with what to do")
    func utf16() async throws {
        let workspace = try TemporaryWorkspace()
        let bytes: [UInt8] = [0xFF, 0xFE] + Array("{}".utf8).flatMap { [$0, 0] }
        for command in [
            ["do", "--commands", "-"], ["simulate", "--commands", "-"],
            ["try", "probe.count", "--event", "-"],
        ] {
            let ran = try await RunningProgram(command + ["-w", workspace.folder], input: .bytes(bytes)).end()
            #expect(
                ran.status == 65 && ran.errors.contains("the file is UTF-16; save it as UTF-8"), "\(command)")
        }
    }
}
