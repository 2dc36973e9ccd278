import CSandbox
import Values

/// Which lines of a program's files have code, and which of them ran in any sandbox of it.
///
/// A sandbox of a program that counts lines runs a good deal slower. Instructions are counted as in any other.
///
/// Owner: nobody, for bits are only ever set after they were made; hence `@unchecked Sendable`.
public final class LineCoverage: @unchecked Sendable {
    /// The files that are counted; in the order of their names' bytes.
    public let files: [File]
    private let ran: [UnsafeMutableBufferPointer<UInt8>]

    public struct File: Sendable {
        /// As ``Source/name``.
        public let name: String
        /// The numbers of its lines that have code, upwards. The last `end` of a function has none.
        public let linesWithCode: [Int]
        /// Of these lines, those with a function that is in the one line alone.
        fileprivate let linesOfFunctions: Set<Int>
    }

    /// Those of the sources that parse.
    public init(_ sources: [Source]) {
        var files: [File] = []
        var ran: [UnsafeMutableBufferPointer<UInt8>] = []
        for source in sources.sorted(by: { compareBytes($0.name, $1.name) < 0 }) {
            // Lines have numbers from 1, and the last one may have no end.
            let count = source.text.count { $0 == UInt8(ascii: "\n") } + 2
            var code = [UInt8](repeating: 0, count: count)
            let parses = source.text.withUnsafeBufferPointer { text in
                sbx_lines_with_code(sbx_bytes(text), &code, UInt32(count))
            }
            guard parses else { continue }
            files.append(
                File(
                    name: source.name, linesWithCode: code.indices.filter { code[$0] != 0 },
                    linesOfFunctions: Set(
                        code.indices.filter { code[$0] & Self.mark(SBX_LINE_OF_FUNCTION) != 0 })))
            let marks = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: count)
            marks.initialize(repeating: 0)
            ran.append(marks)
        }
        self.files = files
        self.ran = ran
    }

    deinit { for marks in ran { marks.deallocate() } }

    /// The numbers of the file's lines with code that did not run so far. Where a function is in one line, to make it is not
    /// to run it.
    ///
    /// - Parameter index: of ``files``.
    public func linesThatDidNotRun(in index: Int) -> [Int] {
        let file = files[index]
        return file.linesWithCode.filter { line in
            let wanted = file.linesOfFunctions.contains(line) ? SBX_LINE_OF_FUNCTION : SBX_LINE
            return ran[index][line] & Self.mark(wanted) == 0
        }
    }

    private static func mark(_ line: sbx_line) -> UInt8 { UInt8(line.rawValue) }

    /// False if there is no memory.
    func mark(in core: OpaquePointer) -> Bool {
        zip(files, ran).allSatisfy { file, marks in
            file.name.withBytes {
                sbx_mark_lines(core, sbx_bytes($0), marks.baseAddress, UInt32(marks.count))
            }
        }
    }
}
