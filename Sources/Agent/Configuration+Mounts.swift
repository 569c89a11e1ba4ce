import Observability

extension Configuration {
    /// Files that the configuration names and a pod mounts.
    private static let files: [WritableKeyPath<Configuration, String> & Sendable] = [
        \.access.certificate, \.access.key, \.access.clientAuthority, \.access.tokens,
        \.metricsFile,
        \.kubernetes.kubeconfig,
    ]

    /// Finds them where a container of Windows has them. Nothing changes for what is where it is said to be.
    package mutating func findMounts(
        environment: [String: String], isThere: (String) -> Bool
    ) {
        for file in Self.files where !self[keyPath: file].isEmpty {
            self[keyPath: file] = MountedPath.place(
                of: self[keyPath: file], environment: environment, isThere: isThere)
        }
    }
}
