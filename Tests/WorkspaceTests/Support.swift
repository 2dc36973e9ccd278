import Values
import Workspace

/// The mistakes of a map's text, without the file's name.
func mistakes(_ text: String, file: String = "maps/m.yaml") -> [String] {
    MapFile(Array(text.utf8), file: file).mistakes.map { String("\($0)".dropFirst(file.utf8.count + 1)) }
}
