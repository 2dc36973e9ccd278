import Journeys
import Store
import Values
import Workspace

/// A map with its tracks and steps, and where leads are on each version of it.
struct MapPage: Sendable {
    private let id: MapID
    /// Nil where the workspace does not have it any more.
    private let now: MapNow?
    private let versions: [OnVersion]
    private let time: Timestamp

    /// The leads on one version.
    private struct OnVersion: Sendable {
        let counts: StepCounts
        /// Those at which leads are, in map order: their paths and since when.
        let steps: [(path: String, times: OpeningTimes)]

        /// - Parameter definition: nil where the version does not read back.
        init(_ counts: StepCounts, _ definition: MapDefinition?) {
            self.counts = counts
            steps = counts.steps.sorted { $0.key < $1.key }.compactMap { step, times in
                guard let definition, definition.steps.indices.contains(step) else { return nil }
                return (definition.steps[step].pathText, times)
            }
        }
    }

    /// Nil where there is no such map, and nobody is on it.
    ///
    /// - Parameters:
    ///   - now: nil where the workspace does not have it.
    ///   - clock: asked when the counts are read, so that no lead is there for less than no time.
    init?(
        of map: MapID, _ now: MapNow?, in store: any Store, clock: () -> Timestamp
    ) throws(StoreError) {
        var versions: [OnVersion] = []
        for counts in try store.stepCounts(of: map) {
            var definition = now?.definition
            if definition?.version != counts.version {
                definition = try store.map(counts.version).flatMap {
                    try? MapDefinition(kept: $0.source, file: $0.file)
                }
            }
            versions.append(OnVersion(counts, definition))
        }
        if now == nil, versions.isEmpty { return nil }
        id = map
        self.now = now
        let newest = now?.definition.version
        self.versions =
            versions.filter { $0.counts.version == newest } + versions.filter { $0.counts.version != newest }
        time = clock()
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        if let now {
            now.writeMembers(to: &writer)
            if let finish = now.definition.finish { writer.field("finish", finish.rawValue) }
        } else {
            writer.field("map", id.text)
            writer.field("state", "removed")
        }
        writer.field("leads", versions.reduce(0) { $0 + $1.counts.leads })
        if let now {
            now.definition.triggers.write(at: "map", to: &writer)
            writeTracks(of: now.definition, to: &writer)
        }
        writer.key("versions")
        writer.beginList()
        for version in versions {
            writer.beginObject()
            writer.field("version", version.counts.version.text)
            writer.field("leads", version.counts.leads)
            writer.key("steps")
            writer.beginList()
            for step in version.steps {
                writer.beginObject()
                writer.field("step", step.path)
                write([step.times], to: &writer)
                writer.endObject()
            }
            writer.endList()
            writer.endObject()
        }
        writer.endList()
        writer.endObject()
    }

    private func writeTracks(of definition: MapDefinition, to writer: inout JSONWriter) {
        var times: [ExactText: [OpeningTimes]] = [:]
        for step in versions.flatMap(\.steps) { times[step.path, default: []].append(step.times) }
        writer.key("tracks")
        writer.beginList()
        for track in definition.tracks {
            writer.beginObject()
            writer.field("track", track.id.text)
            if let title = track.title { writer.field("title", title) }
            track.kind.writeMembers(to: &writer)
            track.triggers.write(at: "track", to: &writer)
            writer.key("steps")
            writer.beginList()
            for step in definition.steps[track.steps] {
                writer.beginObject()
                writer.field("step", step.pathText)
                if let title = step.title { writer.field("title", title) }
                if step.isOptional { writer.field("optional", .bool(true)) }
                if let mirror = step.mirror { writer.field("mirror", mirror) }
                step.triggers.write(at: "step", to: &writer)
                write(times[step.pathText, default: []], to: &writer)
                writer.endObject()
            }
            writer.endList()
            writer.endObject()
        }
        writer.endList()
    }

    /// How many leads are at a step, and for how long.
    private func write(_ times: [OpeningTimes], to writer: inout JSONWriter) {
        func age(_ part: Double) -> Value {
            times.age(of: part, at: time).map { .integer($0.milliseconds) } ?? .null
        }
        writer.field("leads", times.leads)
        writer.field("median_ms", age(0.5))
        writer.field("p90_ms", age(0.9))
    }
}

extension MapDefinition.Track.Kind {
    fileprivate func writeMembers(to writer: inout JSONWriter) {
        switch self {
        case .task: writer.field("kind", "task")
        case .video: writer.field("kind", "video")
        case .flex(nil): writer.field("kind", "flex")
        case .flex(let trigger?):
            writer.field("kind", "flex")
            writer.key("flex")
            writer.beginObject()
            writer.field("name", trigger.name)
            writer.field("decide", trigger.decide.description)
            trigger.parameters.write(to: &writer)
            if let fallback = trigger.fallback {
                writer.field("fallback", .list(fallback.map { .string($0.text) }))
            }
            writer.endObject()
        }
    }
}

extension Triggers {
    /// - Parameter place: what kind of place has them.
    fileprivate func write(at place: String, to writer: inout JSONWriter) {
        writer.key("triggers")
        writer.beginList()
        for (verb, trigger) in all {
            writer.beginObject()
            writer.field("name", trigger.name)
            writer.field("on", "\(place).\(verb.rawValue)")
            writer.field("run", trigger.run.description)
            trigger.parameters.write(to: &writer)
            if let condition = trigger.condition { writer.field("when", condition.text) }
            writer.endObject()
        }
        writer.endList()
    }
}

extension GivenParameters {
    /// What the map's file gives; nothing where it gives none.
    fileprivate func write(to writer: inout JSONWriter) {
        if !all.isEmpty { writer.field("with", .table(table)) }
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}
