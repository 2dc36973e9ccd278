import Journeys
import LuaSandbox
import Values

extension PluginSource {
    /// Where loading failed, and what is left of the message: the line that the message begins with
    /// (`greeting/text.lua:3: …`), else the innermost line of the traceback, else the plugin's first file.
    func place(of failure: LoadFailure) -> (FilePlace, message: String) {
        if let (place, rest) = place(at: failure.message[...]) {
            if failure.reason == .error { return (place, rest + FailureHint.text(for: String(rest))) }
            guard failure.reason == .syntax, let source = source(at: place),
                let hint = SyntaxHint(for: String(rest), at: place.line, in: source.text)
            else { return (place, String(rest)) }
            let line = hint.line.map { FilePlace(file: place.file, wholeLine: $0) }
            return (line ?? place, "\(rest); \(hint.text)")
        }
        for line in failure.traceback {
            if let (place, _) = place(at: line[...]) { return (place, failure.message) }
        }
        return (FilePlace(wholeFile: file), failure.message)
    }

    private func source(at place: FilePlace) -> Source? {
        ([main] + modules.values).first { sameBytes(path(of: $0), place.file) }
    }

    /// The place that the text begins with, as Lua writes it (`NAME:LINE: `), and the text behind it.
    private func place(at text: Substring) -> (FilePlace, rest: Substring)? {
        for source in [main] + modules.values.sorted(by: { compareBytes($0.name, $1.name) < 0 }) {
            let start = "\(Self.shortened(source.name)):"
            guard text.utf8.starts(with: start.utf8) else { continue }
            let behind = Substring(text.utf8.dropFirst(start.utf8.count))
            let digits = behind.prefix { ("0"..."9").contains($0) }
            let rest = behind.dropFirst(digits.count)
            guard let line = Int(digits), line > 0, rest.hasPrefix(": ") else { continue }
            return (FilePlace(file: path(of: source), wholeLine: line), rest.dropFirst(2))
        }
        return nil
    }

    /// Sources are named from the plugins folder, mistakes from the workspace's.
    func path(of source: Source) -> String {
        String(decoding: file.printable.utf8.dropLast(main.name.utf8.count), as: UTF8.self) + source.name
    }

    /// What does not parse in the other files of a plugin that failed to load in one.
    func syntaxMistakes(besides failed: String, _ limits: Limits) -> [Mistake] {
        // Parsing is all that is wanted: what runs after it is cut off at once.
        var limits = limits
        limits.instructions = 1
        let sources = [main] + modules.values.sorted { compareBytes($0.name, $1.name) < 0 }
        return sources.compactMap { source -> Mistake? in
            guard !sameBytes(path(of: source), failed) else { return nil }
            do throws(LoadFailure) {
                _ = try Sandbox(Program(main: source), limits: limits)
                return nil
            } catch {
                guard error.reason == .syntax else { return nil }
                let (place, message) = self.place(of: error)
                return Mistake(place, "the file does not load: \(error.reason.rawValue): \(message)")
            }
        }
    }

    /// A source's name as Lua writes it: a long one by its end.
    private static func shortened(_ name: String) -> String {
        let limitBytes = 59
        guard name.utf8.count > limitBytes else { return name }
        return "..." + String(decoding: name.utf8.suffix(limitBytes - 3), as: UTF8.self)
    }
}
