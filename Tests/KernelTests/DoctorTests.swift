import Agent
import LinuxBackend
import Logging
import Testing

extension KernelTier {
    /// `fovea doctor` on this very node.
    @Suite
    struct DoctorTests {
        @Test func `The doctor finds what an agent on this node would find, and nothing fails`()
            async throws
        {
            var configuration = Configuration()
            configuration.kubernetes.enabled = .off
            let log = Logger(label: "doctor") { _ in SwiftLogNoOpLogHandler() }
            let diagnosis = await Doctor(configuration, log: log).diagnosis()
            let failures = diagnosis.findings.filter { $0.level == .fail }
            #expect(failures == [])
            let backend = try LiveLinuxBackend(configuration.linux, log: log)
            for capability in backend.capabilities {
                let finding = diagnosis.findings.first { $0.check == capability.name }
                #expect(finding?.level == (capability.missing == nil ? .ok : .warn))
            }
            #expect(diagnosis.findings.contains { $0.check == "CAP_BPF" && $0.level == .ok })
        }
    }
}
