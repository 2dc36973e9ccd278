import LuaSandbox
import Signalbox
import Synchronization
import Values

/// Runs files of specs, several at a time.
package struct SpecRun: Sendable {
    private let workspace: SpecWorkspace
    private let only: String?

    /// - Parameter only: the tests whose file or names contain this text; nil for all.
    package init(on workspace: SpecWorkspace, only: String? = nil) {
        self.workspace = workspace
        self.only = only
    }

    /// Runs the files, with two threads for each of `count`.
    ///
    /// - Returns: what they came to, in the order of the files.
    package func run(_ specs: [SpecSource], threads count: Int) -> [SpecFileResult] {
        let work = Work(specs.count)
        let workspace = workspace
        let body: @Sendable () -> Void = {
            let exchange = SpecExchange()
            let world = SandboxThread(name: "spec's engine") {
                let world = SpecWorld(workspace)
                exchange.serve { world.respond($0) }
            }
            while let index = work.next() {
                work.put(run(specs[index], asking: world == nil ? nil : exchange), at: index)
            }
            exchange.end()
            world?.join()
        }
        var threads: [SandboxThread] = []
        for _ in 0..<max(1, min(count, specs.count)) {
            if let thread = SandboxThread(name: "specs", body) { threads.append(thread) }
        }
        if threads.isEmpty { body() }
        for thread in threads { thread.join() }
        return work.results
    }

    /// What the threads share.
    private final class Work: Sendable {
        private let count: Int
        private let state = Mutex(State())

        private struct State {
            var next = 0
            var results: [Int: SpecFileResult] = [:]
        }

        init(_ count: Int) { self.count = count }

        func next() -> Int? {
            state.withLock { state in
                guard state.next < count else { return nil }
                defer { state.next += 1 }
                return state.next
            }
        }

        func put(_ result: SpecFileResult, at index: Int) { state.withLock { $0.results[index] = result } }

        var results: [SpecFileResult] {
            state.withLock { state in state.results.sorted { $0.key < $1.key }.map(\.value) }
        }
    }

    private func run(_ source: SpecSource, asking exchange: SpecExchange?) -> SpecFileResult {
        var result = SpecFileResult(path: source.path)
        let loaded: LoadedSpec
        do throws(LoadFailure) {
            loaded = try LoadedSpec(source)
        } catch {
            result.failure = SpecFailure(
                reason: "load", message: "the file does not load: \(error.reason.rawValue): \(error.message)",
                traceback: error.traceback)
            return result
        }
        guard !loaded.tests.isEmpty else {
            result.failure = SpecFailure(
                reason: "load", message: "\(source.path): there is no `it` in the file")
            return result
        }
        let wanted = loaded.tests.indices.filter { isWanted(loaded.tests[$0], of: source) }
        if wanted.isEmpty { return result }
        guard let exchange else {
            result.failure = SpecFailure(reason: "load", message: "the system has no room for a thread")
            return result
        }
        for index in wanted { result.tests.append(run(index, of: loaded, asking: exchange)) }
        return result
    }

    private func isWanted(_ test: SpecTest, of source: SpecSource) -> Bool {
        guard let only else { return true }
        return "\(source.path) \(test.title)".contains(only)
    }

    private func run(_ index: Int, of loaded: LoadedSpec, asking exchange: SpecExchange) -> SpecTestResult {
        let start = ContinuousClock.now
        _ = exchange.ask(.begin)
        let report = loaded.run(index, now: VirtualClock().now) { question in
            guard case .value(let answer) = exchange.ask(.ask(question)) else {
                preconditionFailure("what a test asks for has a value")
            }
            return answer
        }
        guard case .notes(let notes) = exchange.ask(.end) else {
            preconditionFailure("the end of a test has its notes")
        }
        var failure: SpecFailure?
        if case .failure(let fault) = report.outcome {
            failure = SpecFailure(
                reason: fault.detail.isEmpty ? fault.reason.rawValue : fault.detail, message: fault.message,
                differences: notes.differences, calls: notes.calls, traceback: fault.traceback)
        }
        return SpecTestResult(
            test: loaded.tests[index], duration: .now - start, log: report.log.map(\.message),
            failure: failure)
    }
}

extension ContinuousClock.Instant {
    fileprivate static func - (end: Self, start: Self) -> Duration { start.duration(to: end) }
}
