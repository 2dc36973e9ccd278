import Foundation
import Journeys
import Values

/// Whether a plugin that is replaced again and again while commands come is ever half of one version and half of another,
/// and whether a command or a call is lost.
struct ReloadsUnderLoad {
    /// How many versions were loaded.
    let loaded: Int
    /// How many calls there were.
    let calls: Int
    /// How many of them ran code of two versions.
    let mixed: Int
    /// How many commands were not accepted, and calls that left nothing.
    let lost: Int
    let commandsPerSecond: Double

    /// Pauses between two versions: shorter and longer than it takes to read one.
    private static let pausesMilliseconds: [UInt32] = [30, 5, 60, 120, 1, 45, 90, 15]
    private static let versions = ["1", "2"]
    private static let reloadMetric = "signalbox_reloads_total"
    /// How long the first of all may take.
    private static let firstLimit = Duration.seconds(30)

    static func measure(
        _ plan: ServeBenchmark.Plan, in place: String, _ progress: (String) -> Void
    ) throws -> ReloadsUnderLoad {
        progress("reloads")
        let folder = "\(place)/reloads"
        _ = try JourneyWorkload.generation(in: folder)
        try FileManager.default.removeItem(atPath: "\(folder)/\(JourneyWorkload.pluginFile)")
        for version in versions { try write(version, in: folder) }
        try use(versions[0], in: folder)
        let service = try ServedProgram(in: folder, connections: ServedSpeed.connectionCount)
        let load = Alongside { isEnding in try Load.run(on: service, until: isEnding) }
        let replaced = Result {
            try waitForCalls(of: service)
            for number in 1...plan.reloads {
                try use(versions[number % versions.count], in: folder)
                if number == 1 {
                    try wait { try service.metric(reloadMetric) >= 1 }
                    try waitForCalls(of: service)
                }
                usleep(pausesMilliseconds[number % pausesMilliseconds.count] * 1000)
            }
        }
        let loaded = try load.end()
        try replaced.get()
        let reloads = Int(try service.metric(reloadMetric))
        var marks = Marks()
        try marks.read(loaded.leads, of: service)
        try service.end()
        guard marks.versions.count == versions.count else {
            throw BenchmarkError(
                description: "only the versions \(marks.versions.sorted()) of the plugin were ever called")
        }
        return ReloadsUnderLoad(
            loaded: reloads, calls: marks.count, mixed: marks.mixed,
            lost: loaded.refused + marks.expected - marks.count, commandsPerSecond: loaded.perSecond)
    }

    // MARK: Versions

    /// The workload's plugin as a folder of two files. What its action sets names the version of both.
    private static func write(_ version: String, in folder: String) throws {
        try JourneyWorkload.write(
            """
            local other = require "other"
            return {
              name = "field",
              version = "\(version).0.0",
              api = 1,
              actions = {
                set = {
                  params = { fields = { type = "table", required = true } },
                  run = function(_, params)
                    for name in pairs(params.fields) do host.lead.set { [name] = "\(version)" .. other.version } end
                  end,
                },
              },
            }

            """, to: "\(folder)/versions/\(version)/init.lua")
        try JourneyWorkload.write(
            "return { version = \"\(version)\" }\n", to: "\(folder)/versions/\(version)/other.lua")
    }

    /// Lets the plugin's folder be a link to the version's, from one moment to the next.
    private static func use(_ version: String, in folder: String) throws {
        let aside = "\(folder)/versions/next"
        try? FileManager.default.removeItem(atPath: aside)
        try FileManager.default.createSymbolicLink(
            atPath: aside, withDestinationPath: "../versions/\(version)")
        guard rename(aside, "\(folder)/plugins/field") == 0 else {
            throw BenchmarkError(
                description: "the plugin cannot be replaced: \(String(cString: strerror(errno)))")
        }
    }

    /// Returns when calls were made that began after this.
    private static func waitForCalls(of service: ServedProgram) throws {
        let count = try service.momentCount() + 4 * ServedSpeed.connectionCount
        try wait { try service.momentCount() >= count }
    }

    private static func wait(until holds: () throws -> Bool) throws {
        let began = ContinuousClock.now
        while try !holds() {
            guard ContinuousClock.now - began < firstLimit else {
                throw BenchmarkError(description: "the service does not load a plugin, or does no commands")
            }
            usleep(10_000)
        }
    }

    // MARK: Load

    /// Leads that go through the workload's map, one after the other on each connection.
    private struct Load {
        var leads: [LeadID] = []
        var refused = 0
        var perSecond = 0.0

        static func run(on service: ServedProgram, until isEnding: () -> Bool) throws -> Load {
            let connections = try KeptConnections(ServedSpeed.connectionCount, to: service.port)
            var load = Load()
            var left = [[Command]](repeating: [], count: ServedSpeed.connectionCount)
            var count = 0
            let began = ContinuousClock.now
            try connections.run { number in
                if left[number].isEmpty {
                    guard !isEnding(), let lead = LeadID("r-\(load.leads.count)") else { return nil }
                    load.leads.append(lead)
                    left[number] = JourneyWorkload.commands(of: [lead]).reversed()
                }
                return left[number].popLast().map(service.request)
            } answered: { answer in
                count += 1
                if answer.status != 200 { load.refused += 1 }
            }
            load.perSecond = Double(count) / ((ContinuousClock.now - began) / .seconds(1))
            return load
        }
    }

    /// What the calls left in the leads' fields.
    private struct Marks {
        var count = 0
        var expected = 0
        var mixed = 0
        /// Those that were called.
        var versions: Set<String> = []

        mutating func read(_ leads: [LeadID], of service: ServedProgram) throws {
            let connections = try KeptConnections(ServedSpeed.connectionCount, to: service.port)
            var rest = leads
            try connections.run { _ in
                rest.popLast().map { service.request("GET", "/v1/leads/\($0.text)") }
            } answered: { answer in
                guard answer.status == 200,
                    let fields = (try? JSONReader.read(answer.body))?.table?["fields"]?.table
                else { throw ServedProgram.unexpected(answer.status, answer.body) }
                expected += JourneyWorkload.fields.count
                for name in JourneyWorkload.fields {
                    guard let mark = fields[name]?.string else { continue }
                    count += 1
                    if mark.count == 2, mark.first == mark.last {
                        versions.insert(String(mark.prefix(1)))
                    } else {
                        mixed += 1
                    }
                }
            }
        }
    }
}
