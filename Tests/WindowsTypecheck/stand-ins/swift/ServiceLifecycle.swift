// swift-service-lifecycle, as far as LiveTable asks for it: it stands on packages that stand on Foundation.
public protocol Service: Sendable {
    func run() async throws
}

public func cancelWhenGracefulShutdown<T: Sendable>(
    _ operation: @Sendable @escaping () async throws -> T
) async rethrows -> T {
    try await operation()
}
