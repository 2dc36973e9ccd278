import Testing

/// A file has one subject and a function one task: both stay short.
@Suite("Sizes")
struct SizeTests {
    private static let fileLimitLines = 500
    private static let functionLimitLines = 70

    @Test("the repository's files are found")
    func found() {
        for path in ["README.md", "docs/sandbox.md", "Sources/CSandbox/state.h", "Sources/Journeys"] {
            #expect(Repository.files.contains { $0.path.hasPrefix(path) }, "\(path)")
        }
    }

    @Test("nothing lies at the top of the repository but what belongs there")
    func top() {
        #expect(
            Repository.topFiles == [
                ".editorconfig", ".gitignore", ".luacheckrc", ".swift-format", "CONTRIBUTING.md", "LICENSE",
                "Package.swift", "README.md",
            ])
    }

    @Test("no file is longer than 500 lines")
    func files() {
        let findings = Repository.files.filter { $0.lines.count > Self.fileLimitLines + 1 }
        #expect(findings.map(\.path) == [])
    }

    @Test("no function is longer than 70 lines")
    func functions() {
        let functions = Repository.files.filter { $0.ends(in: "swift", "c") }.flatMap { file in
            Self.functions(in: file).map { (file: file, function: $0) }
        }
        #expect(functions.contains { $0.file.name == "sandbox.c" && $0.function.name == "sbx_load" })
        #expect(functions.contains { $0.file.name == "Sandbox.swift" && $0.function.name == "call" })
        let findings = functions.filter { $0.function.length > Self.functionLimitLines }.map {
            file, function in
            Finding(
                file: file, line: function.line, what: "\(function.declaration): \(function.length) lines")
        }
        #expect(findings.isEmpty, "\(lines(findings))")
    }

    private struct Function {
        let declaration: String
        let line: Int
        var length = 0

        /// The last word before the parameters.
        var name: String {
            declaration.prefix { $0 != "(" && $0 != "<" && $0 != "{" }.split(separator: " ").last.map(
                String.init) ?? ""
        }
    }

    /// From each declaration to the brace that closes it, which the formatter puts at its indentation.
    private static func functions(in file: Repository.File) -> [Function] {
        var functions: [Function] = []
        var open: [(indentation: Int, function: Function)] = []
        for (index, line) in file.lines.enumerated() {
            let text = line.drop { $0 == " " }
            let indentation = line.count - text.count
            if text.hasPrefix("}"), let last = open.last, last.indentation == indentation {
                var function = open.removeLast().function
                function.length = index + 2 - function.line
                functions.append(function)
            }
            if isDeclaration(text, indentation: indentation, in: file), !text.hasSuffix("}") {
                open.append((indentation, Function(declaration: String(text), line: index + 1)))
            }
        }
        return functions
    }

    private static func isDeclaration(_ text: Substring, indentation: Int, in file: Repository.File) -> Bool {
        if file.ends(in: "c") {
            return indentation == 0 && text.first?.isLetter == true && text.contains("(")
                && !text.hasSuffix(";")
        }
        let words = text.prefix { $0 != "(" && $0 != "{" && $0 != "\"" }.split(separator: " ")
        return words.contains("func")
            || words.last.map { ["init", "init?", "deinit", "subscript"].contains($0) } == true
    }
}
