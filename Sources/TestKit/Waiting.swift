/// Whether it holds, at once or soon: it is looked at every 20 ms, a thousand times at most.
public func holdsSoon(_ holds: () async throws -> Bool) async throws -> Bool {
    for _ in 0..<1_000 {
        if try await holds() { return true }
        try await Task.sleep(for: .milliseconds(20))
    }
    return false
}
