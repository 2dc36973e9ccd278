import Testing

/// The files of the sandbox include one another in one direction.
@Suite("Includes of the sandbox")
struct IncludeTests {
    /// The header that a file carries out, where their names differ.
    private static func part(_ name: Substring) -> String {
        switch name {
        case "encode", "decode", "late": "codec"
        case "arena_map": "arena"
        case _ where name.hasPrefix("lib_"): "lib"
        default: String(name)
        }
    }

    @Test("no file leads back to itself through what it includes")
    func circles() {
        var includes: [String: Set<String>] = [:]
        for file in Repository.files where file.lies(in: ["Sources/CSandbox/"]) && file.ends(in: "c", "h") {
            let part = Self.part(file.name.prefix { $0 != "." })
            for line in file.lines where line.hasPrefix("#include \"") {
                let included = Self.part(line.dropFirst(10).prefix { $0 != "." })
                if included != part { includes[part, default: []].insert(included) }
            }
        }
        #expect(includes["fail"]?.contains("state") == true)
        // What includes nothing that is left goes, until nothing is left or all that is left goes in circles.
        while let leaf = includes.keys.sorted().first(where: { key in
            includes[key]?.allSatisfy { includes[$0] == nil } == true
        }) {
            includes[leaf] = nil
        }
        #expect(includes.keys.sorted() == [])
    }
}
