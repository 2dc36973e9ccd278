import Journeys
import Plugins
import Values
import Workspace

/// Maps that assign each other, so that a lead may go round for ever.
enum MapCircles {
    private struct Edge {
        let trigger: SurveyedTrigger
        let place: FilePlace
    }

    static func all(in survey: Survey) -> [Surprise] {
        var edges: [MapID: [MapID: Edge]] = [:]
        for map in survey.maps {
            for trigger in map.triggers {
                for reference in trigger.reading?.assigns ?? [] {
                    for (name, place) in trigger.names(reference.name, in: map.source) {
                        let target = MapID(name)
                        guard edges[map.definition.id]?[target] == nil else { continue }
                        edges[map.definition.id, default: [:]][target] = Edge(
                            trigger: trigger, place: place ?? reference.place)
                    }
                }
            }
        }
        var told: Set<MapID> = []
        return survey.maps.map(\.definition.id).compactMap { start in
            guard !told.contains(start), let circle = circle(from: start, edges) else { return nil }
            told.formUnion(circle)
            guard let edge = edges[start]?[circle[1]] else { return nil }
            let way = circle.map(\.text).joined(separator: ", ")
            return Surprise(
                .mapCircle, edge.place,
                circle.count == 2
                    ? "\(edge.trigger.name) assigns the lead to \(start) again"
                    : "\(edge.trigger.name) begins a circle of maps that assign each other: \(way)")
        }
    }

    /// The shortest way from a map back to itself, with the map at both ends.
    private static func circle(from start: MapID, _ edges: [MapID: [MapID: Edge]]) -> [MapID]? {
        var before: [MapID: MapID] = [:]
        var queue = [start]
        var next = 0
        while next < queue.count {
            let map = queue[next]
            next += 1
            for target in (edges[map] ?? [:]).keys.sorted() {
                if target == start {
                    var way = [map]
                    while let last = way.last, last != start, let earlier = before[last] {
                        way.append(earlier)
                    }
                    return way.reversed() + [start]
                }
                guard before[target] == nil else { continue }
                before[target] = map
                queue.append(target)
            }
        }
        return nil
    }
}
