import ServiceLifecycle

/// Tells the service manager that the service is alive, for as long as it answers, and when it begins to stop.
struct Supervision: Service {
    let manager: ServiceManager
    /// Returns when everything that makes the service one has done something that it was given just now.
    let answers: @Sendable () async -> Void

    /// Ends at the beginning of a graceful shutdown, from where on the manager waits for the end alone.
    func run() async throws {
        // On its own: what does not answer must not keep the process from ending.
        let watching = manager.watchdogInterval.map { interval in
            Task { try await watch(tellingEvery: interval / 2) }
        }
        try? await gracefulShutdown()
        watching?.cancel()
        manager.tell(.stopping)
    }

    private func watch(tellingEvery interval: Duration) async throws {
        while !Task.isCancelled {
            await answers()
            if Task.isCancelled { return }
            manager.tell(.alive)
            try await Task.sleep(for: interval)
        }
    }
}
