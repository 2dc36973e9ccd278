import Journeys
import Plugins
import Testing
import Values

@Suite("Declared types")
struct ParameterTests {
    private func complete(_ declaration: ParameterDeclaration, _ value: Value?) throws(InvalidParameters)
        -> Value?
    {
        var given = Table()
        given[declaration.name] = value
        return try ParameterDeclarations([declaration]).complete(GivenParameters(given))[declaration.name]
    }

    @Test(
        "a value of the type is taken as it is",
        arguments: [
            (.string, ""), (.integer, -5), (.number, 5), (.number, 5.5), (.boolean, false),
            (.list, [1, "a"]),
            (.list, []), (.table, ["a": 1]), (.table, [:]), (.duration, "2 days"), (.duration, 0),
            (.duration, 5_000), (.template, "welcome"),
        ] as [(ParameterDeclaration.Kind, Value)])
    func fits(type: ParameterDeclaration.Kind, value: Value) throws {
        #expect(try complete(ParameterDeclaration(name: "p", type: type), value) == value)
    }

    @Test("an unknown name is told without its control characters")
    func unknownName() {
        let mistakes = #expect(throws: InvalidParameters.self) {
            try ParameterDeclarations([]).complete(GivenParameters(["a\n\u{9B}31m": 1]))
        }
        #expect(mistakes?.list.map(\.message) == ["`a  31m` is unknown; none is known here"])
    }

    private static let target = ParameterDeclaration(
        name: "p", type: .table,
        content: .keys(
            ParameterDeclarations([
                ParameterDeclaration(name: "field", type: .string, isRequired: true),
                ParameterDeclaration(name: "value", type: .integer, defaultValue: 7, least: 1),
                ParameterDeclaration(
                    name: "to", type: .list,
                    content: .items(ParameterDeclaration(name: "item", type: .string, format: .email))),
            ])))

    @Test(
        "keys of a declared table and items of a list are checked and completed",
        arguments: [
            (["field": "a"], ["field": "a", "value": 7]),
            (
                ["field": "a", "value": 2, "to": ["a@b.example"]],
                ["field": "a", "value": 2, "to": ["a@b.example"]]
            ),
            (["field": "a", "to": [:]], ["field": "a", "value": 7, "to": []]),
        ] as [(Value, Value)])
    func inside(given: Value, completed: Value) throws {
        #expect(try complete(Self.target, given) == completed)
    }

    @Test(
        "what does not fit inside is told with its path, all of it",
        arguments: [
            ([:], ["`p.field` is missing: expected a string"]),
            (
                ["filed": "a", "value": 0],
                [
                    "`p.filed` is unknown; known here: field, to, value; did you mean \"field\"?",
                    "`p.value` must be at least 1, not the integer 0",
                    "`p.field` is missing: expected a string",
                ]
            ),
            (
                ["field": "a", "to": ["a@b.example", "x", 3]],
                [
                    "`p.to[2]` must be an email address, not the string \"x\"",
                    "`p.to[3]` must be a string, not the integer 3",
                ]
            ),
            (["field": ["a"]], ["`p.field` must be a string, not a list"]),
            ([1], ["`p` must be a table, not a list"]),
        ] as [(Value, [String])])
    func insideMistakes(given: Value, told: [String]) {
        let mistakes = #expect(throws: InvalidParameters.self) { try complete(Self.target, given) }
        #expect(mistakes?.list.map(\.message) == told)
        #expect(mistakes?.list.allSatisfy { $0.name == "p" } == true)
    }

    @Test("an empty Lua table is an empty list where a list is expected")
    func emptyList() throws {
        #expect(try complete(ParameterDeclaration(name: "p", type: .list), [:]) == [])
    }

    @Test(
        "a value of another type is a mistake that says both",
        arguments: [
            (.string, 5, "`p` must be a string, not the integer 5"),
            (.string, .null, "`p` must be a string, not null"),
            (.integer, 5.0, "`p` must be an integer, not the number 5.0"),
            (.integer, "5", "`p` must be an integer, not the string \"5\""),
            (.number, true, "`p` must be a number, not the boolean true"),
            (.boolean, "yes", "`p` must be a boolean, not the string \"yes\"; write true or false"),
            (.list, ["a": 1], "`p` must be a list, not a table"),
            (.template, 5, "`p` must be a template, not the integer 5"),
            (.table, [], "`p` must be a table, not an empty list"),
            (
                .duration, "soon",
                "`p` must be a duration, not the string \"soon\"; write it as \"2 days\", \"90 s\" or a whole number of milliseconds"
            ),
            (
                .duration, -1,
                "`p` must be a duration, not the integer -1; write it as \"2 days\", \"90 s\" or a whole number of milliseconds"
            ),
        ] as [(ParameterDeclaration.Kind, Value, String)])
    func wrongType(type: ParameterDeclaration.Kind, value: Value, message: String) {
        let mistakes = #expect(throws: InvalidParameters.self) {
            try complete(ParameterDeclaration(name: "p", type: type), value)
        }
        #expect(mistakes?.description == message)
    }

    @Test("bounds hold for integers, numbers and durations, each with its own order")
    func bounds() throws {
        let integer = ParameterDeclaration(name: "p", type: .integer, least: 1, most: 10)
        #expect(try complete(integer, 1) == 1)
        #expect(try complete(integer, 10) == 10)
        #expect(throws: InvalidParameters.self) { try complete(integer, 0) }
        #expect(throws: InvalidParameters.self) { try complete(integer, 11) }
        let number = ParameterDeclaration(name: "p", type: .number, least: 0.5, most: 2)
        #expect(try complete(number, 1) == 1)
        #expect(throws: InvalidParameters.self) { try complete(number, 0) }
        #expect(throws: InvalidParameters.self) { try complete(number, 2.5) }
        let duration = ParameterDeclaration(name: "p", type: .duration, least: "1 h", most: "2 days")
        #expect(try complete(duration, "90m") == "90m")
        let short = #expect(throws: InvalidParameters.self) { try complete(duration, 5_000) }
        #expect(short?.description == "`p` must be at least \"1 h\", not the integer 5000")
        #expect(throws: InvalidParameters.self) { try complete(duration, "1 week") }
    }

    @Test("an enum takes its values alone, equal numbers included")
    func allowed() throws {
        let word = ParameterDeclaration(name: "p", type: .string, allowed: ["won", "lost"])
        #expect(try complete(word, "won") == "won")
        let other = #expect(throws: InvalidParameters.self) { try complete(word, "open") }
        #expect(other?.description == #"`p` must be one of "won", "lost", not the string "open""#)
        let number = ParameterDeclaration(name: "p", type: .number, allowed: [1, 2.5])
        #expect(try complete(number, 1.0) == 1.0)
    }

    @Test(
        "an email address and a URL are known by their form",
        arguments: [
            (.email, "office@example.com", true), (.email, "a.b+c@x.y-z.org", true),
            (.email, "office@localhost", true),
            (.email, "office", false), (.email, "@example.com", false), (.email, "a@b@c", false),
            (.email, "a@.com", false),
            (.email, "a b@example.com", false), (.email, "a@example.com\nBcc: x@y.z", false),
            (.email, "<a@b.c>", false),
            (.email, "a@b.c,d@e.f", false), (.url, "https://example.com/a?b", true), (.url, "HTTP://x", true),
            (.url, "ftp://x", false), (.url, "https://", false), (.url, "https:///x", false),
            (.url, "https://a b", false),
        ] as [(ParameterDeclaration.Format, String, Bool)])
    func formats(format: ParameterDeclaration.Format, text: String, fits: Bool) throws {
        let declaration = ParameterDeclaration(name: "p", type: .string, format: format)
        if fits {
            #expect(try complete(declaration, .string(text)) == .string(text))
        } else {
            #expect(throws: InvalidParameters.self) { try complete(declaration, .string(text)) }
        }
    }

    @Test(
        "the form of a string that is filled in is that of the text with something in each place",
        arguments: [
            ("{{agent}}@example.com", true), ("{{ first name }}.{{n}}@{{domain}}.org", true),
            ("kim@example.com", true), ("{{address}}", false), ("{{agent}", false), ("{{agent}}", false),
            ("{agent}@example.com", false), ("{{agent}} @example.com", false), ("{{a}}@{{b}}@c", false),
        ])
    func filled(text: String, fits: Bool) throws {
        let declaration = ParameterDeclaration(name: "p", type: .string, format: .email, isFilled: true)
        if fits {
            #expect(try complete(declaration, .string(text)) == .string(text))
        } else {
            let mistakes = #expect(throws: InvalidParameters.self) {
                try complete(declaration, .string(text))
            }
            #expect(
                mistakes?.description
                    == "`p` must be an email address where something is filled in for each {{name}}, not the string \"\(text)\""
            )
        }
        let plain = ParameterDeclaration(name: "p", type: .string, format: .email)
        #expect(((try? complete(plain, .string(text))) == nil) == (text != "kim@example.com"))
    }

    @Test("what is missing gets its default, and every mistake is reported in one go")
    func together() throws {
        let declarations = ParameterDeclarations([
            ParameterDeclaration(name: "template", type: .string, defaultValue: "welcome"),
            ParameterDeclaration(name: "to", type: .string, isRequired: true),
            ParameterDeclaration(name: "times", type: .integer),
        ])
        #expect(
            try declarations.complete(GivenParameters(["to": "x"])) == ["template": "welcome", "to": "x"])
        let mistakes = #expect(throws: InvalidParameters.self) {
            try declarations.complete(GivenParameters(["tempalte": "x", "times": "3"]))
        }
        #expect(
            mistakes?.list.map(\.message) == [
                "`tempalte` is unknown; known here: template, times, to; did you mean \"template\"?",
                "`times` must be an integer, not the string \"3\"", "`to` is missing: expected a string",
            ])
        #expect(mistakes?.list.map(\.name) == ["tempalte", "times", "to"])
    }
}
