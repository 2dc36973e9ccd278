import Journeys
package import Store
import Values
import Workspace

/// A lead's history as a spec: each command, the events that it fired and the effects of its calls.
///
/// What calls read of their plugins' values for all leads is given to the spec before the moment that read it (R37), and a version of
/// a map that the workspace does not have any more is put over it before the journey that is on it begins (R19). A moment that told of a
/// delivery that did not arrive (R57) is left out where it changed nothing, and a comment says so.
package struct RecordedSpec {
    /// The file.
    package let text: String

    /// Why nothing can be recorded.
    package enum Fault: Error {
        /// The lead does not have so many moments.
        case noMoment(last: Int)
        /// What happened in this moment was removed for its age, or is not of a form that is known.
        case notKept(moment: Int)
        /// The moment's command is one that no spec gives: it erased the lead, or told of a delivery that did not arrive, and what came
        /// after it depends on that.
        case notGiven(moment: Int)
        case store(StoreError)

        package var message: String {
            switch self {
            case .noMoment(let last): "it has the moments 1 to \(last)"
            case .notKept(let moment): "what happened in moment \(moment) is not kept"
            case .notGiven(let moment):
                "in moment \(moment) it was erased, or changed by a delivery that did not arrive, which a spec cannot do"
                    + (moment > 1 ? "; record it with --moment \(moment - 1)" : "")
            case .store(let error): "\(error.message); \(error.advice)"
            }
        }
    }

    /// - Parameters:
    ///   - last: the last moment that is written; nil for all.
    ///   - anonymity: what is personal is replaced; nil to leave it.
    package init(
        _ lead: LeadRecord, to last: Int?, in store: any StoreReader, on workspace: SpecWorkspace,
        anonymity: inout Anonymity?
    ) throws(Fault) {
        let last = last ?? lead.lastMoment
        guard last <= lead.lastMoment else { throw .noMoment(last: lead.lastMoment) }
        let moments: [StoredMoment]
        do throws(StoreError) {
            moments = try Self.moments(of: lead.id, to: last, in: store)
        } catch {
            throw .store(error)
        }
        guard moments.count == last else { throw .notKept(moment: moments.count + 1) }
        anonymity?.note(lead.id)
        for moment in moments { anonymity?.note(moment.command.table?["fields"]?.table ?? Table()) }
        var writing = RecordedSpecWriting(lead, store: store, workspace: workspace)
        for moment in moments { try writing.add(moment) }
        do throws(StoreError) {
            try writing.end(after: last)
        } catch {
            throw .store(error)
        }
        text = writing.text(anonymity, last)
    }

    /// Those from the first on, up to one that is not there.
    private static func moments(
        of lead: LeadID, to last: Int, in store: any StoreReader
    ) throws(StoreError) -> [StoredMoment] {
        let pageSize = 200
        var moments: [StoredMoment] = []
        while moments.count < last {
            let next = moments.count + 1
            let page = try store.moments(of: lead, from: next, limit: min(pageSize, last - moments.count))
            let following = zip(page, next...).prefix { $0.number == $1 }.map(\.0)
            moments += following
            if following.isEmpty || following.count < page.count { break }
        }
        return moments
    }
}
