import Journeys
import Plugins
import Values

/// The maps, steps and templates that there are, for what names one.
struct NamedParts {
    /// Those that cannot be read are there too: what is wrong with them is reported with their files. Nil where the templates
    /// are not known.
    let templates: Set<String>?
    /// Nil where the maps are not known.
    let maps: MapParts?

    /// Every part that is named and is not there. `place` is for what is missing and has a default.
    func missing(
        from given: ParametersDraft, of declarations: ParameterDeclarations, at place: FilePlace
    ) -> [Mistake] {
        declarations.parts(named: given.given).compactMap { named in
            guard let objection = objection(to: named) else { return nil }
            guard named.isGiven else {
                return Mistake(place, "`\(named.parameter)` has the default of its plugin, and \(objection)")
            }
            let entry = given.entries.first { sameBytes($0.key.value, named.parameter) }
            return Mistake(entry?.value.place ?? place, "`\(named.parameter)`: \(objection)")
        }
    }

    private func objection(to named: NamedPart) -> String? {
        switch named.kind {
        case .map: maps?.objection(toMap: named.name)
        case .step: maps?.objection(toStep: named.name)
        case .template:
            templates.flatMap {
                $0.contains(named.name) ? nil : MailForm.missingTemplate(named.name, among: $0)
            }
        }
    }
}

/// The ids of the maps that there are, and the paths of their steps: hardly any plugin asks for them, so they are looked
/// for when one does.
///
/// Owner: one reading of a workspace.
final class MapParts {
    private let drafts: [MapDraft]
    private lazy var ids = Names(drafts.compactMap(\.id?.value))
    private lazy var paths = Names(drafts.flatMap(\.stepPaths))
    /// Many wrong names among many that there are would keep a reload waiting, so the last of them get no suggestion.
    private var comparisonsLeft = 100_000

    /// Names that there are.
    private struct Names {
        let all: Set<ExactText>
        let sorted: [String]

        init(_ names: [String]) {
            all = Set(names.map { ExactText($0) })
            sorted = all.sorted().map(\.text)
        }
    }

    /// Those of every file that something can be made of, and of the last good version of the others. Nil where the folder
    /// of the maps cannot be read.
    init?(of files: WorkspaceFiles, after previous: Generation?) {
        guard let paths = files.mapPaths else { return nil }
        let read = files.maps.filter { $0.draft != nil }
        let known = Set(read.map { ExactText($0.file) })
        let kept = (previous.map { Array($0.mapFiles.values) } ?? []).filter {
            paths.contains(ExactText($0.file)) && !known.contains(ExactText($0.file))
        }
        drafts = (read + kept).compactMap(\.draft)
    }

    func objection(toMap id: String) -> String? {
        if ids.all.contains(ExactText(id)) { return nil }
        return "there is no map \(id.quotedForMessage)\(suggested(for: id, among: ids))"
    }

    func objection(toStep path: String) -> String? {
        if paths.all.contains(ExactText(path)) { return nil }
        let suggestion = suggested(for: path, among: paths)
        let form = path.utf8.contains(UInt8(ascii: "/")) ? "" : "; a step is `TRACK/STEP`"
        return "no map has a step \(path.quotedForMessage)\(suggestion.isEmpty ? form : suggestion)"
    }

    private func suggested(for name: String, among names: Names) -> String {
        guard comparisonsLeft > 0 else { return "" }
        comparisonsLeft -= names.sorted.count
        return suggestion(for: name, among: names.sorted)
    }
}

extension MapDraft {
    /// The paths of the steps that have one.
    fileprivate var stepPaths: [String] {
        tracks.flatMap { track in
            track.steps.compactMap { step in
                track.id.flatMap { track in step.id.map { "\(track.value)/\($0.value)" } }
            }
        }
    }
}
