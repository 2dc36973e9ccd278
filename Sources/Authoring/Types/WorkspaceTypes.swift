import Journeys
import Plugins
import Values
package import Workspace

/// What a workspace adds to the definitions of the host (``APIDescription/definitions``): its maps, steps and fields, its
/// plugins' functions and their parameters, in the form that Lua's language server takes.
package struct WorkspaceTypes {
    private let generation: Generation
    private let fields: [String]

    /// - Parameter fields: the names of fields that its leads have; those that maps and plugins name are found here.
    package init(of generation: Generation, fields: Set<String> = []) {
        self.generation = generation
        let used = FieldNames(Survey(of: generation))
        // Where it is not seen which fields an action sets, each of its texts may be one: only those that look like it.
        let names = used.reads.keys.map(\.text) + used.sets.map(\.text).filter(LuaName.isName)
        self.fields = Set(names).union(fields).sorted { compareBytes($0, $1) < 0 }
    }

    package var text: String {
        let parts = [
            Self.head, mapIDs, stepPaths, functionNames, eventNames, templateNames, fieldClass, trackClass,
            stepClass,
        ]
        return (parts + parameterClasses + settingClasses).map { $0.joined(separator: "\n") }
            .joined(separator: "\n\n") + "\n"
    }

    private static let head = [
        "---@meta signalbox.workspace", "",
        "-- What this workspace adds to signalbox.lua. `signalbox types` makes this file anew, and so does a service when",
        "-- a file of the workspace is saved; what is changed here by hand is lost.",
    ]

    // MARK: Names

    private var maps: [MapDefinition] { generation.availableMaps }

    private var manifests: [PluginManifest] {
        generation.plugins.keys.sorted { compareBytes($0, $1) < 0 }.compactMap {
            generation.loaded($0)?.manifest
        }
    }

    private var mapIDs: [String] {
        alias("MapID", "The id of a map.", maps.map { ($0.id.text, $0.title) })
    }

    private var stepPaths: [String] {
        var seen: Set<String> = []
        let paths = maps.flatMap { map in
            map.steps.compactMap { step -> (name: String, what: String?)? in
                guard seen.insert(step.pathText).inserted else { return nil }
                return (step.pathText, step.title.map { "\($0), of \(map.id.text)" } ?? "of \(map.id.text)")
            }
        }
        return alias("StepPath", "The path of a step: its track's id and its own.", paths)
    }

    private var functionNames: [String] {
        let names = manifests.flatMap { manifest in
            manifest.actions.map { ("\(manifest.name).\($0.name)", $0.summary) }
                + manifest.deciders.map { ("\(manifest.name).\($0.name)", $0.summary) }
        }
        return alias("FunctionName", "An action or a decider.", names)
    }

    private var eventNames: [String] {
        let own = manifests.flatMap { manifest in manifest.emits.map { ($0, String?.none) } }
        return alias(
            "EventName", "The name of an event.", EventName.ofTheEngine.map { ($0.text, nil) } + own)
    }

    private var templateNames: [String] {
        let names = generation.templates.keys.sorted { compareBytes($0, $1) < 0 }
        return alias("TemplateName", "The name of a template.", names.map { ($0, nil) })
    }

    /// A text of which some values are known.
    private func alias(_ name: String, _ what: String, _ values: [(name: String, what: String?)]) -> [String]
    {
        ["---\(what)", "---@alias signalbox.\(name) string"]
            + values.map { "---| \(Self.literal($0.name))" + ($0.what.map { " # \($0.printable)" } ?? "") }
    }

    // MARK: Classes

    private var fieldClass: [String] {
        ["---@class signalbox.Fields"] + fields.map { "---@field \(Self.key($0)) any" }
    }

    private var trackClass: [String] {
        let tracks = Set(maps.flatMap { $0.tracks.map(\.id.text) }).sorted { compareBytes($0, $1) < 0 }
        return ["---@class signalbox.Tracks"]
            + tracks.map { "---@field \(Self.key($0)) signalbox.TrackState" }
    }

    private var stepClass: [String] {
        let steps = Set(maps.flatMap { $0.steps.map(\.pathText) }).sorted { compareBytes($0, $1) < 0 }
        return ["---@class signalbox.Steps"] + steps.map { "---@field \(Self.key($0)) signalbox.StepState" }
    }

    private var parameterClasses: [[String]] {
        manifests.flatMap { manifest in
            let functions =
                manifest.actions.map { ($0.name, $0.parameters) }
                + manifest.deciders.map { ($0.name, $0.parameters) }
            return functions.compactMap { name, parameters -> [String]? in
                guard !parameters.all.isEmpty else { return nil }
                return Self.classLines(
                    "\(manifest.name).\(name).Params", "The parameters of \(manifest.name).\(name).",
                    parameters)
            }
        }
    }

    private var settingClasses: [[String]] {
        manifests.compactMap { manifest -> [String]? in
            guard !manifest.settings.all.isEmpty else { return nil }
            return Self.classLines(
                "\(manifest.name).Settings", "The settings of \(manifest.name).", manifest.settings)
        }
    }

    private static func classLines(
        _ name: String, _ what: String, _ declarations: ParameterDeclarations
    ) -> [String] {
        ["---\(what)", "---@class \(name)"]
            + declarations.all.map { declaration in
                let mark = declaration.isThere ? "" : "?"
                let line = "---@field \(key(declaration.name))\(mark) \(type(of: declaration))"
                return declaration.summary.map { "\(line) \($0.printable)" } ?? line
            }
    }

    private static func type(of declaration: ParameterDeclaration) -> String {
        if let allowed = declaration.allowed, !allowed.isEmpty {
            return allowed.map { value in value.string.map(literal) ?? value.json }.joined(separator: "|")
        }
        return switch declaration.type {
        case .string: "string"
        case .integer: "integer"
        case .number: "number"
        case .boolean: "boolean"
        case .list, .table: type(of: declaration.content, in: declaration.type)
        case .duration: "signalbox.Duration"
        case .map: "signalbox.MapID"
        case .step: "signalbox.StepPath"
        case .template: "signalbox.TemplateName"
        }
    }

    /// Of a list or a table.
    private static func type(
        of content: ParameterDeclaration.Content?, in type: ParameterDeclaration.Kind
    ) -> String {
        switch content {
        case .items(let item)?: "(\(self.type(of: item)))[]"
        case .keys(let keys)?:
            "{ "
                + keys.all.map { "\(key($0.name))\($0.isThere ? "" : "?"): \(self.type(of: $0))" }
                .joined(separator: ", ") + " }"
        case nil: type == .list ? "any[]" : "table<string, any>"
        }
    }

    // MARK: Lua

    private static func literal(_ text: String) -> String { Value.string(text.printable).json }

    /// As a key of a class: a name, or a text in brackets.
    private static func key(_ name: String) -> String {
        LuaName.isName(name) ? name : "[\(literal(name))]"
    }
}

extension ParameterDeclaration {
    /// Whether a call always has it.
    fileprivate var isThere: Bool { isRequired || defaultValue != nil }
}

extension Generation {
    /// The maps that can be used, in the order of their ids.
    var availableMaps: [MapDefinition] {
        rulebook.maps.keys.sorted().compactMap { id in
            if case .available(let definition)? = rulebook.maps[id] { definition } else { nil }
        }
    }
}
