import Journeys
import Plugins
import Values

/// The templates that there are, for what names one.
struct TemplateNames {
    /// Those that cannot be read are there too: what is wrong with them is reported with their files.
    let known: Set<String>

    /// Every template that is named and is not there. `place` is for what is missing and has a default.
    func missing(
        from given: ParametersDraft, of declarations: ParameterDeclarations, at place: FilePlace
    ) -> [Mistake] {
        declarations.templates(named: given.given).compactMap { named in
            guard !known.contains(named.template) else { return nil }
            let there = MailForm.missingTemplate(named.template, among: known)
            guard named.isGiven else {
                return Mistake(place, "`\(named.parameter)` has the default of its plugin, and \(there)")
            }
            let entry = given.entries.first { sameBytes($0.key.value, named.parameter) }
            return Mistake(entry?.value.place ?? place, "`\(named.parameter)`: \(there)")
        }
    }
}
