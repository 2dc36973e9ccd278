/// An expectation that did not hold, with its place. For checks that several test targets run, which
/// cannot use a test library's own.
public struct BrokenExpectation: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// Throws unless the condition holds.
public func require(
    _ condition: Bool, _ what: String, file: StaticString = #fileID, line: UInt = #line
) throws {
    if !condition { throw BrokenExpectation("\(file):\(line): \(what)") }
}

/// Throws unless both are equal.
public func requireEqual<Value: Equatable>(
    _ found: Value, _ expected: Value, file: StaticString = #fileID, line: UInt = #line
) throws {
    try require(found == expected, "found \(found), expected \(expected)", file: file, line: line)
}
