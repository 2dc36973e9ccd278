import Journeys
import Plugins

/// A use of something that the host gives, at its place in a plugin.
struct LuaUse {
    let path: LuaPath
    /// Where the last keys are, those that the use itself writes.
    let keyRanges: [Range<Int>]
    let range: Range<Int>
    let file: LuaFile
    let kind: Kind
    /// Whether some calls do not come here.
    let isConditional: Bool
    /// Whether a function does it, or else loading the plugin.
    let isInFunction: Bool

    enum Kind {
        case read
        case call([Argument])
        /// With a colon.
        case method([Argument])
        case write(LuaMeaning)
    }

    struct Argument {
        let meaning: LuaMeaning
        let range: Range<Int>
    }

    /// The arguments, if the path is called.
    var arguments: [Argument]? { if case .call(let arguments) = kind { arguments } else { nil } }

    var isWrite: Bool { if case .write = kind { true } else { false } }

    /// Where the key is; the whole use, if a variable holds the path up to the key.
    func range(ofKey index: Int) -> Range<Int> {
        let number = index - (path.keys.count - keyRanges.count)
        return keyRanges.indices.contains(number) ? keyRanges[number] : range
    }

    func place(ofKey index: Int) -> FilePlace { file.place(of: range(ofKey: index)) }

    var place: FilePlace { file.place(of: range) }
}
