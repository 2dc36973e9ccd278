import CSandbox
import Values

/// Keys that tables of a call may have, for the calls whose arguments name them (``ValueEncoder/declaredTable(_:_:)``).
///
/// A key that such a table may have and does not have is nil, as always. Where a program reads another one, the host's
/// library decides (`primitives.declare`); no program can tell such a table from another in any other way.
public final class DeclaredTables: @unchecked Sendable {
    /// What a table is, for the library.
    public struct Declaration: Sendable {
        /// The beginning of a sentence that ends with the key: `event does not have a key`.
        let phrase: String
        let keys: TableKeys

        public init(phrase: String, keys: TableKeys) {
            self.phrase = phrase
            self.keys = keys
        }
    }

    /// Never changed after it was made; with the phrases freed in `deinit`.
    let native: UnsafeMutableBufferPointer<sbx_declared>
    /// What the native declarations point to.
    private let declarations: [Declaration]

    /// - Parameter declarations: by the number of the table.
    public init(_ declarations: [Declaration]) {
        self.declarations = declarations
        native = .allocate(capacity: declarations.count)
        for (number, declaration) in declarations.enumerated() {
            let phrase = UnsafeMutableBufferPointer<UInt8>.allocate(
                capacity: declaration.phrase.utf8.count)
            _ = phrase.initialize(from: declaration.phrase.utf8)
            native.initializeElement(
                at: number,
                to: sbx_declared(
                    phrase: sbx_bytes(UnsafeBufferPointer(phrase)), keys: declaration.keys.native))
        }
    }

    deinit {
        for declared in native { declared.phrase.start?.deallocate() }
        native.deallocate()
    }
}
