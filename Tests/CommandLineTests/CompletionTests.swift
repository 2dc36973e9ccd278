import Foundation
import TestKit
import Testing

@Suite("Completion in a shell")
struct CompletionTests {
    /// What bash offers for the last word.
    private func offered(_ words: String..., in workspace: TemporaryWorkspace) async throws -> [String] {
        let line = (["signalbox"] + words).map { "\"\($0)\"" }.joined(separator: " ")
        let ran = try await RunningProgram(
            [], environment: ["SIGNALBOX_WORKSPACE": workspace.folder],
            shell: """
                PATH=$(dirname "$0"):$PATH
                export SCRIPT=$(mktemp)
                signalbox --generate-completion-script bash >"$SCRIPT"
                exec bash -c '
                source "$SCRIPT"
                rm "$SCRIPT"
                COMP_WORDS=(\(line)) COMP_CWORD=\(words.count) COMP_LINE="${COMP_WORDS[*]}" COMP_POINT=${#COMP_LINE}
                _signalbox
                printf "%s\\n" "${COMPREPLY[@]}"'
                """
        ).end()
        #expect(ran.status == 0, "\(ran.errors)")
        return ran.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    @Test("maps, steps, plugins, functions and leads are offered by their names")
    func names() async throws {
        let workspace = try TemporaryWorkspace()
        for lead in ["ana", "anton", "bo"] {
            #expect(try await workspace.run("do", "assign", lead, "buyer").status == 0)
        }
        #expect(try await offered("do", "assign", "ana", "", in: workspace).contains("buyer"))
        #expect(
            try await offered("do", "complete", "ana", "qualify/", in: workspace).contains("qualify/call"))
        #expect(try await offered("plugins", "show", "", in: workspace).contains("probe"))
        #expect(try await offered("try", "probe.k", in: workspace) == ["probe.keep"])
        #expect(try await offered("lead", "an", in: workspace) == ["ana", "anton"])
    }

    @Test("where there is no workspace, nothing is offered and nothing is said")
    func nowhere() async throws {
        let workspace = try TemporaryWorkspace()
        try workspace.write("signalbox.yaml", "stroe: x\n")
        #expect(try await offered("do", "assign", "ana", "b", in: workspace) == [])
    }
}
