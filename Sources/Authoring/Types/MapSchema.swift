import Journeys
import Plugins
package import Values
package import Workspace

/// The form of a map's file as a JSON schema (draft-07), with the actions, deciders, maps and templates of a workspace: so that
/// an editor completes them, and shows what is wrong while it is written.
package enum MapSchema {
    package static func schema(of generation: Generation) -> Value {
        let functions = Functions(in: generation)
        return [
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "A map of Signalbox",
            "type": "object", "additionalProperties": false, "required": ["map", "tracks"],
            "properties": [
                "map": described("#/definitions/id", "The map's id; the file is named after it."),
                "title": described("#/definitions/text", "For people."),
                "finish": [
                    "enum": ["closed", "won", "lost"],
                    "description":
                        "The lead's status when all is done; the last track's end leaves it as it is without one.",
                ],
                "triggers": triggers([.open, .close, .leave]),
                "tracks": ["type": "array", "minItems": 1, "items": ["$ref": "#/definitions/track"]],
            ],
            "definitions": [
                "id": [
                    "type": ["string", "integer"],
                    "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$",
                ],
                "text": ["type": ["string", "number", "boolean"]],
                "track": track, "step": step, "flex": functions.flex, "trigger": functions.trigger,
            ],
        ]
    }

    private static func described(_ reference: String, _ text: String) -> Value {
        // Editors ignore what is beside a `$ref`.
        ["allOf": [["$ref": .string(reference)]], "description": .string(text)]
    }

    private static func triggers(_ verbs: [Verb]) -> Value {
        var properties = Table()
        for verb in verbs {
            properties[verb.rawValue] = ["type": "array", "items": ["$ref": "#/definitions/trigger"]]
        }
        return [
            "type": "object", "additionalProperties": false, "properties": .table(properties),
            "description": "What runs, in the order in which it is written.",
        ]
    }

    private static let track: Value = [
        "type": "object", "additionalProperties": false, "required": ["track", "steps"],
        "properties": [
            "track": described("#/definitions/id", "The track's id."),
            "title": described("#/definitions/text", "For people."),
            "kind": [
                "enum": ["task", "video", "flex"],
                "description":
                    "task: its steps are done in any order. video: one after the other. flex: a decider says which of its steps stay.",
            ],
            "flex": ["$ref": "#/definitions/flex"],
            "triggers": triggers([.open, .close]),
            "steps": ["type": "array", "minItems": 1, "items": ["$ref": "#/definitions/step"]],
        ],
    ]

    private static let step: Value = [
        "type": "object", "additionalProperties": false, "required": ["step"],
        "properties": [
            "step": described("#/definitions/id", "The step's id."),
            "title": described("#/definitions/text", "For people."),
            "optional": ["type": "boolean", "description": "Whether `advance` may pass it over."],
            "mirror": described("#/definitions/text", "The lead's field that completes the step."),
            "triggers": triggers([.open, .close, .skip, .remove]),
        ],
    ]
}

/// The functions of the plugins of a workspace, for the schema.
private struct Functions {
    private var actions: [Function] = []
    private var deciders: [Function] = []
    /// Plugins of the folder that are not loaded: their functions are not known.
    private var unknown: [String] = []
    private let maps: [String]
    private let steps: [String]
    private let templates: [String]

    private struct Function {
        let name: String
        let summary: String?
        let parameters: ParameterDeclarations
    }

    init(in generation: Generation) {
        let definitions = generation.availableMaps
        maps = definitions.map(\.id.text)
        steps = Set(definitions.flatMap { $0.steps.map { ExactText($0.pathText) } }).sorted().map(\.text)
        templates = generation.templates.keys.sorted { compareBytes($0, $1) < 0 }
        for name in generation.plugins.keys.sorted(by: { compareBytes($0, $1) < 0 }) {
            guard let manifest = generation.loaded(name)?.manifest else {
                unknown.append(name)
                continue
            }
            actions += manifest.actions.map {
                Function(name: "\(name).\($0.name)", summary: $0.summary, parameters: $0.parameters)
            }
            deciders += manifest.deciders.map {
                Function(name: "\(name).\($0.name)", summary: $0.summary, parameters: $0.parameters)
            }
        }
    }

    // An `allOf` has one form at least; the empty one takes everything.

    var trigger: Value {
        [
            "type": "object", "additionalProperties": false, "required": ["run"],
            "properties": [
                "run": named(actions), "with": ["type": ["object", "null"]],
                "when": [
                    "type": ["string", "number", "boolean"],
                    "description": "One Lua expression over `event` and `lead`: whether it runs.",
                ],
            ],
            "allOf": .list([[:]] + actions.map { parameters(of: $0, by: "run") }),
        ]
    }

    var flex: Value {
        [
            "type": "object", "additionalProperties": false, "required": ["decide"],
            "properties": [
                "decide": named(deciders), "with": ["type": ["object", "null"]],
                "fallback": [
                    "description": "The steps that stay where the decider fails.",
                    "anyOf": [
                        ["const": "all"], ["type": "array", "items": ["$ref": "#/definitions/id"]],
                    ],
                ],
            ],
            "allOf": .list([[:]] + deciders.map { parameters(of: $0, by: "decide") }),
        ]
    }

    private func named(_ functions: [Function]) -> Value {
        var choices: [Value] = functions.map { function in
            var choice: Table = ["const": .string(function.name)]
            choice["description"] = function.summary.map { .string($0) }
            return .table(choice)
        }
        choices += unknown.map { ["type": "string", "pattern": .string("^\($0)\\.")] }
        return choices.isEmpty ? ["type": "string"] : ["anyOf": .list(choices)]
    }

    /// What `with` may have where the function is this one.
    private func parameters(of function: Function, by key: String) -> Value {
        var with = form(of: function.parameters)
        let required = with["required"] != nil
        if !required { with["type"] = ["object", "null"] }
        var then: Table = ["properties": ["with": .table(with)]]
        if required { then["required"] = ["with"] }
        return [
            "if": [
                "properties": .table([key: ["const": .string(function.name)]]), "required": [.string(key)],
            ],
            "then": .table(then),
        ]
    }

    /// A table with these keys and no others.
    private func form(of declarations: ParameterDeclarations) -> Table {
        var properties = Table()
        for declaration in declarations.all { properties[declaration.name] = form(of: declaration) }
        var form: Table = [
            "type": "object", "additionalProperties": false, "properties": .table(properties),
        ]
        let required = declarations.all.filter(\.isRequired).map { Value.string($0.name) }
        if !required.isEmpty { form["required"] = .list(required) }
        return form
    }

    private func form(of declaration: ParameterDeclaration) -> Value {
        var form = self.form(of: declaration.type)
        switch declaration.content {
        case .items(let item)?: form["items"] = self.form(of: item)
        case .keys(let keys)?: form = self.form(of: keys)
        case nil: break
        }
        if let allowed = declaration.allowed { form = ["enum": .list(allowed)] }
        if declaration.type == .integer || declaration.type == .number {
            form["minimum"] = declaration.least
            form["maximum"] = declaration.most
        }
        form["description"] = declaration.summary.map { .string($0) }
        form["default"] = declaration.defaultValue
        return .table(form)
    }

    private func form(of type: ParameterDeclaration.Kind) -> Table {
        switch type {
        // An unquoted value is the text that is in the file.
        case .string: ["type": ["string", "number", "boolean"]]
        case .integer: ["type": "integer"]
        case .number: ["type": "number"]
        case .boolean: ["type": "boolean"]
        case .list: ["type": "array"]
        case .table: ["type": "object"]
        case .duration: ["type": ["string", "integer"]]
        case .map: form(suggesting: maps)
        case .step: form(suggesting: steps)
        case .template:
            templates.isEmpty ? ["type": "string"] : ["enum": .list(templates.map { .string($0) })]
        }
    }

    /// A text that the editor completes with these names. Others are allowed too: a map that is being written has steps that
    /// are not saved yet.
    private func form(suggesting names: [String]) -> Table {
        let text = Value.table(form(of: .string))
        return ["anyOf": names.isEmpty ? [text] : [["enum": .list(names.map { .string($0) })], text]]
    }
}
