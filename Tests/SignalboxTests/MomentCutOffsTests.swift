import Plugins
import Store
import TestKit
import Testing
import Values
import Workspace

@testable import Signalbox

@Suite("What a lane knows of cut-offs")
struct MomentCutOffsTests {
    private let store = MemoryStore()
    private let plugin: LoadedPlugin

    init() throws {
        let generation = try Generation(
            reading: MemoryTree(["plugins/probe.lua": #"return { name = "probe", api = 1 }"#]))
        plugin = try #require(generation.loaded("probe"))
    }

    @Test(
        "R35: a plugin without any is quarantined once the calls of other lanes were cut off, until it is released"
    )
    func others() throws {
        let ledger = QuarantineLedger(store)
        let cutOffs = MomentCutOffs(after: ledger)
        for _ in 1...QuarantineLedger.cutOffLimit {
            cutOffs.begin()
            #expect(!cutOffs.isQuarantined(plugin))
            _ = ledger.judge([PluginCall(loaded: plugin, isCutOff: true)])
        }
        cutOffs.begin()
        #expect(cutOffs.isQuarantined(plugin))
        try ledger.release("probe")
        cutOffs.begin()
        #expect(!cutOffs.isQuarantined(plugin))
    }

    @Test("R35: one without any is quarantined once the store says so, after a commit that failed")
    func forgotten() throws {
        let ledger = QuarantineLedger(store)
        let cutOffs = MomentCutOffs(after: ledger)
        #expect(!cutOffs.isQuarantined(plugin))
        let hash = plugin.source.hash
        try store.put(["hash": .string(hash), "cut_offs": 5], "probe", of: QuarantineLedger.owner)
        ledger.forget()
        #expect(cutOffs.isQuarantined(plugin))
    }

    @Test("R35: one is not taken for one without any because the store could not be read")
    func unreadable() throws {
        let hash = plugin.source.hash
        try store.put(["hash": .string(hash), "cut_offs": 5], "probe", of: QuarantineLedger.owner)
        let cutOffs = MomentCutOffs(after: QuarantineLedger(FailingStore(store, failing: 1)))
        #expect(!cutOffs.isQuarantined(plugin))
        #expect(cutOffs.isQuarantined(plugin))
    }
}
