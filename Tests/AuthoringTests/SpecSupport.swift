import Authoring
import TestKit
import Testing
import Workspace

/// Specs that ran on a workspace in memory.
struct RanSpecs {
    let files: [SpecFileResult]

    static let greeting = """
        return { name = "greeting", api = 1, needs = { "email" },
          settings = { sender = { type = "string", default = "office" } },
          actions = {
            welcome = { params = { text = { type = "string", default = "Hello" } }, run = function(event, params)
              host.note.add(params.text .. " " .. event.lead.fields.name)
              host.lead.set { greeted = true, sender = host.settings.sender }
            end },
            stamp = { run = function(event) host.lead.set { at = host.time.format(event.at) } end },
            count = { run = function()
              host.store.add("calls", 1)
              host.lead.set { calls = host.store.get("calls") }
            end },
            fail = { run = function() error("on purpose") end },
          },
          deciders = { by_name = { decide = function(event)
            return { keep = event.lead.fields.name == "Ana" and { "call" } or {}, reason = "by name" }
          end } },
          on = { { event = "step.close", run = function(event) host.note.add("closed " .. event.step) end } },
        }
        """

    static let map = """
        map: buyer
        triggers: { open: [ { run: greeting.welcome, when: lead.fields.name } ] }
        tracks:
          - track: qualify
            steps: [ { step: call }, { step: survey, optional: true } ]
          - track: offer
            kind: flex
            flex: { decide: greeting.by_name, fallback: all }
            steps: [ { step: call }, { step: visit } ]
        """

    static let workspace = ["plugins/greeting.lua": greeting, "maps/buyer.yaml": map]

    init(
        _ specs: [String: String], on files: [String: String] = workspace, only: String? = nil,
        threads: Int = 1
    ) throws {
        let tree = MemoryTree(files.merging(specs) { _, spec in spec })
        let generation = try Generation(reading: tree)
        try #require(generation.mistakes.isEmpty, "\(generation.mistakes)")
        let listing = SpecListing(reading: tree, generation)
        try #require(listing.mistakes.isEmpty, "\(listing.mistakes)")
        self.files = SpecRun(on: SpecWorkspace(generation, reading: tree), only: only)
            .run(listing.specs, threads: threads)
    }

    /// One file of specs, beside the plugin.
    init(_ spec: String, on files: [String: String] = workspace, only: String? = nil) throws {
        try self.init(["plugins/greeting.spec.lua": spec], on: files, only: only)
    }

    /// The body of one test.
    static func body(_ body: String, on files: [String: String] = workspace) throws -> SpecTestResult {
        let ran = try RanSpecs("it(\"is tried\", function()\n\(body)\nend)", on: files)
        try #require(ran.files.count == 1 && ran.files[0].failure == nil, "\(ran.files)")
        return ran.files[0].tests[0]
    }

    var tests: [SpecTestResult] { files.flatMap(\.tests) }

    /// `TITLE: passed`, or with why not.
    var outcomes: [String] { tests.map { "\($0.test.title): \($0.failure?.message ?? "passed")" } }
}
