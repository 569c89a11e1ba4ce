package import Kubernetes

extension ClusterFollower {
    /// Follows while `body` runs, and has let go of the server when this returns, also where `body` failed.
    package func whileRunning(
        _ body: (ClusterFollower) async throws -> Void
    ) async throws {
        let running = Task { await run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body(self)) } catch { result = .failure(error) }
        running.cancel()
        await running.value
        await shutdown()
        try result.get()
    }
}
