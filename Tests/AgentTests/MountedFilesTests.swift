import Testing

@testable import Agent

/// A HostProcess container of Windows before containerd 1.7 has its mounts below a folder.
struct MountedFilesTests {
    private static let mounted = ["CONTAINER_SANDBOX_MOUNT_POINT": #"C:\C\4f1e"#]

    private func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.access.certificate = "/etc/fovea-tls/tls.crt"
        configuration.access.key = "/etc/fovea-tls/tls.key"
        configuration.access.clientAuthority = "/etc/fovea-clients/ca.crt"
        configuration.access.tokens = "/etc/fovea/tokens"
        configuration.metricsFile = "/etc/fovea/metrics.yaml"
        configuration.kubernetes.kubeconfig = "/etc/fovea/kubeconfig"
        return configuration
    }

    private func files(_ configuration: Configuration) -> [String] {
        [
            configuration.access.certificate, configuration.access.key,
            configuration.access.clientAuthority, configuration.access.tokens,
            configuration.metricsFile, configuration.kubernetes.kubeconfig,
        ]
    }

    @Test("every file that the configuration names is found below it")
    func findsAll() {
        var configuration = configuration()
        let before = files(configuration)
        configuration.findMounts(environment: Self.mounted) { $0.hasPrefix(#"C:\C\4f1e/"#) }
        #expect(files(configuration) == before.map { #"C:\C\4f1e"# + $0 })
    }

    @Test("nothing moves where a file is where it is said to be, is nowhere, or is not named")
    func leavesOthers() {
        for isThere in [true, false] {
            var configuration = configuration()
            let before = files(configuration)
            configuration.findMounts(environment: Self.mounted) { _ in isThere }
            #expect(files(configuration) == before)
        }
        var empty = Configuration()
        empty.findMounts(environment: Self.mounted) { _ in true }
        #expect(files(empty).joined() == "")
    }
}
