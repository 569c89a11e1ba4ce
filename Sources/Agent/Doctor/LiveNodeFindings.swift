import Logging
import Observability

#if os(Linux)
    import LinuxBackend
#endif

extension Finding {
    /// This node as the agent would find it. The one place of the doctor that chooses by operating system.
    static func ofThisNode(_ configuration: Configuration, log: Logger) -> [Finding] {
        #if os(Linux)
            of(NodeFacts.live(configuration.linux)) + loading(configuration, log)
                + [anotherAgent(configuration.stateFolder)]
        #else
            [
                .warn(
                    "node", "not looked at", meaning: "Only Linux nodes are looked at yet.",
                    advice: "The agent's page at / says what this system offers it.")
            ]
        #endif
    }

    #if os(Linux)
        /// The agent's own checks: everything is loaded into the kernel as at its start, and let go again.
        private static func loading(_ configuration: Configuration, _ log: Logger) -> [Finding] {
            do {
                return try LiveLinuxBackend(configuration.linux, log: log).capabilities.map {
                    of($0)
                }
            } catch {
                return [
                    .fail(
                        "agent's start", "\(error)", meaning: "The agent would not start.",
                        advice: "docs/troubleshooting.md.")
                ]
            }
        }

        static func anotherAgent(_ folder: String) -> Finding {
            do {
                if let holder = try AgentLock.holder(folder: folder) {
                    return .ok(
                        "another agent",
                        "process \(holder) counts on this node; a second one would not start")
                }
                return .ok("another agent", "none")
            } catch {
                return .warn(
                    "another agent", "\(error)", meaning: "A second agent could not be noticed.",
                    advice: "Let state-directory be readable.")
            }
        }
    #endif
}
