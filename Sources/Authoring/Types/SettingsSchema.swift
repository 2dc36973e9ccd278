package import Values
package import Workspace

/// The form of signalbox.yaml as a JSON schema (draft-07), made of the settings that are read (``SettingKey/all``).
package enum SettingsSchema {
    package static func schema(of generation: Generation) -> Value {
        var root = Node()
        for key in SettingKey.all { root.add(key.path.split(separator: ".").map(String.init), form(of: key)) }
        // What is under names that operators choose, and what has more than one form.
        root.add(["plugins", "grant"], grant)
        root.add(["plugins", "each"], each(generation))
        root.add(["deliver", "email", "smtp", "password"], secret())
        root.add(["deliver", "webhooks"], webhooks)
        root.add(["secrets"], secrets)
        guard case .table(var schema) = root.schema else { return root.schema }
        // An empty file means the defaults.
        schema["type"] = ["object", "null"]
        schema["$schema"] = "http://json-schema.org/draft-07/schema#"
        schema["title"] = "The settings of a workspace of Signalbox"
        return .table(schema)
    }

    /// Settings by their paths.
    private struct Node {
        private var forms: [(name: String, form: Value)] = []
        private var tables: [(name: String, node: Node)] = []

        mutating func add(_ path: [String], _ form: Value) {
            guard let first = path.first else { return }
            if path.count == 1 {
                forms.removeAll { sameBytes($0.name, first) }
                tables.removeAll { sameBytes($0.name, first) }
                forms.append((first, form))
            } else if let index = tables.firstIndex(where: { sameBytes($0.name, first) }) {
                tables[index].node.add(Array(path.dropFirst()), form)
            } else {
                var node = Node()
                node.add(Array(path.dropFirst()), form)
                tables.append((first, node))
            }
        }

        var schema: Value {
            var properties = Table()
            for (name, form) in forms { properties[name] = form }
            for (name, node) in tables { properties[name] = node.schema }
            return ["type": "object", "additionalProperties": false, "properties": .table(properties)]
        }
    }

    private static func form(of key: SettingKey) -> Value {
        var form: Table =
            switch key.form {
            case .text, .secret: text
            case .choice(let words): ["enum": .list(words.map { .string($0) })]
            case .flag: ["type": "boolean"]
            case .count(let range, let word): count(range, or: word)
            case .size: ["type": ["string", "integer"], "pattern": "^[0-9]+ *(B|KiB|MiB|GiB)?$"]
            case .time: time
            case .list: texts
            }
        form["description"] = .string(key.range.replacing("`", with: ""))
        return .table(form)
    }

    private static let text: Table = ["type": ["string", "number", "boolean"]]
    private static let texts: Table = ["type": "array", "items": .table(text)]
    private static let time: Table = ["type": ["string", "integer"]]

    private static func count(_ range: ClosedRange<Int>, or word: String?) -> Table {
        let number: Table = [
            "type": "integer", "minimum": .integer(Int64(range.lowerBound)),
            "maximum": .integer(Int64(range.upperBound)),
        ]
        guard let word else { return number }
        return ["anyOf": [.table(number), ["const": .string(word)]]]
    }

    private static let grant: Value = [
        "description": "declared, or capabilities by plugin",
        "anyOf": [
            ["const": "declared"],
            [
                "type": "object",
                "additionalProperties": ["type": "array", "items": ["type": "string"]],
            ],
        ],
    ]

    /// The settings and limits of single plugins.
    private static func each(_ generation: Generation) -> Value {
        var limits = Node()
        for key in SettingKey.all where key.path.hasPrefix("plugins.limits.") {
            limits.add([String(key.path.dropFirst("plugins.limits.".count))], form(of: key))
        }
        let plugin: Value = [
            "type": ["object", "null"], "additionalProperties": false,
            "properties": ["settings": ["type": ["object", "null"]], "limits": limits.schema],
        ]
        var properties = Table()
        for name in generation.plugins.keys.sorted(by: { compareBytes($0, $1) < 0 }) {
            properties[name] = plugin
        }
        return ["type": "object", "properties": .table(properties), "additionalProperties": plugin]
    }

    /// Where a secret is kept: in a variable of the process, or in a file.
    private static func secret(with more: Table = [:], requiring: [Value] = []) -> Value {
        var properties = more
        properties["env"] = .table(text)
        properties["file"] = .table(text)
        return [
            "type": "object", "additionalProperties": false, "properties": .table(properties),
            "required": .list(requiring), "oneOf": [["required": ["env"]], ["required": ["file"]]],
        ]
    }

    private static let webhooks: Value = [
        "type": ["object", "null"],
        "additionalProperties": [
            "type": "object", "additionalProperties": false, "required": ["url", "secret"],
            "properties": [
                "url": ["type": "string"],
                "secret": [
                    "anyOf": [
                        secret(), ["type": "array", "minItems": 1, "maxItems": 2, "items": secret()],
                    ]
                ],
                "events": .table(texts),
            ],
        ],
    ]

    private static let secrets: Value = [
        "type": ["object", "null"],
        "additionalProperties": secret(
            with: ["hosts": .table(texts), "plugins": .table(texts)], requiring: ["hosts", "plugins"]),
    ]
}
